"""What a tool brought, as things on a shelf: products as cards, forms as choices, everything else as blocks.

Goes by the shape of the JSON. Knows no tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecom_rlve.core.views import Json
from ecom_rlve.evaluate.report.results import Block, blocks, is_object, objects, printed

Object = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product as a shopper sees it."""

    id: str
    title: str
    brand: str
    price: str
    rating: str
    delivery: str
    in_stock: bool
    facts: tuple[tuple[str, str], ...] = ()
    """Attributes with their labels; only where the product was looked at closely."""
    description: str = ""
    note: str = ""
    """E.g. when the customer looked at it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A form in which a product can be bought."""

    id: str
    product_id: str
    options: tuple[tuple[str, str], ...]
    price: str
    stock: int


@dataclass(frozen=True, slots=True)
class Shelf:
    cards: tuple[ProductCard, ...] = ()
    choices: tuple[Choice, ...] = ()
    blocks: tuple[Block, ...] = ()
    """What is neither."""


def shelf(result: Json) -> Shelf:
    """Return a result as a shelf; an empty one if it is a refusal."""
    if not is_object(result) or "error" in result:
        return Shelf()
    if "title" in result and "product_id" in result:
        return Shelf(cards=(_card(result),))
    variants = objects(result.get("variants"))
    if variants:
        product = str(result.get("product_id", ""))
        return Shelf(choices=tuple(_choice(product, v) for v in variants))
    listed = [thing for value in result.values() for thing in objects(value)]
    products = [thing for thing in listed if _is_product(thing)]
    if not products or len(products) < len(listed):
        return Shelf(blocks=blocks(result))
    others = {name: value for name, value in result.items() if not objects(value) and name in ("total", "note")}
    return Shelf(cards=tuple(map(_card, products)), blocks=blocks(others))


def _is_product(thing: Object) -> bool:
    return "product_id" in thing and "title" in thing and "price" in thing and "line_id" not in thing


def _card(thing: Object) -> ProductCard:
    attributes = thing.get("attributes")
    facts = tuple((name.replace("_", " "), str(v)) for name, v in attributes.items()) if is_object(attributes) else ()
    stock = thing.get("in_stock", thing.get("stock", True))
    days = thing.get("days_ago")
    return ProductCard(
        id=str(thing["product_id"]),
        title=str(thing["title"]),
        brand=str(thing.get("brand", "")),
        price=printed("price", thing.get("price")),
        rating=str(thing.get("rating", "")),
        delivery=printed("delivery_days", thing.get("delivery_days")),
        in_stock=bool(stock),
        facts=facts,
        description=str(thing.get("description", "")),
        note=_looked_at(days),
    )


def _looked_at(days: Json) -> str:
    if days is None:
        return ""
    return "looked at today" if days == 0 else f"looked at {printed('delivery_days', days)} ago"


def _choice(product: str, thing: Object) -> Choice:
    options = thing.get("options")
    stock = thing.get("stock")
    return Choice(
        id=str(thing["variant_id"]),
        product_id=product,
        options=tuple((n.replace("_", " "), printed(n, v)) for n, v in options.items()) if is_object(options) else (),
        price=printed("price", thing.get("price")),
        stock=stock if isinstance(stock, int) else 0,
    )

"""What the customer perceives of a turn: the agent's words, their own page, products named. Knows no task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Product, Variant
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.grounding import named_in
from ecom_rlve.tasks.brief import Item
from ecom_rlve.tasks.task import Leg
from ecom_rlve.users.user import Heard
from ecom_rlve.world.world import World


def heard(episode: Episode) -> Heard:
    """Return the last turn as the customer perceives it."""
    turn = episode.turns[-1]
    submitted = turn.action.answer is not None
    switched = tuple(e.request for e in turn.fired if e.kind == "switch")
    found_out = tuple(e.request for e in turn.fired if e.kind == "sell_out") if submitted else ()
    gone = [i for e in turn.fired for i in e.sold_out if e.kind == "sell_out"] if submitted else []
    return Heard(
        message=turn.action.message,
        items=cart_items(turn.world),
        changed=episode.looked_at is None or episode.looked_at.cart != turn.world.cart,
        shown=_products_named(turn.world, named_in(turn.action.message, episode.shown)),
        switched=switched,
        sold_out=found_out,
        gone=_products_named(turn.world, gone),
        submitted=submitted,
        errand=turn.action.answer.leg if isinstance(turn.action.answer, Leg) else None,
    )


def cart_items(world: World) -> tuple[Item, ...]:
    """Return the lines of the customer's cart page."""
    items: list[Item] = []
    for line in world.cart:
        product = world.product(line.product_id)
        variant = None if line.variant_id is None else world.variant(line.product_id, line.variant_id)
        values = {**_values(world, product, variant), "quantity": line.quantity}
        items.append(Item("cart_line", product.title, values))
    return tuple(items)


def _values(world: World, product: Product, variant: Variant | None) -> dict[str, Value]:
    values: dict[str, Value] = {**product.attributes}
    if variant is not None:
        values.update(variant.options)
    else:
        # Which form will be sent is not known, so the page does not show it.
        values.pop(world.catalog.variant_attribute(world.row(product.id)) or "", None)
    own: Mapping[str, Any] = {
        name: getattr(product, name) for name in ("title", "category", "brand", "price", "rating", "delivery_days")
    }
    return {**values, **own}


def _products_named(world: World, ids: list[str]) -> tuple[Item, ...]:
    products = [world.product(ProductId(i)) for i in ids if i.startswith("P")]
    return tuple(Item("product", p.title, _values(world, p, None), _forms(world, p)) for p in products)


def _forms(world: World, product: Product) -> dict[str, tuple[Value, ...]]:
    """Return what a product's forms differ in, with the values in which it can be had."""
    forms: dict[str, tuple[Value, ...]] = {}
    for variant in world.variants(product.id):
        for name, value in variant.options.items():
            forms[name] = (*forms.get(name, ()), value)
    return forms

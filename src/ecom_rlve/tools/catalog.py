"""Tools over the catalogue: search, look closer, compare. They read and never write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from ecom_rlve.core.attributes import attribute, money
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import ProductId, VariantId
from ecom_rlve.core.product import Product
from ecom_rlve.tools.filters import Filters, constraints_of
from ecom_rlve.tools.ranking import found
from ecom_rlve.tools.tool import tool
from ecom_rlve.world.world import World

Query = Annotated[str, MaxLen(500)]


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a search page shows it."""

    product_id: ProductId
    title: str
    brand: str
    price: str
    rating: float
    delivery_days: int
    in_stock: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    total: int
    """Products that match in all."""
    results: tuple[Card, ...]
    categories: tuple[str, ...]
    """The categories that occur on this page, as the `category` filter takes them."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ProductPage:
    product_id: ProductId
    title: str
    category: str
    brand: str
    price: str
    rating: float
    rating_count: int
    delivery_days: int
    stock: int
    attributes: Mapping[str, str]
    variants_differ_in: str | None
    description: str


@dataclass(frozen=True, slots=True)
class VariantEntry:
    variant_id: VariantId
    options: Mapping[str, str]
    price: str
    stock: int


@dataclass(frozen=True, slots=True)
class VariantPage:
    product_id: ProductId
    variants: tuple[VariantEntry, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    product_id: ProductId
    score: float
    """Similarity in [0, 1], rounded to thousandths."""


@dataclass(frozen=True, slots=True)
class Reranked:
    results: tuple[Scored, ...]


def card(product: Product) -> Card:
    """Return the card of a product."""
    return Card(
        product_id=product.id,
        title=product.title,
        brand=product.brand,
        price=money(product.price),
        rating=product.rating / 10,
        delivery_days=product.delivery_days,
        in_stock=product.stock > 0,
    )


def printed(values: Mapping[str, str | int]) -> dict[str, str]:
    """Return attribute values as the shop prints them."""
    return {name: attribute(name).show(value) for name, value in values.items()}


@tool("catalog.search")
def search(
    world: World,
    query: Query = "",
    filters: Filters = {},  # noqa: B006 (a default in a schema; never changed)
    sort: Literal["relevance", "price", "rating", "delivery"] = "relevance",
    top_k: Annotated[int, Ge(1), Le(50)] = 10,
    offset: Annotated[int, Ge(0), Le(10_000)] = 0,
) -> SearchPage:
    """Search the catalogue. Filters are exact; the query ranks, and tolerates typos.

    Args:
        query: What to look for, in plain words. May be empty if filters are given.
        filters: Attribute to value, or to a condition with any of eq, in, min, max; for example
            {"brand": "Lumera", "price": {"max": 25}, "color": {"in": ["black", "navy blue"]}}.
            A filter on something a product's variants differ in passes if one of them has it.
        sort: Order of the results: relevance, price (cheapest first), rating (best first) or delivery (soonest first).
        top_k: How many results to return.
        offset: How many results to skip.
    """
    constraints = constraints_of(world.catalog, filters)
    if not query.strip() and not constraints:
        raise ToolError("invalid_argument", "Give a query or a filter.")
    hits = found(world, query, constraints, sort, offset + top_k)
    page = hits.rows[offset:]
    products = [world.product(world.catalog.id_of(row)) for row in page]
    limit = world.ranking.top_k
    note = f"This search never shows more than {limit} results." if offset + top_k > limit else None
    categories = tuple(dict.fromkeys(p.category for p in products))
    return SearchPage(hits.total, tuple(card(p) for p in products), categories, note)


@tool("catalog.rerank")
def rerank(
    world: World,
    product_ids: Annotated[list[ProductId], MinLen(1), MaxLen(200)],
    query: Query | None = None,
    like: ProductId | None = None,
) -> Reranked:
    """Order products by similarity to a text or to another product, most similar first, with scores from 0 to 1.

    Args:
        product_ids: Ids of products seen before.
        query: The text to compare with. Give either this or like.
        like: Id of the product to compare with. Give either this or query.
    """
    if (query is None) == (like is None):
        raise ToolError("invalid_argument", "Give exactly one of query and like.")
    rows = list(dict.fromkeys(world.row(p) for p in product_ids))
    if like is not None:
        scores = world.catalog.similarity(world.row(like), rows)
    else:
        scores = world.catalog.query_similarity(query or "", rows)
    ranked = sorted(zip(scores, rows, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return Reranked(tuple(Scored(world.catalog.id_of(row), score / 1000) for score, row in ranked))


@tool("catalog.get_product")
def get_product(world: World, product_id: ProductId) -> ProductPage:
    """Show everything about one product: attributes, description, units in stock.

    Args:
        product_id: Id of a product seen before.
    """
    product = world.product(product_id)
    differ = world.catalog.variant_attribute(world.row(product_id))
    return ProductPage(
        product_id=product.id,
        title=product.title,
        category=product.category,
        brand=product.brand,
        price=money(product.price),
        rating=product.rating / 10,
        rating_count=product.rating_count,
        delivery_days=product.delivery_days,
        stock=product.stock,
        attributes=printed(product.attributes),
        variants_differ_in=differ,
        description=product.description,
    )


@tool("catalog.get_variants")
def get_variants(world: World, product_id: ProductId) -> VariantPage:
    """List the forms in which a product can be bought, with their ids, options and stock.

    Args:
        product_id: Id of a product seen before.
    """
    entries = tuple(VariantEntry(v.id, printed(v.options), money(v.price), v.stock) for v in world.variants(product_id))
    return VariantPage(ProductId(product_id), entries)

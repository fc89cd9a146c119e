"""The cheapest bundle: exact, by enumerating the value that linked slots share and taking the cheapest of each slot.

Knows products and conditions; no customer, no budget, no project. Which product meets a condition is what the shop's
filters say: a product that comes in several forms has every value in which it can be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import Value
from ecom_rlve.core.product import Constraint
from ecom_rlve.world.world import World

Memo = dict[tuple[str, tuple[Constraint, ...]], int | None]
"""Cheapest rows of one shelf, by category and constraints."""
_FIRST_LOOK = 64
"""Rows that are looked at first, cheapest first; each further look takes four times as many."""


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that a bundle needs."""

    category: str
    constraints: tuple[Constraint, ...] = ()
    """What it has to meet, its category apart."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What some places have to agree in."""

    attribute: str
    places: tuple[int, ...]
    values: tuple[Value, ...]
    """Those that every one of the places' categories knows."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One product for every place."""

    rows: tuple[int, ...]
    cost: int
    """US cents."""


def cheapest(world: World, places: Sequence[Place], sharing: Sharing | None, memo: Memo | None = None) -> Bundle | None:
    """Return the cheapest bundle, or None where a place stays empty; of equals the first by value, then row.

    Args:
        world: Whose shelf.
        places: What the bundle needs.
        sharing: What some places have to agree in, if anything.
        memo: Rows found before on this very shelf; grows.
    """
    linked = sharing.places if sharing is not None else ()
    rows: list[int | None] = [
        None if i in linked else cheapest_row(world, place.category, place.constraints, memo)
        for i, place in enumerate(places)
    ]
    if sharing is None:
        return _bundle(world, rows)
    if any(row is None for i, row in enumerate(rows) if i not in linked):
        return None
    best: Bundle | None = None
    for value in sharing.values:
        same = Constraint(sharing.attribute, "eq", value)
        for i in linked:
            rows[i] = cheapest_row(world, places[i].category, (*places[i].constraints, same), memo)
            if rows[i] is None:
                break
        else:
            found = _bundle(world, rows)
            if best is None or (found is not None and found.cost < best.cost):
                best = found
    return best


def cheapest_row(
    world: World, category: str, constraints: Sequence[Constraint], memo: Memo | None = None
) -> int | None:
    """Return the cheapest row of a category that is in stock and meets `constraints`, or None."""
    if memo is None:
        return next(rows_by_price(world, category, constraints), None)
    key = (category, tuple(constraints))
    if key not in memo:
        memo[key] = next(rows_by_price(world, category, constraints), None)
    return memo[key]


def rows_by_price(world: World, category: str, constraints: Sequence[Constraint]) -> Iterator[int]:
    """Yield all rows of a category that are in stock and meet `constraints`, cheapest first."""
    catalog, order = world.catalog, _by_price(world.catalog, category)
    at, size = 0, _FIRST_LOOK
    while at < len(order):
        some = order[at : at + size]
        for row in some[catalog.mask(some, constraints, world.offer)].tolist():
            if not world.stock or world.stock.get(catalog.id_of(row), 1) > 0:
                yield row
        at, size = at + size, 4 * size


@lru_cache(maxsize=512)
def _by_price(catalog: Catalog, category: str) -> Longs:
    """Return the rows of a category that the catalogue has in stock, cheapest first, equals by row."""
    rows = catalog.category_rows(category)
    price = catalog.column("price")[rows.start : rows.stop]
    order = np.argsort(price, kind="stable").astype(np.int64) + rows.start
    return order[catalog.column("stock")[order] > 0]


def _bundle(world: World, rows: Sequence[int | None]) -> Bundle | None:
    found = tuple(row for row in rows if row is not None)
    if len(found) < len(rows):
        return None
    price = world.catalog.column("price")
    return Bundle(found, sum(int(price[row]) for row in found))

"""Constraints on a category, drawn so that a handful of products is left; and price bands that page through these.

Knows no environment and no customer. Limits point in the natural direction and leave some slack beside a product that
meets them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Longs
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import PRICE, RATING, attribute
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.world.world import World

DELIVERY: Final = "delivery_days"
MOST_ON_A_PAGE: Final = 50
_STEPS: Final = (100_000, 50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10, 5)


def slack(level: int, rng: Stream) -> float:
    """Return by what share a limit is looser than the product it was drawn from: U(0, 0.5·e^(−d/5))."""
    return rng.random() * round(0.5 * math.exp(-level / 5), 9)


def limit(catalog: Catalog, name: str, own: int, loose: float) -> Constraint:
    """Return a constraint that the stored code `own` of an attribute meets, `loose` ≥ 0 looser than it."""
    known = attribute(name)
    if known.kind == "word":
        return Constraint(name, "eq", catalog.value(name, own))
    room = int(own * loose)
    if known.better == "low":
        return Constraint(name, "max", roundest(own, own + room))
    return Constraint(name, "min", roundest(own - room, own))


def roundest(low: int, high: int) -> int:
    """Return the roundest number in [low, high]; the one nearest to `low` of several."""
    for step in _STEPS:
        first = -(-low // step) * step
        if low < first <= high:
            return first
    return low


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products of a category, with those marked that count. A range of rows is read where it lies, without a copy."""

    rows: range | Longs
    counted: Flags

    def __len__(self) -> int:
        return int(np.count_nonzero(self.counted))

    def met(self, world: World, constraints: Sequence[Constraint]) -> Longs:
        """Return the rows that count and meet `constraints`."""
        return self.picked(world.catalog.mask(self.rows, constraints, world.offer) & self.counted)

    def picked(self, fits: Flags) -> Longs:
        """Return the rows marked in `fits`."""
        if isinstance(self.rows, range):
            return np.flatnonzero(fits) + self.rows.start
        return self.rows[fits]


def narrow(
    world: World, shelf: Shelf, target: int, names: Sequence[str], most: int, keep: int, loose: Callable[[], float]
) -> tuple[list[Constraint], Longs]:
    """Return up to `most` constraints that `target` meets, and the rows of `shelf` that meet all of them.

    Each says something: it rules a row out, and at least `keep` rows stay. Attributes are tried in the order of
    `names`, first for constraints gentle enough to leave room for the others, then for any.
    """
    catalog, left = world.catalog, len(shelf)
    said: dict[str, Constraint] = {}
    able = {name: own for name in names if (own := int(catalog.column(name)[target])) >= 0}
    for gentle in (True, False):
        for name, own in able.items():
            if len(said) == most or left <= keep:
                break
            if name in said:
                continue
            one = limit(catalog, name, own, loose())
            fits = catalog.mask(shelf.rows, (one,), world.offer) & shelf.counted
            least = max(keep, left * (keep / left) ** (1 / (most - len(said))) if gentle else 0)
            count = int(np.count_nonzero(fits))
            if least <= count < left:
                said[name], left = one, count
                shelf = Shelf(shelf.picked(fits), np.ones(count, dtype=np.bool_))
    return list(said.values()), shelf.picked(shelf.counted)


def price_limit(world: World, rows: Longs, fewest: int, most: int, loose: float, rng: Stream) -> Constraint | None:
    """Return a limit on the price that from `fewest` to `most` of `rows` meet, drawn from one of them; or None."""
    prices = world.catalog.column(PRICE)[rows]
    if len(prices) > most + 1:
        # A limit that one more than `most` meet is too high, however many more do.
        prices = np.partition(prices, most)[: most + 1]
    ordered: list[int] = np.sort(prices).tolist()
    for price in rng.shuffled(ordered[max(0, fewest // 2) : most]):
        one = limit(world.catalog, PRICE, price, loose)
        assert isinstance(one.value, int), "a price is a number"
        if fewest <= bisect_right(ordered, one.value) <= most:
            return one
    return None


def attributes_of(catalog: Catalog, row: int) -> list[str]:
    """Return what can be asked of products like the one in `row`, beside price and brand."""
    return [RATING, DELIVERY, *(name for name in catalog.leaf(row).attributes if attribute(name).filterable)]


def bands(prices: Sequence[int], most: int) -> list[tuple[int | None, int | None]] | None:
    """Return price ranges, ends included, none of which holds more than `most` of `prices`; or None.

    An outer end that is None needs no condition. None: more than `most` products cost the very same.
    """
    ordered = sorted(prices)
    out: list[tuple[int | None, int | None]] = []
    start, low = 0, None
    while len(ordered) - start > most:
        # The last price that still fits whole, and does not go on behind the page.
        stop = start + most
        while stop > start and ordered[stop - 1] == ordered[stop]:
            stop -= 1
        if stop == start:
            return None
        out.append((low, ordered[stop - 1]))
        start, low = stop, ordered[stop]
    return [*out, (low, None)]

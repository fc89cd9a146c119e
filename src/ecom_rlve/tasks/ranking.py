"""Short lists: which products are acceptable, what each is worth, and how good an order of them is.

Knows no environment and no wish: gains come from outside, as integers. Nothing outside one category is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Longs
from ecom_rlve.core.attributes import PRICE, RATING, attribute
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.metrics import ndcg
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.task import Fault, FaultCause
from ecom_rlve.world.world import World

PASS: Final = 0.95
"""Raw score from which a short list is correct."""
PAGE: Final = 10
"""Results that a lazy look takes in."""
FULL: Final = 1000
"""What a part of a gain is worth at most."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a short list has to be: all that its verdict depends on, the shelf aside."""

    category: str
    k: int
    """Length, ≥ 1."""
    constraints: tuple[Constraint, ...]
    excluded: ProductId | None = None
    """A product that is no answer, whatever it meets."""


@dataclass(frozen=True, slots=True)
class Position:
    """One of the first k places of an answer."""

    row: int | None
    """None: missing, a duplicate or unknown."""
    met: float
    """Share of the constraints met, in [0, 1]; 0 for a product of another category."""
    in_stock: bool


def in_stock(world: World, rows: range | Longs) -> Flags:
    """Return which of `rows` are in stock, as the shelf stands in this episode."""
    units = world.catalog.column("stock")
    there = (units[rows.start : rows.stop] if isinstance(rows, range) else units[rows]) > 0
    for product_id, left in world.stock.items():
        row = world.catalog.row_of(product_id)
        if row is None:
            continue
        if isinstance(rows, range) and row in rows:
            there[row - rows.start] = left > 0
        elif not isinstance(rows, range):
            there[rows == row] = left > 0
    return there


def acceptable(world: World, wanted: Wanted) -> list[int]:
    """Return the rows in stock that meet every constraint, as the shelf stands in this episode."""
    catalog = world.catalog
    rows = catalog.category_rows(wanted.category)
    fits = np.flatnonzero(catalog.mask(rows, wanted.constraints, world.offer)) + rows.start
    out = catalog.row_of(wanted.excluded) if wanted.excluded is not None else None
    return [row for row in fits[in_stock(world, fits)].tolist() if row != out]


def positions(world: World, wanted: Wanted, product_ids: Sequence[str]) -> list[Position]:
    """Return the first k places of an answer; places that it leaves empty included."""
    catalog, home = world.catalog, world.catalog.category_rows(wanted.category)
    rows: list[int | None] = []
    for product_id in product_ids[: wanted.k]:
        row = catalog.row_of(product_id)
        rows.append(None if row in rows or product_id == wanted.excluded else row)
    rows.extend([None] * (wanted.k - len(rows)))
    known = [row for row in rows if row is not None and row in home]
    counts = dict.fromkeys(known, 0)
    for constraint in wanted.constraints:
        held = catalog.mask(np.asarray(known, dtype=np.int64), (constraint,), world.offer)
        for row, fits in zip(known, held.tolist(), strict=True):
            counts[row] += fits
    total = len(wanted.constraints)
    return [
        Position(row, counts.get(row, 0) / total, world.product(catalog.id_of(row)).stock > 0)
        if row is not None
        else Position(None, 0.0, in_stock=False)
        for row in rows
    ]


def quality(order: Sequence[int | None], gains: Mapping[int, int], k: int) -> float:
    """Return nDCG@k of an order of rows; a row without a gain is worth nothing."""
    got = [0 if row is None else gains.get(row, 0) for row in order]
    return ndcg(got, list(gains.values()), k)


def ideal(gains: Mapping[int, int], k: int) -> list[int]:
    """Return the best k rows, best first; equals by row."""
    return sorted(gains, key=lambda row: (-gains[row], row))[:k]


def lazy_orders(world: World, wanted: Wanted, words: str, gone: Set[int]) -> list[list[int]]:
    """Return what the first page for the customer's words gives: as it is, in stock, cheapest, best rated first."""
    catalog = world.catalog
    within = (Constraint("category", "eq", wanted.category),)
    page = catalog.search(words, within, sort="relevance", limit=PAGE, offer=world.offer).rows
    index = np.asarray(page, dtype=np.int64)
    cheap = index[np.argsort(catalog.column(PRICE)[index], kind="stable")].tolist()
    liked = index[np.argsort(-catalog.column(RATING)[index], kind="stable")].tolist()
    out = catalog.row_of(wanted.excluded) if wanted.excluded is not None else None
    there = [row for row in index[in_stock(world, index)].tolist() if row not in gone and row != out]
    return [order[: wanted.k] for order in (list(page), there, cheap, liked)]


def words_of(constraints: Sequence[Constraint]) -> str:
    """Return the words that constraints have in common with what people type."""
    return " ".join(attribute(c.attribute).show(c.value) for c in constraints if not isinstance(c.value, tuple))


def luck(gains: Mapping[int, int], k: int, passing: float) -> float:
    """Return the chance that a blind order of all rows with a gain has an nDCG@k of at least `passing`.

    The sum of discounted gains of a random order, its mean and variance exact, is taken as normal.
    """
    values = list(gains.values())
    n = len(values)
    places = [1 / math.log2(i + 2) for i in range(min(k, n))]
    mean = sum(values) / n
    spread = sum((v - mean) ** 2 for v in values) / max(1, n - 1)
    best = math.fsum(g * d for g, d in zip(sorted(values, reverse=True), places, strict=False))
    variance = spread * (math.fsum(d * d for d in places) - math.fsum(places) ** 2 / n)
    if variance <= 0:
        return 1.0
    z = (passing * best - mean * math.fsum(places)) / math.sqrt(variance)
    return 0.5 * math.erfc(z / math.sqrt(2))


def rank_order_centroid(n: int) -> tuple[int, ...]:
    """Return the weights, in thousandths, that a mere order of n ≥ 1 preferences suggests (Barron & Barrett 1996)."""
    return tuple(round(FULL * math.fsum(1 / j for j in range(i, n + 1)) / n) for i in range(1, n + 1))


def dirichlet(shapes: Sequence[int], rng: Stream) -> tuple[int, ...]:
    """Return Dirichlet weights in thousandths, for whole shapes ≥ 1 (sums of exponentials)."""
    drawn = [-math.log(math.prod(1.0 - rng.random() for _ in range(shape))) for shape in shapes]
    total = math.fsum(drawn)
    return tuple(round(FULL * part / total) for part in drawn)


def faults(
    places: Sequence[Position], gains: Mapping[int, int], wanted: Wanted, world: World, topics: Sequence[str]
) -> tuple[Fault, ...]:
    """Return what is wrong with an answer that is not correct.

    Args:
        places: Its positions.
        gains: What each acceptable row is worth.
        wanted: What it had to be.
        world: Where it was judged.
        topics: Slots on which the order of acceptable products depends.
    """
    catalog = world.catalog
    given = {p.row for p in places}
    left = [row for row in ideal(gains, wanted.k) if row not in given]
    best = catalog.id_of(left[0]) if left else None
    found: dict[FaultCause, Fault] = {}

    def add(cause: FaultCause, slots: Sequence[str] = (), product: ProductId | None = best) -> None:
        found.setdefault(cause, Fault(cause, 0, product, tuple(slots)))

    for place in places:
        if place.row is None:
            add("missing_item")
        elif place.row not in catalog.category_rows(wanted.category):
            add("wrong_product", ("category",), None)
        elif place.met < 1:
            add("constraint_ignored", _broken(world, wanted, place.row), None)
        elif not place.in_stock:
            add("wrong_product", (), None)
    if not found:
        add("wrong_product", topics)
    return tuple(found.values())


def _broken(world: World, wanted: Wanted, row: int) -> list[str]:
    one = range(row, row + 1)
    return [c.attribute for c in wanted.constraints if not world.catalog.mask(one, (c,), world.offer).all()]

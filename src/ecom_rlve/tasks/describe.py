"""How people single out one product: by type, brand and what sets it apart, or as "the one I looked at yesterday".

Knows no environment. Uniqueness is exact over the whole catalogue and costs the same at any size: only products of
the same type and brand are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Literal

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.attributes import PRICE, RATING, Attribute, attribute
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.world.records import Visit
from ecom_rlve.world.world import World

VISITED = "visited"
"""The slot of a title that is not quoted but pointed at by the day of a visit."""
_DAYS_BACK = 7
"""As far back as people point, so that where a visit stands in the history tells nothing."""
MIN_RIVALS = 4
"""Products of the same type and brand, the one described included, below which the brand alone would say too much."""
MOST_RIVALS = 16
"""And above which another brand is taken: telling one of so many apart takes longer, the bigger the shop."""
MAX_FEATURES = 4
P_NAMED = 0.6
"""Chance that one of the features may be the product's very value ("in walnut") instead of a limit."""
TARGETS_A_BRAND = 6
"""Products of a brand that are tried before another brand is."""


_Codes = tuple[Attribute, Sequence[int]]
"""An attribute, and its codes of some products."""
_Told = tuple[Attribute, Literal["eq", "min", "max"], int]
"""A condition on codes."""


def type_of(leaf: Leaf) -> Fact:
    """Return the fact that says what kind of thing it is."""
    return Fact(Constraint("category", "eq", leaf.key))


def by_features(catalog: Catalog, rows: range, rng: Stream) -> tuple[int, tuple[Fact, ...]] | None:
    """Return one of `rows`, a brand's products of one type, with the facts that fit it and no other of the shop.

    None if words cannot tell any of a few apart, or would make a lazy pick right: the cheapest, the best rated, or
    the first hit for the very words. What variants differ in is left out: that says which form, not which product.
    """
    if not MIN_RIVALS <= len(rows) <= MOST_RIVALS:
        return None
    forms = catalog.variant_attributes(rows)
    codes: list[_Codes] = [
        (known, catalog.column(known.name)[rows.start : rows.stop].tolist())
        for known in _describing(tuple(catalog.leaf(rows[0]).attributes))
        if known.name not in forms
    ]
    prices, stars = codes[0][1], codes.pop(1)[1]
    cheapest, best = min(prices), max(stars)
    plain = [i for i in range(len(rows)) if prices[i] > cheapest and stars[i] < best]
    for i in rng.shuffled(plain)[:TARGETS_A_BRAND]:
        told, named = _telling_apart(codes, i, rng)
        said = [Constraint(known.name, op, catalog.value(known.name, code)) for known, op, code in told]
        if said and not (named and _is_first_hit(catalog, rows[i], said)):
            brand = catalog.value("brand", int(catalog.column("brand")[rows[i]]))
            facts = (type_of(catalog.leaf(rows[i])), Fact(Constraint("brand", "eq", brand)), *map(Fact, said))
            return rows[i], facts
    return None


@lru_cache(maxsize=1024)
def _describing(names: tuple[str, ...]) -> tuple[Attribute, ...]:
    """Return price, rating, and what else can be said of products that have the attributes `names`."""
    return tuple(known for name in (PRICE, RATING, *names) if (known := attribute(name)).filterable)


def _telling_apart(codes: Sequence[_Codes], i: int, rng: Stream) -> tuple[list[_Told], bool]:
    """Return conditions that the `i`-th of some products meets and no other (none if there are no such).

    And whether one of them names the product's very value; at most one does, since such words put it on top of any
    search, where limits leave its place to chance.
    """
    left = list(range(len(codes[0][1])))
    said: list[_Told] = []
    named, may_name = False, rng.chance(P_NAMED)
    for known, of in rng.shuffled([one for one in codes if one[1][i] >= 0]):
        if not may_name and known.kind == "word":
            continue
        told = _telling(known, [of[j] for j in left], of[i], rng)
        kept = _fitting(told, of, left)
        names_value = told[2] == of[i]
        if len(kept) == len(left) or (names_value and (named or not may_name)):
            continue
        left, named = kept, named or names_value
        said.append(told)
        if len(left) == 1:
            return (said, named) if len(said) > named else ([], named)
        if len(said) == MAX_FEATURES:
            break
    return [], named


def _telling(known: Attribute, values: Sequence[int], own: int, rng: Stream) -> _Told:
    """Return what can be said of `own` among `values` (codes, -1 for none).

    Words are named; of a number people give a limit, somewhere between it and the next worse one.
    """
    if known.kind == "word":
        return known, "eq", own
    natural = not known.either_way or rng.chance(0.9)
    if natural == (known.better == "low"):
        return known, "max", _round_between(own, min((v for v in values if v > own), default=own + 1))
    return known, "min", _round_between(own, max((v for v in values if 0 <= v < own), default=own - 1))


def _fitting(told: _Told, codes: Sequence[int], places: Sequence[int]) -> list[int]:
    """Return those of `places` whose code meets a condition."""
    _, op, limit = told
    if op == "eq":
        return [j for j in places if codes[j] == limit]
    if op == "max":
        return [j for j in places if 0 <= codes[j] <= limit]
    return [j for j in places if codes[j] >= limit]


def _round_between(own: int, other: int) -> int:
    """Return the roundest number from `own` up to, and without, `other` (or down to it)."""
    low, high = (own + 1, other - 1) if own < other else (other + 1, own - 1)
    for step in (100_000, 50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10, 5):
        first = -(-low // step) * step
        if first <= high:
            return first
    return own


def _is_first_hit(catalog: Catalog, row: int, constraints: Sequence[Constraint]) -> bool:
    leaf, brand = catalog.leaf(row), str(catalog.value("brand", int(catalog.column("brand")[row])))
    said = [attribute(c.attribute).show(c.value) for c in constraints if not isinstance(c.value, tuple)]
    query = " ".join([brand, leaf.noun, *said])
    within = (Constraint("category", "eq", leaf.key), Constraint("brand", "eq", brand))
    return catalog.search(query, within, sort="relevance", limit=1, offer=Offer(0)).rows[:1] == (row,)


def by_visit(leaf: Leaf, title: str, days_ago: int) -> tuple[Fact, ...]:
    """Return type and day of a visit; the visit history must hold no other of this type that day."""
    visited = Fact(Constraint("title", "eq", title), slot=VISITED, detail=days_ago)
    return (type_of(leaf), visited)


def visit_history(
    world: World, wanted: Collection[tuple[int, int]], decoys: Collection[int], rng: Stream
) -> tuple[Visit, ...]:
    """Return what the customer looked at lately, newest first.

    Args:
        world: Where it takes place.
        wanted: (row, days ago) of visits that somebody will point at.
        decoys: Rows looked at besides, on days when nothing of their type is pointed at.
        rng: Where days are drawn.
    """
    catalog = world.catalog
    taken = {(catalog.leaf(row).key, days) for row, days in wanted}
    seen = {row for row, _ in wanted}
    visits = list(wanted)
    for row in decoys:
        days = 1 + rng.below(_DAYS_BACK)
        key = (catalog.leaf(row).key, days)
        if key in taken or row in seen:
            continue
        taken.add(key)
        seen.add(row)
        visits.append((row, days))
    ordered = sorted(visits, key=lambda visit: (visit[1], catalog.id_of(visit[0])))
    return tuple(Visit(world.today - timedelta(days=days), catalog.id_of(row)) for row, days in ordered)

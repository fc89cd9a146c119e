"""How people single out one product: by type, brand and what sets it apart, or as "the one I looked at yesterday".

Knows no environment. Uniqueness is exact over the whole catalogue and costs the same at any size: only products of
the same type and brand are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.attributes import PRICE, RATING, attribute
from ecom_rlve.core.product import Constraint, Product
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
MAX_FEATURES = 4
P_NAMED = 0.6
"""Chance that one of the features may be the product's very value ("in walnut") instead of a limit."""
TARGETS_A_BRAND = 6
"""Products of a brand that are tried before another brand is."""


def type_of(product: Product) -> Fact:
    """Return the fact that says what kind of thing it is."""
    return Fact(Constraint("category", "eq", product.category))


def by_features(catalog: Catalog, rows: range, rng: Stream) -> tuple[int, tuple[Fact, ...]] | None:
    """Return one of `rows`, a brand's products of one type, with the facts that fit it and no other of the shop.

    None if words cannot tell any of a few apart, or would make a lazy pick right: the cheapest, the best rated, or
    the first hit for the very words. What variants differ in is left out: that says which form, not which product.
    """
    if len(rows) < MIN_RIVALS:
        return None
    forms = {catalog.variant_attribute(row) for row in rows}
    codes = {
        name: catalog.column(name)[rows.start : rows.stop].tolist()
        for name in (PRICE, RATING, *catalog.leaf(rows[0]).attributes)
        if name not in forms and attribute(name).filterable
    }
    cheapest, best = min(codes[PRICE]), max(codes[RATING])
    plain = [i for i in range(len(rows)) if codes[PRICE][i] > cheapest and codes[RATING][i] < best]
    for i in rng.shuffled(plain)[:TARGETS_A_BRAND]:
        said, named = _telling_apart(catalog, codes, i, rng)
        if said and not (named and _is_first_hit(catalog, rows[i], said)):
            product = catalog.product(rows[i])
            brand = Fact(Constraint("brand", "eq", product.brand))
            return rows[i], (type_of(product), brand, *map(Fact, said))
    return None


def _telling_apart(
    catalog: Catalog, codes: Mapping[str, Sequence[int]], i: int, rng: Stream
) -> tuple[list[Constraint], bool]:
    """Return constraints that the `i`-th of some products meets and no other (none if there are no such).

    And whether one of them names the product's very value; at most one does, since such words put it on top of any
    search, where limits leave its place to chance.
    """
    left = list(range(len(codes[PRICE])))
    said: list[Constraint] = []
    named, may_name = False, rng.chance(P_NAMED)
    for name in rng.shuffled([name for name in codes if name != RATING and codes[name][i] >= 0]):
        own = codes[name][i]
        if not may_name and attribute(name).kind == "word":
            continue
        constraint, fits = _telling(catalog, name, [codes[name][j] for j in left], own, rng)
        kept = [j for j, fit in zip(left, fits, strict=True) if fit]
        names_value = constraint.value == catalog.value(name, own)
        if len(kept) == len(left) or (names_value and (named or not may_name)):
            continue
        left, named = kept, named or names_value
        said.append(constraint)
        if len(left) == 1:
            return (said, named) if len(said) > named else ([], named)
        if len(said) == MAX_FEATURES:
            break
    return [], named


def _telling(
    catalog: Catalog, name: str, values: Sequence[int], own: int, rng: Stream
) -> tuple[Constraint, list[bool]]:
    """Return what can be said of `own` among `values` (codes, -1 for none), and which of them it fits.

    Words are named; of a number people give a limit, somewhere between it and the next worse one.
    """
    if attribute(name).kind == "word":
        return Constraint(name, "eq", catalog.value(name, own)), [v == own for v in values]
    natural = rng.chance(0.9) or name == PRICE
    if natural == (attribute(name).better == "low"):
        limit = _round_between(own, min((v for v in values if v > own), default=own + 1))
        return Constraint(name, "max", limit), [0 <= v <= limit for v in values]
    limit = _round_between(own, max((v for v in values if 0 <= v < own), default=own - 1))
    return Constraint(name, "min", limit), [v >= limit for v in values]


def _round_between(own: int, other: int) -> int:
    """Return the roundest number from `own` up to, and without, `other` (or down to it)."""
    low, high = (own + 1, other - 1) if own < other else (other + 1, own - 1)
    for step in (100_000, 50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10, 5):
        first = -(-low // step) * step
        if first <= high:
            return first
    return own


def _is_first_hit(catalog: Catalog, row: int, constraints: Sequence[Constraint]) -> bool:
    product = catalog.product(row)
    said = [attribute(c.attribute).show(c.value) for c in constraints if not isinstance(c.value, tuple)]
    query = " ".join([product.brand, catalog.taxonomy.leaf(product.category).noun, *said])
    within = (Constraint("category", "eq", product.category), Constraint("brand", "eq", product.brand))
    return catalog.search(query, within, sort="relevance", limit=1, offer=Offer(0)).rows[:1] == (row,)


def by_visit(product: Product, days_ago: int) -> tuple[Fact, ...]:
    """Return type and day of a visit; the visit history must hold no other of this type that day."""
    visited = Fact(Constraint("title", "eq", product.title), slot=VISITED, detail=days_ago)
    return (type_of(product), visited)


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

"""How people single out one product: by type, brand and what sets it apart, or as "the one I looked at yesterday".

Knows no environment. Uniqueness is exact over the whole catalogue and costs the same at any size: only products of
the same type and brand are compared.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.product import Constraint, Product
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.world.records import Visit
from ecom_rlve.world.world import World

VISITED = "visited"
"""The slot of a title that is not quoted but pointed at by the day of a visit."""
_DAYS_BACK = 14


def type_of(product: Product) -> Fact:
    """Return the fact that says what kind of thing it is."""
    return Fact(Constraint("category", "eq", product.category))


def by_features(catalog: Catalog, row: int, rng: Stream) -> tuple[Fact, ...] | None:
    """Return type, brand and features that fit this product and no other, or None if words cannot tell it apart.

    What its variants differ in is left out: that says which form, not which product.
    """
    product = catalog.product(row)
    rivals = catalog.brand_rows(product.category, product.brand)
    left = np.arange(rivals.start, rivals.stop)
    facts = [type_of(product), Fact(Constraint("brand", "eq", product.brand))]
    open_to = [a for a in product.attributes if a != catalog.variant_attribute(row) and attribute(a).filterable]
    for name in [*rng.shuffled(open_to), "price"]:
        if len(left) == 1 and len(facts) > 2:
            break
        column = catalog.column(name)
        same = left[column[left] == column[row]]
        if len(same) < len(left) or (len(left) == 1 and name != "price"):
            left = same
            value = product.value(name)
            assert value is not None
            facts.append(Fact(Constraint(name, "eq", value)))
    return tuple(facts) if len(left) == 1 else None


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
    taken = {(catalog.product(row).category, days) for row, days in wanted}
    seen = {row for row, _ in wanted}
    visits = list(wanted)
    for row in decoys:
        days = 1 + rng.below(_DAYS_BACK)
        key = (catalog.product(row).category, days)
        if key in taken or row in seen:
            continue
        taken.add(key)
        seen.add(row)
        visits.append((row, days))
    ordered = sorted(visits, key=lambda visit: (visit[1], catalog.id_of(visit[0])))
    return tuple(Visit(world.today - timedelta(days=days), catalog.id_of(row)) for row, days in ordered)

"""Conditions a customer can have on a product of some category, drawn from what the shop offers there.

Knows no environment. What a category's variants differ in is left out: that says which form, not which product.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Ints
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import RATING, attribute
from ecom_rlve.core.product import Constraint, Op
from ecom_rlve.core.rng import Stream

LEAST_SHARE, MOST_SHARE = 0.1, 0.6
"""Share of a category's products that a condition leaves."""
LEAST_LEFT = 2
"""Products in stock that a condition leaves, at least."""
_EVERYWHERE = (RATING, "delivery_days")


def condition(
    catalog: Catalog, category: str, rng: Stream, *, without: Collection[str] = (), against: int | None = None
) -> Constraint | None:
    """Return a condition that some of a category's products meet and most do not, or None.

    Args:
        catalog: The shop.
        category: Key of the leaf category.
        rng: Where it is drawn.
        without: Attributes not to be used.
        against: A row that had better not meet it, e.g. the cheapest, so that ignoring the condition fails.
    """
    second: Constraint | None = None
    for name in rng.shuffled([name for name in attributes_of(catalog, category) if name not in without]):
        found = condition_on(catalog, category, name, rng)
        if found is None:
            continue
        if against is None or not found.admits(_value(catalog, name, against)):
            return found
        second = second or found
    return second


def condition_on(
    catalog: Catalog, category: str, name: str, rng: Stream, other_than: Constraint | None = None
) -> Constraint | None:
    """Return a condition on one attribute, other than `other_than`, or None where none is selective enough."""
    rows = catalog.category_rows(category)
    codes = catalog.column(name)[rows.start : rows.stop]
    in_stock = catalog.column("stock")[rows.start : rows.stop] > 0
    values = np.unique(codes[in_stock & (codes >= 0)]).tolist()
    for own in rng.shuffled(values):
        found = Constraint(name, _operator(name), catalog.value(name, own))
        fits = _fits(codes, found.op, own)
        left = int((fits & in_stock).sum())
        if found != other_than and left >= LEAST_LEFT and LEAST_SHARE <= left / len(rows) <= MOST_SHARE:
            return found
    return None


@lru_cache(maxsize=512)
def attributes_of(catalog: Catalog, category: str) -> tuple[str, ...]:
    """Return the attributes on which a category's products can be judged as products, whatever form is taken."""
    rows = catalog.category_rows(category)
    varying = {
        catalog.codes.variant(v)[0]
        for v in np.unique(catalog.column("variant")[rows.start : rows.stop]).tolist()
        if v >= 0
    }
    names = (*catalog.taxonomy.leaf(category).attributes, *_EVERYWHERE)
    return tuple(name for name in names if name not in varying and _operator(name) in ("eq", "min", "max"))


def _operator(name: str) -> Op:
    """Return the natural direction: prices at most, ratings at least; words and numbers without one as they are."""
    better = attribute(name).better
    return "max" if better == "low" else "min" if better == "high" else "eq"


def _fits(codes: Ints, op: Op, own: int) -> Flags:
    if op == "eq":
        return codes == own
    return codes >= own if op == "min" else (codes <= own) & (codes >= 0)


def _value(catalog: Catalog, name: str, row: int) -> str | int | None:
    code = int(catalog.column(name)[row])
    return None if code < 0 else catalog.value(name, code)

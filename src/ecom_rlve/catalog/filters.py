"""Conditions on rows, evaluated exactly on columns, the forms on offer included.

Knows no ranking and no index; where titles are compared, rows are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Ints, Longs
from ecom_rlve.catalog.codes import UNKNOWN
from ecom_rlve.catalog.variants import FORMS, STANDING, Offer, forms_of_all
from ecom_rlve.core.attributes import Value
from ecom_rlve.core.product import Constraint

if TYPE_CHECKING:
    from ecom_rlve.catalog.catalog import Catalog

Rows = range | Ints | Longs


def mask(
    catalog: Catalog, rows: Rows, constraints: Sequence[Constraint], offer: Offer, moved: Set[int] = frozenset()
) -> Flags:
    """Return which of `rows` meet all `constraints`.

    Where a product comes in forms, one and the same form has to meet all conditions on the attribute they differ in.
    Rows in `moved` are in stock if the catalogue says that they are not, and the other way round.
    """
    if len(constraints) == 1:
        return _passes(catalog, rows, constraints[0].attribute, constraints, offer, moved)
    keep = np.ones(len(rows), dtype=np.bool_)
    by_attribute: dict[str, list[Constraint]] = {}
    for constraint in constraints:
        by_attribute.setdefault(constraint.attribute, []).append(constraint)
    for attribute, group in by_attribute.items():
        # Later conditions look only at what is left.
        left = np.flatnonzero(keep)
        if not len(left):
            break
        some = rows if len(left) == len(rows) else _pick(rows, left)
        keep[left] = _passes(catalog, some, attribute, group, offer, moved)
    return keep


def admits_codes(codes: Ints | Longs, constraint: Constraint, code: Callable[[Value], int]) -> Flags:
    """Return which stored codes a condition admits; a number's code is the number, and −1 (not given) never passes."""
    value = constraint.value
    if constraint.op == "eq":
        return codes == (UNKNOWN if isinstance(value, tuple) else code(value))
    if constraint.op == "in":
        wanted = [code(one) for one in value] if isinstance(value, tuple) else []
        return np.isin(codes, [one for one in wanted if one >= 0])
    if not isinstance(value, int):
        return np.zeros(len(codes), dtype=np.bool_)
    return (codes >= max(value, 0)) if constraint.op == "min" else (codes <= value) & (codes >= 0)


def _pick(rows: Rows, places: Longs) -> Longs:
    return places + rows.start if isinstance(rows, range) else rows[places].astype(np.int64)


def _values(column: Ints, rows: Rows) -> Ints:
    return column[rows.start : rows.stop] if isinstance(rows, range) else column[rows]


def _passes(
    catalog: Catalog, rows: Rows, attribute: str, group: Sequence[Constraint], offer: Offer, moved: Set[int]
) -> Flags:
    if attribute == "in_stock":
        return _on_the_shelf(catalog, rows, group, moved)
    return _holds(catalog, rows, attribute, group, offer)


def _holds(catalog: Catalog, rows: Rows, attribute: str, group: Sequence[Constraint], offer: Offer) -> Flags:
    if attribute == "title":
        titles = [catalog.title(row) for row in rows]
        return np.asarray([all(one.admits(title) for one in group) for title in titles], dtype=np.bool_)
    if attribute not in catalog.codes.attributes:
        return np.zeros(len(rows), dtype=np.bool_)
    keep = _all_admit(catalog, _values(catalog.column(attribute), rows), attribute, group)
    if catalog.codes.forms(attribute) is None:
        return keep
    home = _in_category(catalog, rows)
    if home is not None and attribute not in catalog.codes.leaves[home[0]].variant:
        return keep
    if home is not None and offer == STANDING:
        category, start = home
        places = range(rows.start - start, rows.stop - start) if isinstance(rows, range) else rows - start
        for codes in catalog.standing_forms(category, attribute):
            keep |= _all_admit(catalog, _values(codes, places), attribute, group)
        return keep
    packed = _values(catalog.column("variant"), rows)
    formed = np.flatnonzero((packed >> 8 == catalog.codes.variant_code(attribute)) & ~keep)
    if len(formed):
        keep[formed] = _any_form(catalog, _pick(rows, formed), packed[formed] & 255, attribute, group, offer)
    return keep


def _on_the_shelf(catalog: Catalog, rows: Rows, group: Sequence[Constraint], moved: Set[int]) -> Flags:
    passes = np.asarray([all(one.admits(said) for one in group) for said in ("no", "yes")], dtype=np.bool_)
    there = _values(catalog.column("stock"), rows) > 0
    if moved:
        these = np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows
        there ^= np.isin(these, np.asarray(sorted(moved)))
    return passes[there.astype(np.int64)]


def _all_admit(catalog: Catalog, codes: Ints | Longs, attribute: str, group: Sequence[Constraint]) -> Flags:
    keep: Flags | None = None
    for one in group:
        if one.op in ("min", "max") and not catalog.codes.is_number(attribute):
            return np.zeros(len(codes), dtype=np.bool_)
        fits = admits_codes(codes, one, partial(catalog.code, attribute))
        keep = fits if keep is None else keep & fits
    assert keep is not None, "a group holds a condition"
    return keep


def _in_category(catalog: Catalog, rows: Rows) -> tuple[int, int] | None:
    """Return the category of all of `rows`, its code and its first row; None where there is not just one."""
    if not len(rows):
        return None
    category = int(catalog.column("category")[rows[0]])
    home = catalog.category_rows(catalog.codes.leaves[category].key)
    first, last = (rows.start, rows.stop - 1) if isinstance(rows, range) else (int(rows.min()), int(rows.max()))
    return (category, home.start) if first >= home.start and last < home.stop else None


def standing_forms(catalog: Catalog, rows: range, attribute: str) -> Ints:
    """Return the codes of both further forms of `rows`, a category, on standing offer, shape (2, rows).

    −1 stands for products whose forms differ in another attribute.
    """
    out = np.full((FORMS - 1, len(rows)), -1, dtype=np.int32)
    packed = _values(catalog.column("variant"), rows)
    formed = np.flatnonzero(packed >> 8 == catalog.codes.variant_code(attribute))
    table = catalog.codes.forms(attribute)
    if table is not None and len(formed):
        codes, lengths = table
        category = int(catalog.column("category")[rows.start])
        own = (packed[formed] & 255).astype(np.int64)
        positions = forms_of_all(formed + rows.start, own, lengths[category].repeat(len(formed)), STANDING)
        out[:, formed] = codes[category][positions[1:]]
    return out


def _any_form(
    catalog: Catalog, rows: Longs, own: Ints, attribute: str, group: Sequence[Constraint], offer: Offer
) -> Flags:
    table = catalog.codes.forms(attribute)
    assert table is not None, f"{attribute} is in the variant column but in no category's list"
    codes, lengths = table
    category = catalog.column("category")[rows].astype(np.int64)
    positions = forms_of_all(rows, own.astype(np.int64), lengths[category], offer)
    keep = np.zeros(len(rows), dtype=np.bool_)
    # The first form is the product's own, which its page need not state.
    for i in range(FORMS):
        keep |= _all_admit(catalog, codes[category, positions[i]], attribute, group)
    return keep

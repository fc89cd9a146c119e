"""From conditions to rows: which ranges have to be looked at, and the best of what is found there.

Knows no query words: scores come in from `search`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.core.product import Constraint

if TYPE_CHECKING:
    from ecom_rlve.catalog.catalog import Catalog

Sort = Literal["relevance", "price", "rating", "delivery"]
_SCORE_BITS = 17
_ROW_BITS = 22
_KEY_TOP = (1 << 24) - 1


def spans(catalog: Catalog, constraints: Sequence[Constraint]) -> list[range]:
    """Return the ranges of rows, in rising order, outside which no row can meet `constraints`.

    Category and brand are read off the offset tables, at a cost that does not depend on the catalogue's size, unless
    a brand is named without a category.
    """
    categories = _wanted(constraints, "category")
    brands = _wanted(constraints, "brand")
    if categories is None and brands is None:
        return [range(len(catalog))]
    if brands is None:
        found = [catalog.category_rows(key) for key in categories or () if key in catalog.taxonomy.leaves]
    elif categories is None:
        found = [rows for name in brands for rows in catalog.brand_ranges(name)]
    else:
        here = [key for key in categories if key in catalog.taxonomy.leaves]
        found = [catalog.brand_rows(key, name) for key in here for name in brands]
    return _merged(sorted((rows for rows in found if len(rows)), key=lambda rows: rows.start))


def beyond(constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return the conditions that rows of `spans` do not meet by being there."""
    return [one for one in constraints if one.attribute not in ("category", "brand")]


def _wanted(constraints: Sequence[Constraint], attribute: str) -> list[str] | None:
    """Return the values that all conditions on a word attribute allow, or None where there is no condition."""
    allowed: list[str] | None = None
    for one in constraints:
        if one.attribute != attribute:
            continue
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        texts = [value for value in values if isinstance(value, str)] if one.op in ("eq", "in") else []
        if (one.op == "eq" and isinstance(one.value, tuple)) or (one.op == "in" and not isinstance(one.value, tuple)):
            texts = []
        allowed = list(dict.fromkeys(texts)) if allowed is None else [text for text in allowed if text in texts]
    return allowed


def _merged(ranges: Sequence[range]) -> list[range]:
    out: list[range] = []
    for rows in ranges:
        if out and out[-1].stop == rows.start:
            out[-1] = range(out[-1].start, rows.stop)
        elif not out or rows.start >= out[-1].stop:
            out.append(rows)
    return out


def best(catalog: Catalog, rows: Longs, scores: Longs, sort: Sort, limit: int, *, asked: bool) -> tuple[int, ...]:
    """Return the first `limit` of `rows` in the order of `sort`, then score, then row.

    Key, score and row are packed into one integer, so that all are different and the order is total.

    Args:
        catalog: Whose columns.
        rows: Candidates.
        scores: Their scores, 0 where there is no query.
        sort: What comes first.
        limit: How many, ≥ 0.
        asked: Whether there is a query; without one, "relevance" is popularity.
    """
    if limit <= 0 or not len(rows):
        return ()
    first = np.minimum(_first_key(catalog, rows, sort, asked=asked), _KEY_TOP)
    key = (first << (_SCORE_BITS + _ROW_BITS)) | (((1 << _SCORE_BITS) - 1 - scores) << _ROW_BITS) | rows
    if len(key) > 4 * limit:
        key = np.partition(key, limit - 1)[:limit]
    return tuple((np.sort(key)[:limit] & ((1 << _ROW_BITS) - 1)).tolist())


def _first_key(catalog: Catalog, rows: Longs, sort: Sort, *, asked: bool) -> Longs:
    if sort == "price":
        return catalog.column("price")[rows].astype(np.int64)
    if sort == "delivery":
        return catalog.column("delivery_days")[rows].astype(np.int64)
    if sort == "rating":
        return 1000 - catalog.column("rating")[rows].astype(np.int64)
    if asked:
        return np.zeros(len(rows), dtype=np.int64)
    return _KEY_TOP - np.minimum(catalog.column("rating_count")[rows].astype(np.int64), _KEY_TOP)

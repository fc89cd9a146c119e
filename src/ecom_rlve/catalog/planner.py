"""From conditions to rows: which ranges have to be looked at, and the best of what is found there.

Knows no query words: scores come in from `search`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.retrieve import ROW_BITS, smallest
from ecom_rlve.catalog.search import SCORE_TOP
from ecom_rlve.core.product import Constraint

if TYPE_CHECKING:
    from ecom_rlve.catalog.catalog import Catalog

Sort = Literal["relevance", "price", "rating", "delivery"]
Scores = Callable[[Longs], Longs]
_SCORE_BITS = SCORE_TOP.bit_length()
_KEY_TOP = (1 << 24) - 1
_SAMPLE = 1 << 16


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


def best(catalog: Catalog, rows: Longs, scores: Scores | None, sort: Sort, limit: int) -> tuple[int, ...]:
    """Return the first `limit` of `rows` in the order of `sort`, then score, then row.

    Key, score and row are packed into one integer, so that all are different and the order is total.

    Args:
        catalog: Whose columns.
        rows: Candidates, in rising order.
        scores: Gives the scores of some of them; None where there is no query, and "relevance" is popularity.
        sort: What comes first.
        limit: How many, ≥ 0.
    """
    if limit <= 0 or not len(rows):
        return ()
    first = np.minimum(_first_key(catalog, rows, sort, asked=scores is not None), _KEY_TOP)
    for sample in (first[:_SAMPLE], first):
        # The limit-th smallest of a part is no smaller than that of all: what exceeds it is out.
        if len(sample) > limit and len(first) > limit:
            near = np.flatnonzero(first <= np.partition(sample, limit - 1)[limit - 1])
            rows, first = rows[near], first[near]
    words = np.zeros(len(rows), dtype=np.int64) if scores is None else scores(rows)
    key = (first.astype(np.int64) << (_SCORE_BITS + ROW_BITS)) | ((SCORE_TOP - words) << ROW_BITS) | rows
    return tuple((smallest(key, limit) & ((1 << ROW_BITS) - 1)).tolist())


def _first_key(catalog: Catalog, rows: Longs, sort: Sort, *, asked: bool) -> Ints:
    if sort == "price":
        return catalog.column("price")[rows]
    if sort == "delivery":
        return catalog.column("delivery_days")[rows]
    if sort == "rating":
        return 1000 - catalog.column("rating")[rows]
    if asked:
        return np.zeros(len(rows), dtype=np.int32)
    return _KEY_TOP - np.minimum(catalog.column("rating_count")[rows], _KEY_TOP)

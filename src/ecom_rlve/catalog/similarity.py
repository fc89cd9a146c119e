"""How alike two products are, or a query and a product: exact integers 0 … 1000 from hashed vectors.

Knows no ranking. Dot products, norms and the root are integer arithmetic: the same number on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Final, TypeGuard

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.index import DIMENSIONS, bucket_of, token_weight
from ecom_rlve.catalog.search import Index

Vectors = npt.NDArray[np.int16]
Rows = Sequence[int] | Longs
Floats = npt.NDArray[np.float64]
_EXACT: Final = float(1 << 52)


def similarity(vectors: Vectors, row: int, others: Rows) -> list[int]:
    """Return the likeness of `row` to each of `others`; 1000 for itself."""
    return _cosines(vectors[row].astype(np.int64), vectors, others)


def query_similarity(vectors: Vectors, index: Index, query: str, others: Sequence[int]) -> list[int]:
    """Return the likeness of a query to each of `others`; 0 where it has no known word."""
    vector = np.zeros(DIMENSIONS, dtype=np.int64)
    for term in index.terms(query):
        bucket, sign = bucket_of(index.words[term.id])
        vector[bucket] += sign * token_weight(int(index.idf[term.id]), 2) * term.quarters // 4
    return _cosines(vector, vectors, others)


def similarities(vectors: Vectors, rows: Rows, others: Rows) -> Longs:
    """Return the likeness of each of `rows` to each of `others`, shape (rows, others)."""
    return cosine_table(vectors[_index(rows)].astype(np.float64), vectors[_index(others)].astype(np.float64))


def _cosines(vector: Longs, vectors: Vectors, others: Rows) -> list[int]:
    if not len(others):
        return []
    # A range is read where it lies, without a copy of its own.
    block = vectors[others.start : others.stop] if _is_span(others) else vectors[_index(others)]
    return cosine_table(vector[None].astype(np.float64), block.astype(np.float64))[0].tolist()


def cosine_table(ours: Floats, theirs: Floats) -> Longs:
    """Return the cosines of all pairs of rows, 0 … 1000, in integers.

    Products and sums are whole numbers below 2^53, exact in floats in whatever order they are taken.
    """
    dots = ours @ theirs.T
    squares = np.einsum("ij,ij->i", ours, ours)[:, None] * np.einsum("ij,ij->i", theirs, theirs)
    if squares.max(initial=0) >= _EXACT:
        pairs = zip(dots.ravel().tolist(), _squares(ours, theirs), strict=True)
        return np.asarray([_cosine(int(dot), own) for dot, own in pairs], dtype=np.int64).reshape(dots.shape)
    # The root of a whole number below 2^52 is rounded to its nearest float, which is never above the next integer.
    roots = np.floor(np.sqrt(squares)).astype(np.int64)
    return np.where(dots > 0, np.minimum(1000, 1000 * dots.astype(np.int64) // np.maximum(roots, 1)), 0)


def _squares(ours: Floats, theirs: Floats) -> list[int]:
    """Return the products of all pairs of squared lengths, as integers of any size."""
    mine, other = ([int(n) for n in (block * block).sum(axis=1)] for block in (ours, theirs))
    return [a * b for a in mine for b in other]


def _cosine(dot: int, squares: int) -> int:
    """Return ⌊1000 · dot / √squares⌋, 0 for opposite directions and for a zero vector."""
    if dot <= 0 or squares == 0:
        return 0
    return min(1000, 1000 * dot // isqrt(squares))


def _index(rows: Rows) -> Longs:
    return np.asarray(rows, dtype=np.int64)


def _is_span(rows: Rows) -> TypeGuard[range]:
    return isinstance(rows, range) and rows.step == 1

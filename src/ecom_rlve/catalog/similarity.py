"""How alike two products are, or a query and a product: exact integers 0 … 1000 from hashed vectors.

Knows no ranking. Dot products, norms and the root are integer arithmetic: the same number on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.index import DIMENSIONS, bucket_of, token_weight
from ecom_rlve.catalog.search import Index

Vectors = npt.NDArray[np.int16]


def similarity(vectors: Vectors, row: int, others: Sequence[int]) -> list[int]:
    """Return the likeness of `row` to each of `others`; 1000 for itself."""
    return _cosines(vectors[row].astype(np.int64), vectors, others)


def query_similarity(vectors: Vectors, index: Index, query: str, others: Sequence[int]) -> list[int]:
    """Return the likeness of a query to each of `others`; 0 where it has no known word."""
    vector = np.zeros(DIMENSIONS, dtype=np.int64)
    for term in index.terms(query):
        bucket, sign = bucket_of(index.words[term.id])
        vector[bucket] += sign * token_weight(int(index.idf[term.id]), 2) * term.quarters // 4
    return _cosines(vector, vectors, others)


def _cosines(vector: Longs, vectors: Vectors, others: Sequence[int]) -> list[int]:
    if not len(others):
        return []
    block = vectors[np.asarray(others, dtype=np.int64)].astype(np.int64)
    dots = (block @ vector).tolist()
    squares = (block * block).sum(axis=1).tolist()
    own = int((vector * vector).sum())
    return [_cosine(dot, own * square) for dot, square in zip(dots, squares, strict=True)]


def _cosine(dot: int, squares: int) -> int:
    """Return ⌊1000 · dot / √squares⌋, 0 for opposite directions and for a zero vector."""
    if dot <= 0 or squares == 0:
        return 0
    return min(1000, 1000 * dot // isqrt(squares))

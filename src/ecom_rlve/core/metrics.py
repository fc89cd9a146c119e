"""nDCG and F1, exact at their edges."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def ndcg(gains: Sequence[float], ideal: Sequence[float], k: int) -> float:
    """Return nDCG@k in [0, 1] with linear gains and log2 discounts (Järvelin & Kekäläinen 2002).

    Args:
        gains: Relevance (≥ 0) of the items shown, best first; positions beyond the end count 0.
        ideal: Relevance of every item that could have been shown, in any order.
        k: Cut-off, ≥ 1.

    Returns:
        1.0 exactly for a best possible order; 0.0 where the ideal itself is worth nothing.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    best = _dcg(sorted(ideal, reverse=True)[:k])
    if best == 0.0:
        return 0.0
    return min(1.0, _dcg(gains[:k]) / best)


def _dcg(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(i + 2) for i, gain in enumerate(gains))


def f1(wanted: Mapping[K, int], got: Mapping[K, int]) -> float:
    """Return unit-level F1 in [0, 1] of two multisets: 1.0 exactly if equal.

    Both empty is worth 1.0; one empty 0.0.
    """
    total = sum(wanted.values()) + sum(got.values())
    if total == 0:
        return 1.0
    hit = sum((Counter(wanted) & Counter(got)).values())
    return 2 * hit / total

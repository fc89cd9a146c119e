"""Comparing shares: is one rate really higher than another, and what remains of that over many comparisons.

Exact integer arithmetic; knows no episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb


@dataclass(frozen=True, slots=True)
class Share:
    """Successes among trials."""

    correct: int
    n: int


def p_higher(first: Share, second: Share) -> float:
    """Return the one-sided p-value of "`second` succeeds more often than `first`" (Fisher's exact test, 1935).

    Given the successes of both together, the chance that at least as many fall to `second` if nothing but chance
    decides. 1.0 where either has no trials.
    """
    total, successes = first.n + second.n, first.correct + second.correct
    if not first.n or not second.n:
        return 1.0
    most = min(second.n, successes)
    tail = sum(comb(second.n, k) * comb(first.n, successes - k) for k in range(second.correct, most + 1))
    return float(Fraction(tail, comb(total, successes)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for all of them being looked at (Holm 1979), in their order; each in [0, 1]."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, so_far = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = so_far
    return adjusted

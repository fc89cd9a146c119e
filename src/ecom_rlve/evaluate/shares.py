"""Comparing rates: is one really higher than another, and what remains of that over many comparisons.

Both were measured on the same trials, so trials are compared one by one. Exact arithmetic; knows no episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

Results = Sequence[bool | None]
"""Whether each trial succeeded, in the order of the trials; None for one that does not count."""


def p_higher(first: Results, second: Results) -> float:
    """Return the one-sided p-value of "the second succeeds more often than the first" on the same trials.

    McNemar's test in its exact form (1947): of the trials in which the two differ, as many or more fall to the second
    by tosses of a coin. 1.0 where they differ in none. Trials that do not count on either side are left out.

    Raises:
        ValueError: They are not the same number of trials.
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    gained, lost = sum(b and not a for a, b in pairs), sum(a and not b for a, b in pairs)
    differing = gained + lost
    return float(Fraction(sum(comb(differing, k) for k in range(gained, differing + 1)), 2**differing))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for all of them being looked at (Holm 1979), in their order; each in [0, 1]."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, so_far = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = so_far
    return adjusted

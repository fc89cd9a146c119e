"""V8, second half: where the thing meant stands in the lists that the shop shows. Chi-square against a uniform place.

Lists differ in length, so places are sorted into parts of a list, and what is expected of each part is added up list by
list. Knows no environment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecom_rlve.evaluate.card.scans import Place

ALPHA = 0.001
"""Level at which a list is called uneven: of sound cards with twelve lists, one in eighty would be blamed."""
PARTS = 5
"""Parts into which a longer list is cut; shorter ones have as many as entries."""
LEAST_EXPECTED = 5.0
"""Things expected in a part, below which it is taken together with the next one."""


@dataclass(frozen=True, slots=True)
class Evenness:
    """How evenly the things meant are spread over one list."""

    shown_in: str
    n: int
    observed: tuple[int, ...]
    """Part by part, from the top of the list."""
    expected: tuple[float, ...]
    p: float | None
    """Chance of a spread at least as uneven; None where there are too few to tell."""


def evenness(places: Iterable[Place]) -> list[Evenness]:
    """Return the spread over every list, in the order in which lists first occur.

    Lists of one entry tell nothing, and a thing that was met before in the same list nothing new.
    """
    by_list: dict[str, list[Place]] = {}
    met: set[tuple[str, str]] = set()
    for place in places:
        seen = place.thing != "" and (place.shown_in, place.thing) in met
        met.add((place.shown_in, place.thing))
        if place.length > 1 and not seen:
            by_list.setdefault(place.shown_in, []).append(place)
    return [_spread(name, found) for name, found in by_list.items()]


def _spread(shown_in: str, places: Sequence[Place]) -> Evenness:
    parts = min(PARTS, max(place.length for place in places))
    observed, expected = [0] * parts, [0.0] * parts
    for place in places:
        observed[place.position * parts // place.length] += 1
        for position in range(place.length):
            expected[position * parts // place.length] += 1 / place.length
    pairs = _pooled(observed, expected)
    p = None
    if len(pairs) > 1:
        statistic = math.fsum((o - e) ** 2 / e for o, e in pairs)
        p = chi_square_tail(statistic, len(pairs) - 1)
    return Evenness(shown_in, len(places), tuple(observed), tuple(round(e, 2) for e in expected), p)


def _pooled(observed: Sequence[int], expected: Sequence[float]) -> list[tuple[int, float]]:
    """Return (observed, expected) of neighbouring parts taken together until enough is expected in each."""
    pairs: list[tuple[int, float]] = []
    count, due = 0, 0.0
    for o, e in zip(observed, expected, strict=True):
        count, due = count + o, due + e
        if due >= LEAST_EXPECTED:
            pairs.append((count, due))
            count, due = 0, 0.0
    if due and pairs:
        last_count, last_due = pairs.pop()
        pairs.append((last_count + count, last_due + due))
    return pairs


def chi_square_tail(statistic: float, df: int) -> float:
    """Return the chance that a chi-square variable with `df` ≥ 1 degrees of freedom is at least `statistic` ≥ 0.

    Exact, by the finite series for whole and half-whole shapes (Abramowitz & Stegun 26.4.4 and 26.4.5).
    """
    if df < 1 or statistic < 0:
        raise ValueError(f"df must be ≥ 1 and the statistic ≥ 0, got {df} and {statistic}")
    if statistic == 0:
        return 1.0
    half, shift = statistic / 2, 0.5 * (df % 2)
    terms = (math.exp((k + shift) * math.log(half) - half - math.lgamma(k + shift + 1)) for k in range(df // 2))
    return min(1.0, math.fsum(terms) + (math.erfc(math.sqrt(half)) if df % 2 else 0.0))

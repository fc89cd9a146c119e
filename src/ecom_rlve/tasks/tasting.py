"""Many tastes at once: what each makes of the products in question, what sells out, and which no short cut satisfies.

Knows no environment: gains come in as a table of integers, one row a taste. Integers throughout, so that the tests
come out the same on every machine; the verdict itself is reckoned in `ranking`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Ints, Longs
from ecom_rlve.core.rng import Stream

T = TypeVar("T")
_ONE: Final = 1 << 20
_PLACES: Final = 10
"""The longest list that is ever asked for."""
DISCOUNTS: Final = np.asarray([round(_ONE / math.log2(i + 2)) for i in range(_PLACES)], dtype=np.int64)
"""What each place of a list counts, times 2^20."""
_MARGIN: Final = 1e-5
"""So far from the threshold nDCG stays, as it is reckoned here, on the safe side."""
_LUCK: Final = 2.054
"""Standard deviations above its mean at which a blind order passes with a chance of less than 2 %."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The products in question: all that are acceptable before or after a change of mind, the shelf full."""

    rows: Longs
    """Sorted."""
    at_first: Flags
    at_last: Flags


@dataclass(frozen=True, slots=True)
class SellOuts:
    """Which of a customer's best products are sold out at the start, and which sells out before a list is accepted."""

    start: tuple[bool, ...]
    """By rank in the customer's order; k of them."""
    later: int | None
    """Rank among what is left then, < k; None: nothing sells out."""

    @property
    def count(self) -> int:
        """How many products they take away."""
        return sum(self.start) + (self.later is not None)

    def at_most(self, room: int) -> SellOuts:
        """Return these or, where they are more than `room` ≥ 0, without the worst ranks, then without the later one."""
        later = self.later if room else None
        left = room - (later is not None)
        kept = [gone and sum(self.start[:i]) < left for i, gone in enumerate(self.start)]
        return SellOuts(tuple(kept), later)


def sell_outs(k: int, p_oos: float, rng: Stream) -> SellOuts:
    """Draw what sells out: each of the best k at the start with chance `p_oos`, later one with the same chance."""
    start = tuple(rng.chance(p_oos) for _ in range(k))
    rank = rng.below(k)
    return SellOuts(start, rank if rng.chance(p_oos) else None)


@dataclass(frozen=True, slots=True)
class Tasting(Generic[T]):
    """Some tastes, and what they make of a pool: tables of integers ≥ 0, shape (tastes, rows)."""

    taste: Callable[[int], T]
    """The i-th taste."""
    first: Longs
    """What rows are worth before a change of mind."""
    final: Longs
    """What they are worth after it."""
    told: Longs
    """By what somebody orders who knows no more than what is told: this has to pass."""
    lazy: tuple[Longs | Ints, ...]
    """By what lazy people order, shapes (rows,) or (tastes, rows): this must not pass."""


@dataclass(frozen=True, slots=True)
class Liking:
    """What one taste makes of the pool, once all has happened."""

    gone: tuple[int, ...]
    """Rows sold out at the start."""
    sold: tuple[int, ...]
    """Rows that sell out later."""
    gains: Mapping[int, int]
    """What is left, and what it is worth."""


def tasted(
    tasting: Tasting[T], pool: Pool, outs: SellOuts, k: int, spare: int, passing: float
) -> Iterator[tuple[T, Liking]]:
    """Yield every taste for which blind, lazy and single-minded orders of the pool fail and what is told suffices.

    Args:
        tasting: The tastes.
        pool: What they are about.
        outs: What sells out.
        k: Length of the list.
        spare: How many products more than k are to be left.
        passing: nDCG@k from which a list passes.
    """
    first = np.where(pool.at_first, tasting.first, -1)
    gone = _taken(first, np.flatnonzero(outs.start))
    final = np.where(pool.at_last & ~gone, tasting.final, -1)
    sold = _taken(final, np.asarray([] if outs.later is None else [outs.later], dtype=np.int64))
    final = np.where(sold, -1, final)
    # At first, too, there must be a whole list without what has sold out by then.
    enough = ((final >= 0).sum(axis=1) >= k + spare) & ((pool.at_first & ~gone & ~sold).sum(axis=1) >= k)
    best = np.sort(np.maximum(final, 0), axis=1)[:, ::-1][:, :k] @ DISCOUNTS[:k]
    fine = np.flatnonzero(enough & ~_blind_passes(final, best, k, passing))
    for i in fine.tolist():
        there = final[i] >= 0
        worth, needed = final[i][there], float(best[i]) * passing
        if _dcg(tasting.told[i][there], worth, k) < needed + _MARGIN * best[i]:
            continue
        lazy = (keys if keys.ndim == 1 else keys[i] for keys in tasting.lazy)
        if any(_dcg(keys[there], worth, k) >= needed - _MARGIN * best[i] for keys in lazy):
            continue
        gains = dict(zip(pool.rows[there].tolist(), worth.tolist(), strict=True))
        yield tasting.taste(i), Liking(tuple(pool.rows[gone[i]].tolist()), tuple(pool.rows[sold[i]].tolist()), gains)


def passes(order: Sequence[int], gains: Mapping[int, int], k: int, passing: float) -> bool:
    """Whether an order of rows, some perhaps without a gain, has an nDCG@k of about `passing`, or more."""
    best = sorted(gains.values(), reverse=True)[:k]
    places: list[int] = DISCOUNTS[:k].tolist()
    got = sum(gains.get(row, 0) * place for row, place in zip(order, places, strict=False))
    return got >= (passing - _MARGIN) * sum(worth * place for worth, place in zip(best, places, strict=False))


def _taken(worth: Longs, ranks: Longs) -> Flags:
    """Return which rows stand at `ranks` of each taste's order; equals by row."""
    taken = np.zeros(worth.shape, dtype=np.bool_)
    if len(ranks):
        np.put_along_axis(taken, np.argsort(-worth, axis=1, kind="stable")[:, ranks], True, axis=1)
    return taken


def _dcg(keys: Longs | Ints, worth: Longs, k: int) -> int:
    return int(worth[np.argsort(-keys, kind="stable")[:k]] @ DISCOUNTS[:k])


def _blind_passes(final: Longs, best: Longs, k: int, passing: float) -> Flags:
    """Whether a random order of what is left passes more often than rarely, as `ranking.luck` reckons it."""
    there = final >= 0
    n = np.maximum(there.sum(axis=1), 2)
    worth = np.where(there, final, 0)
    mean = worth.sum(axis=1) / n
    spread = ((worth * worth).sum(axis=1) - n * mean * mean) / (n - 1)
    total, squares = int(DISCOUNTS[:k].sum()), int((DISCOUNTS[:k] ** 2).sum())
    variance = np.maximum(spread, 0.0) * (squares - total * total / n)
    return (passing * best - mean * total) <= _LUCK * np.sqrt(variance)

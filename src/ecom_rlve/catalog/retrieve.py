"""The best rows for words and conditions: exact, and without looking at rows that cannot be among them.

Knows no text: a query is a list of terms here. The order is that of the whole ranking, score after score, row after
row; only the way there depends on how many rows match (block-max pruning after Ding & Suel 2011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Ints, Longs
from ecom_rlve.catalog.blocks import BLOCK, BLOCK_BITS
from ecom_rlve.catalog.search import SCORE_TOP, Index, Scored, Term

Rows = range | Ints | Longs
Filter = Callable[[Rows], Flags]
"""Which of some rows meet the conditions of a search."""

ROW_BITS: Final = 22
_NARROW: Final = 8 * BLOCK
"""Up to so many rows everything is scored: a category of a small shop, a brand of a big one."""
_FEW: Final = 4096
"""Up to so many rows left by the conditions, they are scored one by one."""
_FIRST_BATCH: Final = 4


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search by relevance found."""

    total: int
    """How many rows match in all."""
    rows: Longs
    """The best of them, best first."""
    scores: Longs


def relevant(index: Index, terms: Sequence[Term], spans: Sequence[range], meets: Filter | None, limit: int) -> Matches:
    """Return the `limit` best rows by score, then row, of those that have any of `terms` and meet the conditions.

    Args:
        index: The postings.
        terms: What is asked for.
        spans: Disjoint ranges of rows, in rising order; no row outside is looked at.
        meets: The conditions; None if there are none beside the spans.
        limit: How many rows, ≥ 0.
    """
    if sum(map(len, spans)) <= _NARROW:
        parts = [_kept(index.score(terms, span), meets) for span in spans]
        found = Scored(_joined([part.rows for part in parts]), _joined([part.scores for part in parts]))
        return _ranked(len(found.rows), found, limit)
    if meets is None:
        total = sum(int(np.count_nonzero(index.holding(terms, span))) for span in spans)
        return _ranked(total, _pruned(index, terms, spans, None, limit), limit)
    rows = matching(index, terms, spans, meets)
    if len(rows) <= max(_FEW, limit):
        return _ranked(len(rows), Scored(rows, index.scores(terms, rows)), limit)
    start = spans[0].start
    allowed = np.zeros(spans[-1].stop - start, dtype=np.bool_)
    allowed[rows - start] = True
    return _ranked(len(rows), _pruned(index, terms, spans, lambda some: allowed[some - start], limit), limit)


def matching(index: Index, terms: Sequence[Term], spans: Sequence[range], meets: Filter | None) -> Longs:
    """Return all rows of `spans` that have any of `terms` and meet the conditions, in rising order."""
    found: list[Longs] = []
    for span in spans:
        rows = np.flatnonzero(index.holding(terms, span)) + span.start
        found.append(rows if meets is None else rows[meets(rows)])
    return _joined(found)


def _kept(scored: Scored, meets: Filter | None) -> Scored:
    if meets is None:
        return scored
    keep = meets(scored.rows)
    return Scored(scored.rows[keep], scored.scores[keep])


def _joined(parts: Sequence[Longs]) -> Longs:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _packed(scored: Scored) -> Longs:
    """Return one integer for each row, the smaller the better: score and row are in it, so that all are different."""
    return ((SCORE_TOP - scored.scores) << ROW_BITS) | scored.rows


def _ranked(total: int, scored: Scored, limit: int) -> Matches:
    keys = smallest(_packed(scored), limit)
    return Matches(total, keys & ((1 << ROW_BITS) - 1), SCORE_TOP - (keys >> ROW_BITS))


def smallest(keys: Longs, limit: int) -> Longs:
    """Return the `limit` smallest of `keys`, which are all different, in rising order."""
    if limit <= 0:
        return keys[:0]
    if len(keys) > 4 * limit:
        keys = np.partition(keys, limit - 1)[:limit]
    return np.sort(keys)[:limit]


def _pruned(
    index: Index, terms: Sequence[Term], spans: Sequence[range], allows: Callable[[Longs], Flags] | None, limit: int
) -> Scored:
    """Return a superset of the best rows, block after block, until none that is left can hold one of them."""
    best = np.zeros(0, dtype=np.int64)
    ceilings, lows, highs = _blocks(index, terms, spans)
    # The smallest key that a row of a block could have.
    promise = ((SCORE_TOP - np.minimum(ceilings, SCORE_TOP)) << ROW_BITS) | lows
    order = np.argsort(promise)
    done, batch = 0, _FIRST_BATCH
    while done < len(order) and limit > 0:
        worst = int(best[-1]) if len(best) == limit else None
        chosen = order[done : done + batch]
        if worst is not None:
            chosen = chosen[promise[chosen] < worst]
        if not len(chosen):
            break
        parts = [best]
        for run in _runs(lows[chosen], highs[chosen]):
            scored = index.score(terms, run)
            keys = _packed(scored)
            if worst is not None:
                keys = keys[keys < worst]
            if allows is not None:
                keys = keys[allows(keys & ((1 << ROW_BITS) - 1))]
            parts.append(keys)
        best = smallest(np.concatenate(parts), limit)
        done += batch
        batch *= 2
    return Scored(best & ((1 << ROW_BITS) - 1), SCORE_TOP - (best >> ROW_BITS))


def _blocks(index: Index, terms: Sequence[Term], spans: Sequence[range]) -> tuple[Longs, Longs, Longs]:
    """Return, of every piece of a block in `spans` with any of `terms`: the score no row exceeds, and its bounds."""
    last = spans[-1].stop >> BLOCK_BITS
    ceiling = np.zeros(last + 1, dtype=np.int64)
    for term in terms:
        bounds = index.bounds(term)
        inside = bounds.blocks <= last
        ceiling[bounds.blocks[inside]] += bounds.tops[inside]
    ceilings: list[Longs] = []
    lows: list[Longs] = []
    highs: list[Longs] = []
    for span in spans:
        blocks = np.arange(span.start >> BLOCK_BITS, ((span.stop - 1) >> BLOCK_BITS) + 1)
        blocks = blocks[ceiling[blocks] > 0]
        ceilings.append(ceiling[blocks])
        lows.append(np.maximum(blocks << BLOCK_BITS, span.start))
        highs.append(np.minimum((blocks + 1) << BLOCK_BITS, span.stop))
    return _joined(ceilings), _joined(lows), _joined(highs)


def _runs(lows: Longs, highs: Longs) -> Iterator[range]:
    """Yield the pieces as few ranges as possible."""
    order = np.argsort(lows)
    start = stop = -1
    for low, high in zip(lows[order].tolist(), highs[order].tolist(), strict=True):
        if low != stop:
            if stop > start:
                yield range(start, stop)
            start = low
        stop = high
    if stop > start:
        yield range(start, stop)

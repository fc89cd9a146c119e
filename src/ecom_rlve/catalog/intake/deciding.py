"""What only all rows together can settle: duplicates, spellings of brands, which kinds are worth a category.

Knows no attribute and no text but names. Holds a few integers per row, whatever its texts weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Longs
from ecom_rlve.catalog.intake.kinds import OTHER, our_leaf
from ecom_rlve.catalog.intake.staging import ORDER_BITS, Chunk
from ecom_rlve.catalog.intake.tally import EXAMPLES, Tally, most
from ecom_rlve.catalog.intake.vocabulary import key_of


@dataclass(frozen=True, slots=True)
class Decided:
    """Which rows become products."""

    keep: tuple[tuple[Longs, ...], ...]
    """For every chunk and batch, the places of the rows that stay."""
    sizes: Mapping[str, int]
    """Kind to how many products it has, sorted by kind."""
    plurals: Mapping[str, str]
    """What several of a kind of the source's own are called."""
    brands: Mapping[str, str]
    """Spelling of a brand to the one that stands for it."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """All rows, by chunk and batch."""

    order: Longs
    key: Longs
    listing: Longs
    kind: Longs
    brand: Longs
    lengths: tuple[tuple[int, ...], ...]


def decide(chunks: Sequence[Chunk], fewest: int, tally: Tally) -> Decided:
    """Return which rows become products, and count the others.

    Args:
        chunks: All staged rows.
        fewest: Products that a category of the source's own needs; those of smaller ones are dropped.
        tally: Where the dropped ones are counted.
    """
    kinds = sorted({kind for chunk in chunks for kind in chunk.kinds})
    brands: dict[str, int] = {}
    rows = _gather(chunks, kinds, brands)
    keep = _first_of(rows.order, rows.key, np.ones(len(rows.order), dtype=np.bool_))
    _count_gone(tally, "duplicate_id", ~keep, rows, chunks)
    before = keep
    keep = _first_of(rows.order, rows.listing, keep)
    _count_gone(tally, "duplicate_listing", before & ~keep, rows, chunks)
    sizes = np.bincount(rows.kind[keep], minlength=len(kinds))
    counts = dict(zip(kinds, sizes.tolist(), strict=True))
    small = Counter({kind: n for kind, n in counts.items() if 0 < n < fewest and our_leaf(kind) is None})
    keep &= ~np.isin(rows.kind, [kinds.index(kind) for kind in small])
    if small:
        tally.dropped["category_too_small"] += small.total()
        shown = [f"{kind.removeprefix(OTHER)} ({n})" for kind, n in most(small, EXAMPLES)]
        tally.examples["category_too_small"] = shown
    tally.kept = int(keep.sum())
    left = {kind: n for kind, n in counts.items() if n and kind not in small}
    return Decided(_split(keep, rows.lengths), left, _plurals(chunks), _spellings(rows.brand[keep], list(brands)))


def _count_gone(tally: Tally, reason: str, gone: Flags, rows: _Rows, chunks: Sequence[Chunk]) -> None:
    """Count the rows in `gone`, and show the first few of them by their title."""
    places = np.flatnonzero(gone)
    if not len(places):
        return
    tally.dropped[reason] += len(places)
    ends = np.cumsum([n for batches in rows.lengths for n in batches])
    where = [(chunk, i) for chunk, batches in zip(chunks, rows.lengths, strict=True) for i in range(len(batches))]
    shown: list[str] = []
    first: list[int] = places[np.argsort(rows.order[places], kind="stable")][:EXAMPLES].tolist()
    for place in first:
        batch = int(np.searchsorted(ends, place, side="right"))
        chunk, i = where[batch]
        inside = place - (int(ends[batch - 1]) if batch else 0)
        number = int(rows.order[place]) & ((1 << ORDER_BITS) - 1)
        title = chunk.batch(i).texts("title")[inside]
        shown.append(f"row {number}: {chunk.batch(i).texts('source_id')[inside]} | {title[:40]}")
    tally.examples[reason] = shown


def _gather(chunks: Sequence[Chunk], kinds: Sequence[str], brands: dict[str, int]) -> _Rows:
    place = {kind: i for i, kind in enumerate(kinds)}
    columns: dict[str, list[Longs]] = {name: [] for name in ("order", "key", "listing", "kind", "brand")}
    lengths: list[tuple[int, ...]] = []
    for chunk in chunks:
        found: list[int] = []
        for i, kind in enumerate(chunk.kinds):
            batch = chunk.batch(i)
            for name in ("order", "key", "listing"):
                columns[name].append(batch.numbers(name))
            codes = [brands.setdefault(brand, len(brands)) for brand in batch.texts("brand")]
            columns["brand"].append(np.asarray(codes, dtype=np.int64))
            columns["kind"].append(np.full(len(codes), place[kind], dtype=np.int64))
            found.append(len(codes))
        lengths.append(tuple(found))
    whole = {name: np.concatenate([np.zeros(0, np.int64), *parts]) for name, parts in columns.items()}
    return _Rows(**whole, lengths=tuple(lengths))


def _first_of(order: Longs, same: Longs, among: Flags) -> Flags:
    """Return which rows of `among` are, in `order`, the first of those with an equal number."""
    places = np.flatnonzero(among)
    places = places[np.lexsort((order[places], same[places]))]
    first = np.append(True, same[places][1:] != same[places][:-1])[: len(places)]
    keep = np.zeros(len(order), dtype=np.bool_)
    keep[places[first]] = True
    return keep


def _split(keep: Flags, lengths: Sequence[Sequence[int]]) -> tuple[tuple[Longs, ...], ...]:
    out: list[tuple[Longs, ...]] = []
    start = 0
    for batches in lengths:
        places: list[Longs] = []
        for n in batches:
            places.append(np.flatnonzero(keep[start : start + n]))
            start += n
        out.append(tuple(places))
    return tuple(out)


def _spellings(codes: Longs, names: Sequence[str]) -> dict[str, str]:
    """Return the spelling that stands for each: of "ACME" and "Acme" the more frequent one, else the first by name."""
    counts = dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
    used = sorted(name for name in names if counts[name])
    best: dict[str, str] = {}
    for name in used:
        key = key_of(name) or name
        if key not in best or counts[name] > counts[best[key]]:
            best[key] = name
    return {name: best[key_of(name) or name] for name in used}


def _plurals(chunks: Sequence[Chunk]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks:
        for i, kind in enumerate(chunk.kinds):
            if our_leaf(kind) is None:
                found[kind] = min((*chunk.batch(i).texts("plural"), *([found[kind]] if kind in found else [])))
    return found

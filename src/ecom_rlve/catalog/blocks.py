"""Summaries of long posting lists: the best impact in every block of rows, and one bit a row for the commonest words.

Knows no query. With them the best rows are found without looking at all, and how many match is counted in bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.storage import Folder, save_array

BLOCK_BITS: Final = 12
"""Rows are summed up in blocks of 2**12. Neighbours are of one category and often of one brand."""
BLOCK: Final = 1 << BLOCK_BITS
_FREQUENT: Final = 4
"""A word is summed up if it occurs in this many rows a block, on average; rarer lists are read whole."""
_DENSE: Final = 32
"""A word has a bitmap if one row in so many has it: a bit a row then costs no more than its list."""

Impacts = npt.NDArray[np.uint16]
Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one word: in which blocks it occurs and how much it can add there."""

    blocks: Longs
    tops: Longs


def save_blocks(folder: Path, offsets: Longs, size: int) -> None:
    """Write the summaries of the postings in `folder`."""
    count = blocks_of(size)
    df = np.diff(offsets)
    frequent = np.flatnonzero(df >= max(1, _FREQUENT * count))
    dense = np.flatnonzero(df * _DENSE >= max(size, _DENSE))
    rows = np.load(folder / "postings.rows.npy", mmap_mode="r")
    impacts = np.load(folder / "postings.impacts.npy", mmap_mode="r")
    tops = np.zeros((len(frequent), count), dtype=np.uint16)
    for i, term in enumerate(frequent.tolist()):
        span = slice(int(offsets[term]), int(offsets[term + 1]))
        blocks, best = _block_tops(np.asarray(rows[span]), np.asarray(impacts[span]))
        tops[i, blocks] = best
    save_array(folder, "blocks.terms", frequent.astype(np.int32))
    save_array(folder, "blocks.tops", tops)
    flags = np.zeros(count << BLOCK_BITS, dtype=np.bool_)
    bits = np.lib.format.open_memmap(folder / "bits.npy", "w+", np.dtype("u1"), (len(dense), len(flags) // 8))
    for i, term in enumerate(dense.tolist()):
        found = rows[int(offsets[term]) : int(offsets[term + 1])]
        flags[found] = True
        bits[i] = np.packbits(flags, bitorder="little")
        flags[found] = False
    bits.flush()
    save_array(folder, "bits.terms", dense.astype(np.int32))


def blocks_of(size: int) -> int:
    """Return how many blocks `size` rows make, at least one."""
    return max(1, (size + BLOCK - 1) >> BLOCK_BITS)


def _block_tops(rows: Ints, impacts: Impacts) -> tuple[Longs, Impacts]:
    if not len(rows):
        return np.zeros(0, dtype=np.int64), impacts
    block = rows >> BLOCK_BITS
    starts = np.flatnonzero(np.append(True, block[1:] != block[:-1]))
    return block[starts].astype(np.int64), np.maximum.reduceat(impacts, starts)


class Blocks:
    """Reads what `save_blocks` wrote."""

    def __init__(self, folder: Folder) -> None:
        self._tops: Impacts = folder.array("blocks.tops")
        self._bits: Bits = folder.array("bits")
        self._frequent: dict[int, int] = {int(t): i for i, t in enumerate(folder.array("blocks.terms").tolist())}
        self._dense: dict[int, int] = {int(t): i for i, t in enumerate(folder.array("bits.terms").tolist())}

    def bounds(self, term: int, rows: Ints, impacts: Impacts) -> Bounds:
        """Return what `term`, whose postings are `rows` and `impacts`, can add in which blocks."""
        place = self._frequent.get(term)
        if place is None:
            blocks, tops = _block_tops(rows, impacts)
        else:
            tops = self._tops[place]
            blocks = np.flatnonzero(tops)
            tops = tops[blocks]
        return Bounds(blocks, tops.astype(np.int64))

    def bits(self, term: int) -> Bits | None:
        """Return one bit a row, lowest first, for a common word; None for others."""
        place = self._dense.get(term)
        return None if place is None else self._bits[place]

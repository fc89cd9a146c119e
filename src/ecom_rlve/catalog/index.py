"""Building the search index: postings with integer BM25 impacts, hashed vectors, and one-letter deletions.

Knows no query. Takes categories one after the other; memory is bounded by the biggest category and the vocabulary.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs, log2_fixed, mix
from ecom_rlve.catalog.blocks import save_blocks
from ecom_rlve.catalog.storage import save_array, save_texts
from ecom_rlve.catalog.tokens import expand, normalise, tokens

IDF_BITS: Final = 5
"""Fractional bits of an inverse document frequency."""
IDF_TOP: Final = 10 << IDF_BITS
"""Rarer terms count no more than this in similarity, so that a model's name does not outweigh what it is."""
DIMENSIONS: Final = 256
TITLE_WEIGHT: Final = 2
_COVERAGE: Final = 48
"""Added to each impact: a row that has one more of the words beats one that has a word more often."""


@dataclass(frozen=True, slots=True)
class Field:
    """A coded text of every row: row i says `texts[codes[i]]`, nothing where the code is −1."""

    weight: int
    codes: Longs
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """Postings of one category, sorted by term, then row."""

    terms: Longs
    rows: Longs
    weights: Longs


class IndexBuilder:
    """Collects postings category by category and writes the index at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = folder / "postings.parts"
        self._parts.mkdir()
        self._ids: dict[str, int] = {}
        self._lengths: list[Ints] = []
        self._rows = 0
        self._count = 0

    def add(self, titles: Sequence[str], fields: Sequence[Field]) -> None:
        """Add the rows of one category, which follow those added before."""
        n = len(titles)
        where, terms = self._title_terms(titles)
        self._lengths.append(np.bincount(where, minlength=n).astype(np.int32))
        rows, found, weights = [where], [terms], [np.full(len(where), TITLE_WEIGHT, dtype=np.int64)]
        for field in fields:
            for lookup in self._field_terms(field.texts):
                ids = lookup[field.codes]
                said = np.flatnonzero(ids >= 0)
                rows.append(said)
                found.append(ids[said])
                weights.append(np.full(len(said), field.weight, dtype=np.int64))
        self._save(_summed(np.concatenate(found), np.concatenate(rows), np.concatenate(weights), n))
        self._rows += n

    def _title_terms(self, titles: Sequence[str]) -> tuple[Longs, Longs]:
        ids = self._ids
        known: dict[str, list[int]] = {}
        flat: list[int] = []
        counts: list[int] = []
        for line in normalise("\n".join(titles)).split("\n"):
            before = len(flat)
            for word in line.split():
                found = known.get(word)
                if found is None:
                    found = known[word] = [ids.setdefault(token, len(ids)) for token in expand(word)]
                flat += found
            counts.append(len(flat) - before)
        return np.repeat(np.arange(len(titles)), counts), np.asarray(flat, dtype=np.int64)

    def _field_terms(self, texts: Sequence[str]) -> list[Longs]:
        """Return lookup tables text code → term, one per token position; −1 (also in the last place) for none."""
        lists = [[self._ids.setdefault(token, len(self._ids)) for token in dict.fromkeys(tokens(t))] for t in texts]
        width = max(map(len, lists), default=0)
        table = np.full((width, len(texts) + 1), -1, dtype=np.int64)
        for code, ids in enumerate(lists):
            table[: len(ids), code] = ids
        return list(table)

    def _save(self, part: _Part) -> None:
        block = np.stack([part.terms, part.rows + self._rows, part.weights]).astype(np.int32)
        np.save(self._parts / f"{self._count}.npy", block)
        self._count += 1

    def finish(self) -> None:
        """Write vocabulary, postings and vectors."""
        words = sorted(self._ids)
        place = np.empty(len(words), dtype=np.int64)
        place[[self._ids[word] for word in words]] = np.arange(len(words))
        df = np.zeros(len(words), dtype=np.int64)
        for i in range(self._count):
            df += np.bincount(place[np.load(self._parts / f"{i}.npy")[0]], minlength=len(words))
        offsets = np.append(0, np.cumsum(df))
        idf = inverse_frequency(df, self._rows)
        save_texts(self._folder, "terms", words)
        save_array(self._folder, "terms.idf", idf.astype(np.int32))
        save_array(self._folder, "postings.offsets", offsets)
        _save_deletions(self._folder, words)
        self._write_postings(place, offsets, idf)
        save_blocks(self._folder, offsets, self._rows)
        _write_vectors(self._folder, self._parts, self._count, self._rows, place, idf, words)
        for i in range(self._count):
            (self._parts / f"{i}.npy").unlink()
        self._parts.rmdir()

    def _write_postings(self, place: Longs, offsets: Longs, idf: Longs) -> None:
        total = max(1, int(offsets[-1]))
        lengths = np.concatenate(self._lengths).astype(np.int64)
        mean = max(1, int(lengths.sum()) // max(1, self._rows))
        rows = np.lib.format.open_memmap(self._folder / "postings.rows.npy", "w+", np.dtype("<i4"), (total,))
        impacts = np.lib.format.open_memmap(self._folder / "postings.impacts.npy", "w+", np.dtype("<u2"), (total,))
        cursor = offsets[:-1].copy()
        for i in range(self._count):
            old, row, weight = np.load(self._parts / f"{i}.npy").astype(np.int64)
            # Parts are sorted by the first-come number of a term: all its postings of a part are together.
            start = np.flatnonzero(np.append(True, old[1:] != old[:-1]))
            run = np.diff(np.append(start, len(old)))
            terms = place[old]
            target = np.repeat(cursor[terms[start]] - start, run) + np.arange(len(old))
            rows[target] = row
            impacts[target] = bm25(idf[terms], weight, lengths[row], mean) + _COVERAGE
            cursor[terms[start]] += run
        rows.flush()
        impacts.flush()


def inverse_frequency(df: Longs, rows: int) -> Longs:
    """Return ⌊2^5 · log2(1 + (N − df + ½)/(df + ½))⌋, in integers."""
    ratio = ((2 * rows + 2) << 16) // (2 * df + 1)
    return log2_fixed(np.maximum(ratio, 1 << 16), IDF_BITS)


def bm25(idf: Longs, weight: Longs, length: Longs, mean: int) -> Longs:
    """Return BM25 impacts (Robertson & Zaragoza 2009) with k1 = 1.2, b = 0.3, in integers.

    Args:
        idf: Inverse document frequencies of the terms.
        weight: Weighted occurrences, ≥ 1.
        length: Tokens in the row's title.
        mean: Mean of that over all rows.
    """
    saturation = 1200 * (7 * mean + 3 * length) // (10 * mean)
    return idf * weight * 2200 // (1000 * weight + saturation)


def _summed(terms: Longs, rows: Longs, weights: Longs, n: int) -> _Part:
    key = terms * n + rows
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    sums = np.add.reduceat(weights[order], start)
    return _Part(key[start] // n, key[start] % n, sums)


def bucket_of(word: str) -> tuple[int, int]:
    """Return the dimension (0 … 255) and sign of a word in hashed vectors (Weinberger et al. 2009)."""
    bits = mix(zlib.crc32(word.encode()))
    return bits & (DIMENSIONS - 1), 1 if bits >> 20 & 1 else -1


def token_weight(idf: int, weight: int) -> int:
    """Return what a token adds to its dimension: the capped idf, half as much again per repetition up to two."""
    return min(idf, IDF_TOP) * (1 + min(weight, 3)) // 2


def _write_vectors(
    folder: Path, parts: Path, count: int, n: int, place: Longs, idf: Longs, words: Sequence[str]
) -> None:
    buckets = [bucket_of(word) for word in words]
    column = np.asarray([bucket for bucket, _ in buckets], dtype=np.int64)
    sign = np.asarray([s for _, s in buckets], dtype=np.int64)
    out = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.dtype("<i2"), (max(1, n), DIMENSIONS))
    for i in range(count):
        old, row, weight = np.load(parts / f"{i}.npy").astype(np.int64)
        first, last = int(row.min()), int(row.max()) + 1
        terms = place[old]
        value = sign[terms] * (np.minimum(idf[terms], IDF_TOP) * (1 + np.minimum(weight, 3)) // 2)
        cell = (row - first) * DIMENSIONS + column[terms]
        # Sums of integers below 2**53 are exact in the floats that bincount uses.
        sums = np.bincount(cell, weights=value, minlength=(last - first) * DIMENSIONS)
        out[first:last] = np.clip(sums, -32767, 32767).reshape(-1, DIMENSIONS)
    out.flush()


def _save_deletions(folder: Path, words: Sequence[str]) -> None:
    """Store, for words of 4 letters and more, the hashes of all forms with one letter left out."""
    hashes: list[int] = []
    owners: list[int] = []
    for i, word in enumerate(words):
        if len(word) >= 4 and word.isascii() and not word[0].isdigit():
            found = deletions(word)
            hashes += found
            owners += [i] * len(found)
    table = np.asarray(hashes, dtype=np.uint32)
    order = np.lexsort((np.asarray(owners, dtype=np.int64), table))
    save_array(folder, "deletions.hashes", table[order])
    save_array(folder, "deletions.terms", np.asarray(owners, dtype=np.int32)[order])


def deletions(word: str) -> list[int]:
    """Return the hashes of `word` and of all its forms with one letter left out, without repeats, in order."""
    forms = dict.fromkeys([word, *(word[:i] + word[i + 1 :] for i in range(len(word)))])
    return [zlib.crc32(form.encode()) for form in forms]


def field_of(weight: int, codes: Longs, texts: Sequence[str]) -> Field:
    """Return a field whose texts are limited to the codes that occur (brands: few of very many)."""
    used, inverse = np.unique(codes, return_inverse=True)
    return Field(weight, inverse.astype(np.int64), [texts[int(i)] for i in used])

"""Ranking rows for a query: exact integer scores from memory-mapped postings.

Knows no filter and no product, only which rows may be scored. Words that nobody sells are read as the nearest words
that somebody does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ecom_rlve.catalog.arrays import Flags, Ints, Longs
from ecom_rlve.catalog.blocks import Blocks, Bounds, Impacts
from ecom_rlve.catalog.index import deletions
from ecom_rlve.catalog.storage import Folder
from ecom_rlve.catalog.texts import Texts
from ecom_rlve.catalog.tokens import expand, normalise, tokens

SCORE_TOP = (1 << 17) - 1
"""Scores stay below 2**17, so that a sort key, a score and a row fit one 64-bit integer."""
_QUARTERS = 4
_NEAREST = 3
"""How many vocabulary words an unknown word may stand for."""
_FAR_BUCKET = 6000
"""Words looked at for a second edit: bounded, whatever the vocabulary."""


@dataclass(frozen=True, slots=True)
class Term:
    """A vocabulary word that a query asks for."""

    id: int
    quarters: int
    """Its weight in quarters: 4 as typed, less where it is a guess."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows that hold any word of a query, in rising order, and their scores."""

    rows: Longs
    scores: Longs


class Index:
    """Reads what `index.IndexBuilder` wrote."""

    def __init__(self, folder: Folder) -> None:
        self.words: Texts = folder.texts("terms")
        self.idf: Ints = folder.array("terms.idf")
        offsets: Longs = folder.array("postings.offsets")
        self._rows: Ints = folder.array("postings.rows")
        # Single numbers are read from buffers faster than from arrays.
        self._ends = memoryview(offsets)  # pyright: ignore[reportArgumentType] (arrays are buffers; the stub knows it from 3.12 on)
        self._row_view = memoryview(self._rows)  # pyright: ignore[reportArgumentType] (as above)
        self._impacts: Impacts = folder.array("postings.impacts")
        self._hashes: npt.NDArray[np.uint32] = folder.array("deletions.hashes")
        self._owners: Ints = folder.array("deletions.terms")
        self._blocks = Blocks(folder)
        self.find = lru_cache(maxsize=1 << 16)(self.words.find)
        """The place of a token in the vocabulary, or −1."""
        self.terms = lru_cache(maxsize=4096)(self._terms)
        """The terms of a query, without repeats."""
        self._nearest = lru_cache(maxsize=4096)(self._near)

    def score(self, terms: Sequence[Term], span: range) -> Scored:
        """Return every row of `span` that has any of `terms`."""
        total = np.zeros(len(span), dtype=np.int32)
        for term in terms:
            rows, impacts = self.postings(term.id, span)
            worth = _worth(impacts, term)
            if len(rows) == len(span):
                total += worth
            else:
                total[rows - span.start] += worth
        found = np.flatnonzero(total)
        return Scored(found + span.start, np.minimum(total[found], SCORE_TOP).astype(np.int64))

    def scores(self, terms: Sequence[Term], rows: Longs) -> Longs:
        """Return the scores of single `rows`, in rising order; 0 for one that has none of `terms`."""
        total = np.zeros(len(rows), dtype=np.int64)
        if not len(rows):
            return total
        wanted = rows.astype(np.int32)
        for term in terms:
            held, impacts = self.postings(term.id, range(int(rows[0]), int(rows[-1]) + 1))
            if len(held):
                places = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
                total += np.where(held[places] == wanted, _worth(impacts[places], term), 0)
        return np.minimum(total, SCORE_TOP)

    def bounds(self, term: Term) -> Bounds:
        """Return in which blocks of rows a term occurs and the most it can add to a score there."""
        start, stop = self._ends[term.id], self._ends[term.id + 1]
        found = self._blocks.bounds(term.id, self._rows[start:stop], self._impacts[start:stop])
        return Bounds(found.blocks, found.tops * term.quarters // _QUARTERS)

    def holding(self, terms: Sequence[Term], span: range) -> Flags:
        """Return which rows of `span` have any of `terms`."""
        first = span.start >> 3
        flags = np.zeros((((span.stop + 7) >> 3) - first) << 3, dtype=np.bool_)
        common: npt.NDArray[np.uint8] | None = None
        for term in terms:
            bits = self._blocks.bits(term.id)
            if bits is None:
                flags[self.postings(term.id, span)[0] - (first << 3)] = True
            else:
                part = bits[first : (span.stop + 7) >> 3]
                common = part if common is None else common | part
        if common is not None:
            flags |= np.unpackbits(common, bitorder="little").view(np.bool_)
        skipped = span.start - (first << 3)
        return flags[skipped : skipped + len(span)]

    def postings(self, term: int, span: range) -> tuple[Ints, Impacts]:
        """Return the rows of `span` that have a term, in rising order, with their impacts."""
        start, stop = self._ends[term], self._ends[term + 1]
        low = bisect_left(self._row_view, span.start, start, stop)
        high = bisect_left(self._row_view, span.stop, low, stop)
        return self._rows[low:high], self._impacts[low:high]

    def frequency(self, term: int) -> int:
        """Return in how many rows a term occurs."""
        return self._ends[term + 1] - self._ends[term]

    def holders(self, text: str, span: range) -> Ints:
        """Return the rows of `span` with the rarest word of `text`: a superset of those that hold the whole text."""
        ids = [self.find(token) for token in tokens(text)]
        if not ids or -1 in ids:
            return np.zeros(0, dtype=np.int32)
        return self.postings(min(ids, key=lambda i: (self.frequency(i), i)), span)[0]

    def _terms(self, query: str) -> tuple[Term, ...]:
        found: dict[int, int] = {}
        words = normalise(query).split()
        for word in words[:64]:
            for term in self._word(word):
                found[term.id] = max(found.get(term.id, 0), term.quarters)
        for left, right in pairwise(words[:64]):
            joined = self.find(left + right) if left.isalpha() and right.isalpha() else -1
            if joined >= 0:
                found.setdefault(joined, _QUARTERS)
        return tuple(Term(i, quarters) for i, quarters in found.items())

    def _word(self, word: str) -> Iterable[Term]:
        pieces = expand(word)
        known = [(piece, self.find(piece)) for piece in pieces]
        if len(pieces) > 1 and any(i >= 0 for _, i in known[1:]):
            yield from (Term(i, _QUARTERS) for _, i in known if i >= 0)
            known = [(piece, i) for piece, i in known[1:] if i < 0]
        for piece, i in known:
            if i >= 0:
                yield Term(i, _QUARTERS)
            else:
                yield from self._split(piece) or self._nearest(piece)

    def _split(self, word: str) -> list[Term]:
        """Read "powerbank" as "power bank", where both are words."""
        for cut in range(3, len(word) - 2):
            left, right = self.find(word[:cut]), self.find(word[cut:])
            if left >= 0 and right >= 0 and min(self.frequency(left), self.frequency(right)) > 3:
                return [Term(left, _QUARTERS), Term(right, _QUARTERS)]
        return []

    def _near(self, word: str) -> list[Term]:
        """Return the vocabulary words one edit away, else two; nearer, then more frequent ones first."""
        if not 4 <= len(word) <= 40 or not word.isascii() or word[0].isdigit():
            return []
        near = self._within(word, self._one_edit(word), 1)
        if not near and len(word) >= 6:
            near = self._within(word, self._same_beginning(word), 2)
        weight = _QUARTERS - 1 if len(near) == 1 else _QUARTERS - 2
        return [Term(i, weight) for i in near[:_NEAREST]]

    def _within(self, word: str, candidates: Sequence[int], edits: int) -> list[int]:
        words = [self.words[i] for i in candidates]
        found = process.extract_iter(word, words, scorer=OSA.distance, processor=None, score_cutoff=edits)
        kept = [(int(distance), -self.frequency(candidates[place]), candidates[place]) for _, distance, place in found]
        return [i for _, _, i in sorted(kept)]

    def _one_edit(self, word: str) -> list[int]:
        found: dict[int, None] = {}
        for form in deletions(word):
            low = int(np.searchsorted(self._hashes, np.uint32(form), side="left"))
            high = int(np.searchsorted(self._hashes, np.uint32(form), side="right"))
            found.update(dict.fromkeys(self._owners[low:high].tolist()))
        return list(found)

    def _same_beginning(self, word: str) -> list[int]:
        found: dict[int, None] = {}
        # A second edit is looked for behind two intact letters, at the start or with those swapped or one lost.
        for prefix in dict.fromkeys((word[:2], word[1] + word[0], word[0] + word[2], word[1:3])):
            span = self.words.span(prefix)
            found.update(dict.fromkeys(span[:_FAR_BUCKET]))
        return [i for i in found if abs(len(self.words[i]) - len(word)) <= 2]


def _worth(impacts: Impacts, term: Term) -> Ints | Impacts:
    return impacts if term.quarters == _QUARTERS else impacts.astype(np.int32) * term.quarters // _QUARTERS

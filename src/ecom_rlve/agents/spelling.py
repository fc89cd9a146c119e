"""Spelling: which known word a mistyped one was meant to be.

Knows words, no meaning. One slip a word is mended: a letter dropped or added, two swapped, or the key beside it hit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

SHORTEST: Final = 5
"""Shorter words are taken as they stand."""
MOST_KEPT: Final = 50_000
"""Words kept with what they were taken for."""
_WORD: Final = re.compile(r"[A-Za-z]{4,}(?![\w'’-])")
_WITHIN: Final = re.compile(r"[\w,'’&-] $")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS: Final = {letter: (row, at + row / 3) for row, keys in enumerate(_ROWS) for at, letter in enumerate(keys)}


class Spelling:
    """Mends the words of one vocabulary.

    >>> Spelling(["least", "leads", "boots"]).mended("Botos at leats 10 years old")
    'boots at least 10 years old'
    """

    def __init__(self, words: Iterable[str], right: Iterable[str] = ()) -> None:
        """Learn a vocabulary.

        Args:
            words: What a mistyped word may have been meant to be; where it may be several, the first of them counts.
            right: Words that are right as they stand.
        """
        meant = dict.fromkeys(word.lower() for word in words)
        self._known = {*meant, *(word.lower() for word in right)}
        self._by_first: dict[str, list[str]] = {}
        for word in meant:
            if len(word) >= SHORTEST and word.isascii() and word.isalpha():
                self._by_first.setdefault(word[0], []).append(word)
        self._meant: dict[str, str] = {}

    def mended(self, text: str) -> str:
        """Return `text` with every unknown word that is one slip from a known one put right, in lower case."""
        return _WORD.sub(lambda m: m[0] if _is_name(text, m) else self._word(m[0]), text)

    def _word(self, said: str) -> str:
        low = said.lower()
        if low in self._known:
            return said
        if low not in self._meant:
            if len(self._meant) >= MOST_KEPT:
                self._meant.clear()
            self._meant[low] = next((w for w in self._by_first.get(low[0], ()) if _is_slip(low, w)), "")
        return self._meant[low] or said


def _is_slip(said: str, meant: str) -> bool:
    """Whether one slip makes `said` of `meant`: a letter dropped or added, two swapped, or the key beside it hit."""
    if OSA.distance(said, meant, score_cutoff=1) > 1:
        return False
    unlike = [(a, b) for a, b in zip(said, meant, strict=False) if a != b]
    return len(said) != len(meant) or len(unlike) == 2 or _are_beside(*unlike[0])


def _are_beside(a: str, b: str) -> bool:
    (row, at), (other_row, other_at) = _KEYS[a], _KEYS[b]
    return abs(row - other_row) <= 1 and abs(at - other_at) <= 1


def _is_name(text: str, word: re.Match[str]) -> bool:
    """Whether a word has a capital in the middle of a sentence."""
    return word[0][0].isupper() and _WITHIN.search(text, 0, word.start()) is not None

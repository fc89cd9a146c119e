"""Typos: a swapped, dropped, doubled or neighbouring letter, at most one a word.

Knows no meaning: what must stand verbatim comes marked (see `text`) and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Set

from ecom_rlve.core.rng import Stream
from ecom_rlve.users.text import CLOSE, OPEN

SHORTEST = 5
"""Words of fewer letters are typed right."""
_WORD = re.compile(rf"[A-Za-z]{{{SHORTEST},}}(?![\w'’-])")
_PIECE = re.compile(rf"{OPEN}[^{CLOSE}]*{CLOSE}|{_WORD.pattern}")
_NEIGHBOURS = {
    "a": "sqz", "b": "vgn", "c": "xdv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kop", "m": "nj", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xas",
}  # fmt: skip


def with_typos(text: str, noise: float, rng: Stream, names: Set[str] = frozenset()) -> str:
    """Return marked `text` with typos at a chance of `noise` per character; the marks stay.

    Args:
        text: Words; what is marked in it is left alone.
        noise: In [0, 1].
        rng: Where typos are drawn.
        names: What things are called: marked, so that nobody rewords it, but mistyped like any other word.
    """
    if noise <= 0:
        return text

    def piece(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] != OPEN:
            return _typed(found, noise, rng)
        return _WORD.sub(lambda m: _typed(m[0], noise, rng), found) if found[1:-1] in names else found

    return _PIECE.sub(piece, text)


def _typed(word: str, noise: float, rng: Stream) -> str:
    clean = 1.0
    for _ in word:
        clean *= 1.0 - noise
    if rng.random() < clean:
        return word
    # The first letter and a word's look stay, as in real typing.
    at = 1 + rng.below(len(word) - 2)
    kind = rng.below(4)
    here, then = word[at], word[at + 1]
    if kind == 0 and here != then:
        return f"{word[:at]}{then}{here}{word[at + 2 :]}"
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return f"{word[:at]}{here}{word[at:]}"
    return f"{word[:at]}{rng.choice(_NEIGHBOURS.get(here.lower(), 'e'))}{word[at + 1 :]}"

"""Many patterns as one: sorted into branches by the letters with which they can begin, so that few are tried at a word.

Knows no topic and no word of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

Heads = frozenset[str] | None
"""Letters with which a pattern can begin; None where that may be anything."""
_START = re.compile(r"(?<![\w-])[^\W_]|(?<![\w-])\x01")
"""Where a word or a masked name begins."""


class Branches:
    """Finds whole words by name."""

    def __init__(self, patterns: Mapping[str, Sequence[str]]) -> None:
        """Take patterns without capturing groups, lower case, by name; where two fit at one place, the earlier counts.

        Args:
            patterns: Name (an identifier) to its patterns.
        """
        heads = {name: [heads_of(row) for row in rows] for name, rows in patterns.items()}
        letters = {letter for rows in heads.values() for found in rows if found is not None for letter in found}
        self._any = _compiled(patterns, heads, "")
        self._by_letter = {letter: _compiled(patterns, heads, letter) for letter in sorted(letters)}

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield matches from left to right, none over another; `lastgroup` is the name."""
        at = 0
        for start in _START.finditer(text):
            if start.start() >= at:
                branch = self._by_letter.get(start[0], self._any)
                found = branch.match(text, start.start()) if branch is not None else None
                if found is not None:
                    at = found.end()
                    yield found


def _compiled(
    patterns: Mapping[str, Sequence[str]], heads: Mapping[str, Sequence[Heads]], letter: str
) -> re.Pattern[str] | None:
    """Return the pattern for words that begin with `letter`, or None where there is none."""
    groups: list[str] = []
    for name, rows in patterns.items():
        mine = [row for row, found in zip(rows, heads[name], strict=True) if found is None or letter in found]
        groups.extend([f"(?P<{name}>{'|'.join(mine)})"] if mine else [])
    return re.compile(rf"(?:{'|'.join(groups)})(?![\w-])") if groups else None


def heads_of(pattern: str) -> Heads:
    """Return the letters with which what `pattern` matches can begin."""
    found: list[Heads]
    if pattern.startswith("(?:"):
        close = _closing(pattern)
        found = [heads_of(part) for part in _alternatives(pattern[3:close])]
        rest = pattern[close + 1 :]
    elif pattern[:1].isalnum():
        found = [frozenset(pattern[0])]
        rest = pattern[1:]
    else:
        return None
    if rest.startswith(("?", "*", "{")):
        found.append(heads_of(rest[1:]) if rest.startswith("?") else None)
    return _union(found)


def _union(found: Sequence[Heads]) -> Heads:
    together: set[str] = set()
    for heads in found:
        if heads is None:
            return None
        together |= heads
    return frozenset(together)


def _closing(pattern: str) -> int:
    """Return where the group that `pattern` begins with is closed."""
    return next(at for at, depth in _depths(pattern) if depth == 0 and pattern[at] == ")")


def _alternatives(pattern: str) -> list[str]:
    """Return what stands between the bars outside all groups."""
    bars = [at for at, depth in _depths(pattern) if depth == 0 and pattern[at] == "|"]
    edges = [-1, *bars, len(pattern)]
    return [pattern[a + 1 : b] for a, b in pairwise(edges)]


def _depths(pattern: str) -> Iterator[tuple[int, int]]:
    """Yield (place, groups open behind it) of every plain sign: none that is escaped or in a class."""
    depth, at = 0, 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
            continue
        if pattern[at] == "[":
            at = pattern.index("]", at + 2) + 1
            continue
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        yield at, depth
        at += 1

"""Counting what came in, what was dropped, mended and not understood; tallies of chunks add up to that of a build.

Knows no catalogue.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from ecom_rlve.catalog.intake.extract import Notes

EXAMPLES: Final = 5
"""Rows shown per reason."""
_KEPT: Final = 2000
"""Texts not understood that a chunk remembers: more would fill memory with what nobody reads."""


@dataclass(slots=True)
class Tally:
    """What happened to some rows."""

    rows: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter[str])
    """By reason."""
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By reason, the first few as "row 12: …"."""
    mended: Counter[str] = field(default_factory=Counter[str])
    by_title: int = 0
    """How many got their category from their title."""
    notes: Notes = field(default_factory=Notes)
    words: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By word attribute, the values met, sorted."""

    def drop(self, reason: str, example: str) -> None:
        """Count a row that became no product."""
        self.dropped[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < EXAMPLES:
            shown.append(example)

    def add(self, other: Tally) -> None:
        """Count what another tally, of later rows, has counted too."""
        self.rows += other.rows
        self.kept += other.kept
        self.by_title += other.by_title
        self.dropped.update(other.dropped)
        self.mended.update(other.mended)
        for reason, shown in other.examples.items():
            mine = self.examples.setdefault(reason, [])
            mine.extend(shown[: EXAMPLES - len(mine)])
        for mine, theirs in zip(_counters(self.notes), _counters(other.notes), strict=True):
            mine.update(theirs)
        for name, values in other.words.items():
            self.words[name] = sorted({*self.words.get(name, ()), *values})

    def dumps(self) -> str:
        """Write the tally as JSON text."""
        unsure, unread, implausible = _counters(self.notes)
        return json.dumps(
            {
                "rows": self.rows,
                "kept": self.kept,
                "by_title": self.by_title,
                "dropped": self.dropped,
                "examples": self.examples,
                "mended": self.mended,
                "words": self.words,
                "notes": [unsure, dict(most(unread, _KEPT)), implausible],
            }
        )

    @classmethod
    def loads(cls, text: str) -> Tally:
        """Read what `dumps` wrote."""
        row: dict[str, Any] = json.loads(text)  # JSON edge: the keys are those above
        counts: list[dict[str, int]] = row["notes"]
        return cls(
            rows=row["rows"],
            kept=row["kept"],
            dropped=Counter[str](row["dropped"]),
            examples=row["examples"],
            mended=Counter[str](row["mended"]),
            by_title=row["by_title"],
            notes=Notes(*map(Counter[str], counts)),
            words=row["words"],
        )


def _counters(notes: Notes) -> tuple[Counter[str], Counter[str], Counter[str]]:
    return notes.unsure, notes.unread, notes.implausible


def most(counts: Counter[str], n: int) -> list[tuple[str, int]]:
    """Return the `n` most frequent, ties by name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:n]

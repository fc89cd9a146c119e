"""What a build came to: what came in, what was dropped and why, how complete it is, what was synthesised.

Knows no file but its own JSON, which lies in the catalogue as `report.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ecom_rlve.catalog.intake.extract import Found
from ecom_rlve.catalog.intake.filling import FIGURES, FLAGS
from ecom_rlve.catalog.intake.kinds import our_leaf
from ecom_rlve.catalog.intake.tally import Tally, most
from ecom_rlve.catalog.taxonomy import Leaf

REPORT: Final = "report.json"
_UNREAD: Final = 30
"""Texts that were not understood, as many as are shown."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many products state an attribute, of those whose category has it."""

    products: int
    stated: int
    evidence: Mapping[str, int]
    """By evidence ("stated", "option", "label", "title") how many."""


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category of the catalogue."""

    key: str
    products: int
    ours: bool
    denied: bool


@dataclass(frozen=True, slots=True)
class BuildReport:
    """All that a build has to tell."""

    sources: tuple[tuple[str, str], ...]
    """Every source and its map."""
    rows: int
    products: int
    dropped: Mapping[str, int]
    examples: Mapping[str, Sequence[str]]
    mended: Mapping[str, int]
    categories: tuple[CategoryLine, ...]
    by_title: int
    """How many rows got their category from their title alone."""
    brands: int
    coverage: Mapping[str, Coverage]
    synthesised: Mapping[str, int]
    """By figure, how many products have it from us."""
    unsure: Mapping[str, int]
    """By attribute: found but not surely enough, and left out."""
    implausible: Mapping[str, int]
    unread: Mapping[str, int]
    """Texts of attributes that were not understood, the most frequent."""

    def dumps(self) -> str:
        """Write the report as JSON text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


def read_report(folder: Path) -> BuildReport | None:
    """Return the report of the catalogue in `folder`; None where it was not built from foreign data."""
    file = folder / REPORT
    if not file.is_file():
        return None
    row: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))  # JSON edge: what `dumps` wrote
    row["sources"] = tuple((name, columns) for name, columns in row["sources"])
    row["categories"] = tuple(CategoryLine(**one) for one in row["categories"])
    row["coverage"] = {name: Coverage(**one) for name, one in row["coverage"].items()}
    return BuildReport(**row)


@dataclass(slots=True)
class Count:
    """Counts products as they are written, category by category."""

    categories: list[CategoryLine] = field(default_factory=list[CategoryLine])
    able: Counter[str] = field(default_factory=Counter[str])
    evidence: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    synthesised: Counter[str] = field(default_factory=Counter[str])

    def add(self, leaf: Leaf, rows: Sequence[Mapping[str, Found]], flags: Sequence[int]) -> None:
        """Count the products of a category."""
        self.categories.append(CategoryLine(leaf.key, len(rows), our_leaf(leaf.key) is not None, leaf.denied))
        self.able.update(dict.fromkeys(leaf.attributes, len(rows)))
        for row in rows:
            self.evidence.update((name, found.evidence) for name, found in row.items() if name in leaf.attributes)
        for name, bit in FLAGS.items():
            self.synthesised[name] += sum(1 for one in flags if one & bit)

    def report(self, sources: Sequence[tuple[str, str]], tally: Tally, brands: int) -> BuildReport:
        """Return the report."""
        found: dict[str, dict[str, int]] = {}
        for (name, evidence), n in sorted(self.evidence.items()):
            found.setdefault(name, {})[evidence] = n
        coverage = {
            name: Coverage(self.able[name], sum(found.get(name, {}).values()), found.get(name, {}))
            for name in sorted(self.able)
        }
        return BuildReport(
            sources=tuple(sources),
            rows=tally.rows,
            products=sum(line.products for line in self.categories),
            dropped=dict(most(tally.dropped, len(tally.dropped))),
            examples={reason: tally.examples[reason] for reason in sorted(tally.examples)},
            mended=dict(most(tally.mended, len(tally.mended))),
            categories=tuple(self.categories),
            by_title=tally.by_title,
            brands=brands,
            coverage=coverage,
            synthesised={name: self.synthesised[name] for name in (*FIGURES, "variants")},
            unsure=dict(most(tally.notes.unsure, _UNREAD)),
            implausible=dict(most(tally.notes.implausible, _UNREAD)),
            unread=dict(most(tally.notes.unread, _UNREAD)),
        )

"""`python -m tests.branches REPORT`: branches and lines that the tests took, per package; status 1 under the floor.

REPORT is what `coverage json` writes. Knows no test. coverage.py's own `fail_under` mixes lines with branches: this one
is of branches alone.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FLOOR = 0.95
"""Share of branches in all packages together that the tests have to take."""

PACKAGES = ("core", "world", "tools", "tasks", "env")


@dataclass(frozen=True, slots=True)
class Taken:
    branches: int = 0
    branches_taken: int = 0
    lines: int = 0
    lines_run: int = 0

    def __add__(self, other: Taken) -> Taken:
        """Return both together."""
        return Taken(
            self.branches + other.branches,
            self.branches_taken + other.branches_taken,
            self.lines + other.lines,
            self.lines_run + other.lines_run,
        )


def by_package(report: Mapping) -> dict[str, Taken]:
    """Return what was taken of each package, from the paths in a report of coverage.py."""
    found: defaultdict[str, Taken] = defaultdict(Taken)
    for path, of_file in report["files"].items():
        parts = Path(path).parts
        summary = of_file["summary"]
        found[parts[parts.index("ecom_rlve") + 1]] += Taken(
            summary["num_branches"], summary["covered_branches"], summary["num_statements"], summary["covered_lines"]
        )
    return dict(found)


def share(part: int, whole: int) -> float:
    """Return the share in [0, 1]; nothing of nothing is all."""
    return part / whole if whole else 1.0


def faults(found: Mapping[str, Taken]) -> Iterable[str]:
    """Yield what is wrong: a package that was not measured, or too few branches."""
    yield from (f"{name} was not measured" for name in PACKAGES if not found.get(name, Taken()).branches)
    total = sum(found.values(), Taken())
    taken = share(total.branches_taken, total.branches)
    if taken < FLOOR:
        yield f"{taken:.2%} of branches, {FLOOR:.0%} are asked for"


def main() -> int:
    """Print a line per package, and what is wrong."""
    found = by_package(json.loads(Path(sys.argv[1]).read_text()))
    for name, taken in (*sorted(found.items()), ("total", sum(found.values(), Taken()))):
        print(
            f"{name:6} {share(taken.branches_taken, taken.branches):7.2%} of {taken.branches:5,} branches, "
            f"{share(taken.lines_run, taken.lines):7.2%} of {taken.lines:5,} lines"
        )
    wrong = list(faults(found))
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())

"""Which charts training runs give: those of the studio, pass rates by difficulty, and runs beside one another.

Knows no trainer and no picture format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from ecom_rlve.apps.studio.metrics import Point, Training
from ecom_rlve.apps.studio.plot import Chart, Series, chart, share_over
from ecom_rlve.apps.studio.training_tab import charts as studio_charts

SPAN: Final = 10
"""Steps over which a rate is taken: a step has too few episodes for one."""
_OVER: Final = f"over {SPAN} steps"
MOST_LEVELS: Final = 8
"""Difficulties that are drawn, the most played ones; more lines cannot be told apart."""
MOST: Final = 6
"""Failure causes that are drawn."""


def of_run(training: Training) -> list[Chart]:
    """Return the charts of one run: frontier, effective prompts, pass rates, reward parts, failure causes."""
    points = training.points
    frontier, _, reward, _ = studio_charts(training)
    effective = Series("effective", tuple(_smoothed(points, _effective)))
    drawn = [
        frontier,
        chart("Effective prompts", f"Groups neither all right nor all wrong, {_OVER}.", [effective], span=(0, 1)),
        chart("Pass rate by difficulty", f"All environments together, {_OVER}.", pass_rates(points), span=(0, 1)),
        reward,
        chart("Why episodes fail", f"Share of the failures, {_OVER}.", share_over(_causes(points), MOST), span=(0, 1)),
    ]
    return [c for c in drawn if c is not None]


def side_by_side(trainings: Sequence[Training], names: Sequence[str]) -> list[Chart]:
    """Return charts in which every run is one line."""

    def lines(value: Callable[[Sequence[Point]], float | None]) -> list[Series]:
        return [
            Series(name, tuple(_smoothed(training.points, value)))
            for training, name in zip(trainings, names, strict=True)
        ]

    drawn = [
        chart("Frontier", "Highest difficulty drawn, mean over environments.", lines(_frontier)),
        chart("Effective prompts", f"Mean over {SPAN} steps.", lines(_effective), span=(0, 1)),
        chart("Reward", f"Mean over {SPAN} steps, at each run's own difficulties.", lines(_reward)),
    ]
    return [c for c in drawn if c is not None]


def pass_rates(points: Sequence[Point]) -> list[Series]:
    """Return the share solved over the last steps, one line a difficulty, easiest first."""
    played: dict[int, int] = {}
    for point in points:
        for (_, level), (_, count) in point.passed.items():
            played[level] = played.get(level, 0) + count
    most = sorted(played, key=lambda level: (-played[level], level))[:MOST_LEVELS]
    return [
        Series(f"d = {level}", tuple(_smoothed(points, lambda lately, level=level: _rate(lately, level))))
        for level in sorted(most)
    ]


def is_ordered(training: Training) -> bool:
    """Whether a run's steps follow one another without a gap, as those of one run do."""
    return all(after.step == before.step + 1 for before, after in pairwise(training.points))


def _smoothed(points: Sequence[Point], value: Callable[[Sequence[Point]], float | None]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for i, point in enumerate(points):
        now = value(points[max(0, i - SPAN + 1) : i + 1])
        if now is not None:
            out.append((point.step, now))
    return out


def _causes(points: Sequence[Point]) -> list[tuple[int, dict[str, int]]]:
    """Return the failures of the last steps by cause, for every step."""
    out: list[tuple[int, dict[str, int]]] = []
    for i, point in enumerate(points):
        counts: dict[str, int] = {}
        for lately in points[max(0, i - SPAN + 1) : i + 1]:
            for cause, count in lately.causes.items():
                counts[cause] = counts.get(cause, 0) + count
        out.append((point.step, counts))
    return out


def _rate(points: Sequence[Point], level: int) -> float | None:
    counts = [count for p in points for (_, at), count in p.passed.items() if at == level]
    played = sum(n for _, n in counts)
    return sum(c for c, _ in counts) / played if played else None


def _frontier(points: Sequence[Point]) -> float | None:
    highs = [high for _, high in points[-1].windows.values()]
    return sum(highs) / len(highs) if highs else None


def _effective(points: Sequence[Point]) -> float | None:
    known = [p.effective for p in points if p.effective is not None]
    return sum(known) / len(known) if known else None


def _reward(points: Sequence[Point]) -> float | None:
    known = [p.reward["total"] for p in points if "total" in p.reward]
    return sum(known) / len(known) if known else None

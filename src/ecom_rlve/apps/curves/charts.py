"""Which charts training runs give: those of the studio, pass rates by difficulty, and runs beside one another.

Knows no trainer and no picture format.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ecom_rlve.apps.studio.metrics import Point, Training
from ecom_rlve.apps.studio.plot import Chart, Series, chart
from ecom_rlve.apps.studio.rolling import OVER, SPAN, Figure, effective, reward_part, rolling
from ecom_rlve.apps.studio.training_tab import charts as studio_charts

MOST_LEVELS: Final = 8
"""Difficulties that are drawn, the most played ones; more lines cannot be told apart."""


def of_run(training: Training) -> list[Chart]:
    """Return the charts of one run: frontier, effective prompts, pass rates, reward parts, failure causes."""
    frontier, effective_prompts, reward, causes = studio_charts(training)
    passed = chart(
        "Pass rate by difficulty", f"All environments together, {OVER}.", pass_rates(training.points), span=(0, 1)
    )
    drawn = [frontier, effective_prompts, passed, reward, causes]
    return [c for c in drawn if c is not None]


def side_by_side(trainings: Sequence[Training], names: Sequence[str]) -> list[Chart]:
    """Return charts in which every run is one line."""

    def lines(value: Figure) -> list[Series]:
        return [Series(name, rolling(training.points, value)) for training, name in zip(trainings, names, strict=True)]

    drawn = [
        chart("Frontier", "Highest difficulty drawn, mean over environments.", lines(_frontier)),
        chart("Effective prompts", f"Mean over {SPAN} steps.", lines(effective), span=(0, 1)),
        chart("Reward", f"Mean over {SPAN} steps, at each run's own difficulties.", lines(reward_part("total"))),
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
        Series(f"d = {level}", rolling(points, lambda lately, level=level: _rate(lately, level)))
        for level in sorted(most)
    ]


def is_ordered(training: Training) -> bool:
    """Whether a run's steps follow one another without a gap, as those of one run do."""
    return all(after.step == before.step + 1 for before, after in pairwise(training.points))


def _rate(points: Sequence[Point], level: int) -> float | None:
    counts = [count for p in points for (_, at), count in p.passed.items() if at == level]
    played = sum(n for _, n in counts)
    return sum(c for c, _ in counts) / played if played else None


def _frontier(points: Sequence[Point]) -> float | None:
    highs = [high for _, high in points[-1].windows.values()]
    return sum(highs) / len(highs) if highs else None

"""A run's figures over its last steps, step by step: one step has too few episodes for a rate. Knows no chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ecom_rlve.apps.studio.metrics import Point

SPAN: Final = 10
"""Steps over which a figure is taken."""
OVER: Final = f"over {SPAN} steps"

Figure = Callable[[Sequence[Point]], float | None]
"""A figure of some steps; None where they do not tell it."""


def rolling(points: Sequence[Point], figure: Figure) -> tuple[tuple[float, float], ...]:
    """Return (step, figure of that step and those before it) for every step that has one."""
    figures = ((point.step, figure(points[max(0, i - SPAN + 1) : i + 1])) for i, point in enumerate(points))
    return tuple((step, value) for step, value in figures if value is not None)


def rolling_causes(points: Sequence[Point]) -> list[tuple[int, dict[str, int]]]:
    """Return the failures of the last steps by cause, for every step."""
    out: list[tuple[int, dict[str, int]]] = []
    for i, point in enumerate(points):
        counts: dict[str, int] = {}
        for lately in points[max(0, i - SPAN + 1) : i + 1]:
            for cause, count in lately.causes.items():
                counts[cause] = counts.get(cause, 0) + count
        out.append((point.step, counts))
    return out


def effective(points: Sequence[Point]) -> float | None:
    """Return the mean share of groups that teach anything."""
    return _mean([p.effective for p in points if p.effective is not None])


def reward_part(name: str) -> Figure:
    """Return the figure that is the mean of one part of the reward, or of its total."""
    return lambda points: _mean([p.reward[name] for p in points if name in p.reward])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

"""The report's figures as plain geometry: the table of pass rates, the chart of rewards, the bars of failure causes.

Made from cells alone. Knows no HTML: templates draw what stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ecom_rlve.env.reward import BEST
from ecom_rlve.evaluate.drawing import polyline, spread
from ecom_rlve.evaluate.summary import Cell

LOW, HIGH = -1.0, 1.0
_LABEL_GAP = 15.0
"""Least distance between two labels, in the units of the drawing."""


@dataclass(frozen=True, slots=True)
class TableRow:
    agent: str
    cells: tuple[Cell | None, ...]
    """One for each difficulty; None where nothing was played."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One agent's line in the chart."""

    agent: str
    series: int
    """Which of the colours it has, from 0."""
    points: tuple[tuple[float, float], ...]
    label_y: float

    @property
    def path(self) -> str:
        """The points as an SVG polyline."""
        return polyline(self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    width: float
    height: float
    left: float
    right: float
    """Where the plot ends; labels stand beyond."""
    ticks_x: tuple[tuple[float, int], ...]
    ticks_y: tuple[tuple[float, str], ...]
    best_y: float
    """Height of the best reward there is."""
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Why one agent failed."""

    agent: str
    failed: int
    played: int
    bars: tuple[tuple[str, int, float], ...]
    """Cause, count, and its share of all episodes played; most frequent first."""


@dataclass(frozen=True, slots=True)
class Section:
    """All figures of one environment."""

    env: str
    findings: tuple[str, ...]
    """Sentences: how each agent fares."""
    difficulties: tuple[int, ...]
    rows: tuple[TableRow, ...]
    charts: tuple[Chart, Chart]
    """For a wide page, and for a narrow one."""
    bars: tuple[Bars, ...]
    invalid: int


def sections(cells: Sequence[Cell]) -> list[Section]:
    """Return the figures of every environment, in the order of their first cell."""
    agents = list(dict.fromkeys(cell.agent for cell in cells))
    return [
        _section(env, [c for c in cells if c.env == env], agents) for env in dict.fromkeys(cell.env for cell in cells)
    ]


def _section(env: str, cells: Sequence[Cell], agents: Sequence[str]) -> Section:
    difficulties = tuple(sorted({cell.difficulty for cell in cells}))
    by_place = {(cell.agent, cell.difficulty): cell for cell in cells}
    here = [agent for agent in agents if any(cell.agent == agent for cell in cells)]
    rows = tuple(TableRow(agent, tuple(by_place.get((agent, d)) for d in difficulties)) for agent in here)
    return Section(
        env=env,
        findings=findings(rows),
        difficulties=difficulties,
        rows=rows,
        charts=(
            chart(cells, agents, width=900, height=390, label_width=130),
            chart(cells, agents, width=358, height=340, label_width=106),
        ),
        bars=tuple(_bars(agent, [cell for cell in cells if cell.agent == agent]) for agent in here),
        invalid=sum(cell.invalid for cell in cells),
    )


def findings(rows: Sequence[TableRow]) -> tuple[str, ...]:
    """Return how each agent fares, in sentences; those that never pass share the last one."""
    told: list[str] = []
    never: list[str] = []
    for row in rows:
        played = [cell for cell in row.cells if cell is not None and cell.n]
        if not played:
            continue
        if not any(cell.correct for cell in played):
            never.append(row.agent)
            continue
        first, last = played[0], played[-1]
        if len({cell.pass_rate for cell in played}) == 1:
            where = "at every difficulty" if len(played) > 1 else f"at difficulty {first.difficulty}"
            told.append(f"{row.agent} passes {first.pass_rate:.0%} {where}.")
        else:
            told.append(
                f"{row.agent} passes {first.pass_rate:.0%} at difficulty {first.difficulty} "
                f"and {last.pass_rate:.0%} at {last.difficulty}."
            )
    if never:
        *most, last_one = never
        told.append(f"{', '.join(most) + ' and ' if most else ''}{last_one} never pass{'' if most else 'es'}.")
    return tuple(told)


def chart(cells: Sequence[Cell], agents: Sequence[str], width: float, height: float, label_width: float) -> Chart:
    """Return mean reward by difficulty, one curve for every agent.

    Args:
        cells: Of one environment; those without a valid episode are left out.
        agents: All agents of the report, so that each has the same colour everywhere.
        width: Of the drawing.
        height: Of the drawing.
        label_width: Room for the agents' names on the right.
    """
    left, right, top, bottom = 44.0, width - label_width, 14.0, height - 42.0
    levels = sorted({cell.difficulty for cell in cells})
    low, span = levels[0], max(1, levels[-1] - levels[0])

    def x(level: int) -> float:
        return left + (level - low) / span * (right - left)

    def y(value: float) -> float:
        return bottom - (value - LOW) / (HIGH - LOW) * (bottom - top)

    found: list[tuple[str, tuple[tuple[float, float], ...]]] = []
    for agent in agents:
        mine = sorted((c for c in cells if c.agent == agent and c.n), key=lambda c: c.difficulty)
        if mine:
            found.append((agent, tuple((x(c.difficulty), y(c.mean_reward)) for c in mine)))
    heights = spread([points[-1][1] for _, points in found], _LABEL_GAP, top, bottom)
    curves = (Curve(a, agents.index(a), p, h) for (a, p), h in zip(found, heights, strict=True))
    values = (-1.0, -0.5, 0.0, 0.5, 1.0)
    return Chart(
        width=width,
        height=height,
        left=left,
        right=right,
        ticks_x=tuple((x(level), level) for level in levels),
        ticks_y=tuple((y(v), f"{v:+.1f}".replace("-", "−") if v else "0") for v in values),
        best_y=y(BEST),
        curves=tuple(curves),
    )


def _bars(agent: str, cells: Sequence[Cell]) -> Bars:
    causes: Counter[str] = Counter()
    for cell in cells:
        causes.update(cell.causes)
    played = sum(cell.n for cell in cells)
    ranked = sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))
    bars = tuple((cause, count, count / played if played else 0.0) for cause, count in ranked)
    return Bars(agent, played - sum(cell.correct for cell in cells), played, bars)

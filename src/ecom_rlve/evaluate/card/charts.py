"""The card's figures as plain geometry: pass rates with intervals, axis curves, and what stands in its tables.

Made from the card's JSON. Knows no HTML: templates draw what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ecom_rlve.core.wilson import wilson
from ecom_rlve.evaluate.card.grid import EXPERT, LAZY, ORACLE, SHORTCUTS
from ecom_rlve.evaluate.drawing import polyline, spread
from ecom_rlve.evaluate.templates import pvalue

Row = Mapping[str, Any]  # Any: JSON of a card
LINES: Final = (("oracle", (ORACLE,)), ("expert", (EXPERT,)), ("shortcuts", SHORTCUTS), ("lazy", LAZY))
"""What a chart shows: each line with the agents whose episodes it pools."""
_LABEL_GAP: Final = 16.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, with the band of its intervals."""

    name: str
    path: str
    band: str
    """Wilson's 95 % intervals as a closed polygon."""
    points: tuple[tuple[float, float], ...]
    label_y: float
    first: str
    last: str
    """Pass rates at the ends, in words."""


@dataclass(frozen=True, slots=True)
class Chart:
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks_x: tuple[tuple[float, int], ...]
    ticks_y: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    chance: str
    """The mean analytic chance of a blind pick, as a polyline."""


@dataclass(frozen=True, slots=True)
class Multiple:
    """One axis of one environment, small."""

    axis: str
    path: str
    band: str
    points: tuple[tuple[float, float], ...]
    ends: tuple[str, str]
    """Smallest and largest value of the axis."""
    rates: tuple[str, str]
    bites: bool
    said: str


def pass_rates(cells: Sequence[Row], width: float, height: float, label_width: float) -> Chart:
    """Return pass rates by difficulty of one environment's cells."""
    left, right, top, bottom = 50.0, width - label_width, 12.0, height - 40.0
    levels = sorted({int(cell["difficulty"]) for cell in cells})
    low, across = levels[0], max(1, levels[-1] - levels[0])

    def x(level: int) -> float:
        return left + (level - low) / across * (right - left)

    def y(rate: float) -> float:
        return bottom - rate * (bottom - top)

    found = [(name, _pooled(cells, agents)) for name, agents in LINES]
    found = [(name, rates) for name, rates in found if rates]
    heights = spread([y(rates[-1][1] / rates[-1][2]) for _, rates in found], _LABEL_GAP, top, bottom)
    lines: list[Line] = []
    for (name, rates), label_y in zip(found, heights, strict=True):
        points = tuple((x(d), y(passed / n)) for d, passed, n in rates)
        ends = [wilson(passed, n) for _, passed, n in rates]
        upper = [(px, y(high)) for (px, _), (_, high) in zip(points, ends, strict=True)]
        lower = [(px, y(least)) for (px, _), (least, _) in zip(points, ends, strict=True)]
        first, last = (f"{passed / n:.0%}" for _, passed, n in (rates[0], rates[-1]))
        lines.append(Line(name, polyline(points), polyline([*upper, *reversed(lower)]), points, label_y, first, last))
    chances = [(x(d), y(chance)) for d, chance in _chances(cells)]
    return Chart(
        width, height, left, right, top, bottom,
        ticks_x=tuple((x(d), d) for d in levels if len(levels) <= 7 or d % 5 == 0),
        ticks_y=tuple((y(v), f"{v:.0%}") for v in (0.0, 0.25, 0.5, 0.75, 1.0)),
        lines=tuple(lines),
        chance=polyline(chances),
    )  # fmt: skip


def _pooled(cells: Sequence[Row], agents: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return (difficulty, passed, valid episodes) of some agents together."""
    out: list[tuple[int, int, int]] = []
    for d in sorted({int(cell["difficulty"]) for cell in cells}):
        mine = [cell for cell in cells if cell["difficulty"] == d and cell["agent"] in agents and cell["n"]]
        if mine:
            out.append((d, sum(cell["correct"] for cell in mine), sum(cell["n"] for cell in mine)))
    return out


def _chances(cells: Sequence[Row]) -> list[tuple[int, float]]:
    found = {int(cell["difficulty"]): float(cell["chance"]) for cell in cells if cell["agent"] == SHORTCUTS[0]}
    return sorted(found.items())


def multiples(axes: Sequence[Row], env: str, width: float = 200.0, height: float = 96.0) -> list[Multiple]:
    """Return the axis curves of one environment, in the order in which they were measured."""
    return [_multiple(row, width, height) for row in axes if row["env"] == env]


def _multiple(row: Row, width: float, height: float) -> Multiple:
    counts = [(point["value"], int(point["correct"]), int(point["n"])) for point in row["points"] if point["n"]]
    step = (width - 12) / max(1, len(counts) - 1)

    def y(rate: float) -> float:
        return height - 6 - rate * (height - 12)

    points = tuple((6 + i * step, y(correct / n)) for i, (_, correct, n) in enumerate(counts))
    ends = [wilson(correct, n) for _, correct, n in counts]
    upper = [(px, y(high)) for (px, _), (_, high) in zip(points, ends, strict=True)]
    lower = [(px, y(least)) for (px, _), (least, _) in zip(points, ends, strict=True)]
    rates = tuple(f"{correct / n:.0%}" for _, correct, n in counts) or ("", "")
    values = [f"{value:g}" for value, _, _ in counts] or [""]
    said = f"falls: {_tested(row.get('p_fall'))}; rises: {_tested(row.get('p_rise_holm'))}"
    band = polyline([*upper, *reversed(lower)])
    return Multiple(
        str(row["axis"]), polyline(points), band, points, (values[0], values[-1]), (rates[0], rates[-1]),
        bool(row["bites"]), said,
    )  # fmt: skip


def _tested(p: object) -> str:
    return pvalue(p) if isinstance(p, (int, float)) else "not measured"

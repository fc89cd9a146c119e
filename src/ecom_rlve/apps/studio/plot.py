"""Charts over the steps of a run, as plain geometry that a template draws. Knows no metrics and no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from ecom_rlve.evaluate.drawing import polyline, spread

WIDTH, HEIGHT = 620.0, 230.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 456.0, 12.0, 198.0
_LABEL_GAP: Final = 15.0
_TICKS: Final = 5
"""Steps between the ticks of an axis, at most."""
MOST_POINTS: Final = 400
"""Of one line; a longer one is thinned, its last point kept."""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    points: tuple[tuple[float, float], ...]
    """(step, value)."""
    low: tuple[tuple[float, float], ...] = ()
    """The lower edge of a band, at the same steps; empty for a line."""


@dataclass(frozen=True, slots=True)
class Drawn:
    name: str
    colour: int
    line: str
    """SVG polyline."""
    band: str
    """SVG polygon; empty for a line."""
    label: tuple[float, float]
    last: str
    """The last value, printed."""


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    about: str
    drawn: tuple[Drawn, ...]
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = _RIGHT
    bottom: float = _BOTTOM


def chart(title: str, about: str, series: Iterable[Series], *, span: tuple[float, float] | None = None) -> Chart | None:
    """Return a chart, or None where there is nothing to draw.

    Args:
        title: Its heading.
        about: One sentence on how to read it.
        series: Lines and bands; empty ones are left out.
        span: Least and greatest value of the vertical axis; what the values need, if left out.
    """
    lines = [s for s in series if s.points]
    if not lines:
        return None
    steps = [x for s in lines for x, _ in s.points]
    values = [y for s in lines for _, y in (*s.points, *s.low)]
    whole = span != (0, 1) and all(float(y).is_integer() for y in values)  # Shares are none, even where all are 1.
    low, high = span or (min(0.0, *values), max(values))
    at_y = round_ticks(low, high if high > low else low + 1.0, whole=whole)
    low, high = at_y[0], at_y[-1]
    first, last = min(steps), max(*steps, min(steps) + 1)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return (
            _LEFT + (x - first) / (last - first) * (_RIGHT - _LEFT),
            _BOTTOM - (y - low) / (high - low) * (_BOTTOM - _TOP),
        )

    heights = spread([place(s.points[-1])[1] for s in lines], _LABEL_GAP, _TOP, _BOTTOM + 8)
    drawn = tuple(
        Drawn(
            name=s.name,
            colour=number % 10,
            line=polyline(map(place, _thinned(s.points))),
            band=polyline(map(place, (*_thinned(s.points), *reversed(_thinned(s.low))))) if s.low else "",
            label=(_RIGHT + 8, y),
            last=_printed(s.points[-1][1], 0 if whole else 2),
        )
        for number, (s, y) in enumerate(zip(lines, heights, strict=True))
    )
    at_x = [x for x in round_ticks(first, last, whole=True) if first <= x <= last]
    return Chart(
        title,
        about,
        drawn,
        tuple((place((x, low))[0], _printed(x, 0)) for x in at_x),
        tuple((place((first, y))[1], _printed(y, _places(at_y))) for y in at_y),
    )


def round_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten, at most seven, that span `low` < `high`.

    Args:
        low: The first tick is the last multiple that is not above it.
        high: The last tick is the first multiple that is not below it.
        whole: Whether only whole numbers can be ticks.
    """
    least = (high - low) / _TICKS
    power = 10.0 ** floor(log10(least))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    return [round(i * step, 12) for i in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def share_over(groups: Sequence[tuple[int, Mapping[str, int]]], most: int) -> list[Series]:
    """Return how the share of each name in the counts of a step goes, most frequent first, at most `most` of them.

    Args:
        groups: (step, counts by name); a step without any count has no point.
        most: Names; the rest is left out.
    """
    total: dict[str, int] = {}
    for _, counts in groups:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    names = sorted(total, key=lambda name: (-total[name], name))[:most]
    played = [(step, counts, sum(counts.values())) for step, counts in groups if sum(counts.values())]
    return [Series(n.replace("_", " "), tuple((s, c.get(n, 0) / whole) for s, c, whole in played)) for n in names]


def _places(ticks: Sequence[float]) -> int:
    """Return how many decimals tell the ticks apart, without more of them than are needed."""
    return next((n for n in range(6) if all(abs(round(t, n) - t) < 1e-9 for t in ticks)), 6)


def _printed(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    every = -(-len(points) // MOST_POINTS) if points else 1
    kept = list(points[::every])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]

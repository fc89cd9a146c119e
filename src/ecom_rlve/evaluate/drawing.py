"""What every chart is drawn with: a line as SVG has it, and labels that do not cover each other.

Knows no figure and no page. All lengths are units of the drawing, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Return points (x, y) as an SVG polyline or polygon takes them, to a tenth; empty for none."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def spread(heights: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return the heights moved as little as needed to lie `gap` apart, in their order, between `top` and `bottom`.

    Isotonic regression by pooling neighbours that are too close. Where there is no room, they overflow at the top.
    """
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        mean, size = heights[i] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    pooled = [mean for mean, size in pools for _ in range(size)]
    placed = [0.0] * len(heights)
    for rank, (i, mean) in enumerate(zip(order, pooled, strict=True)):
        placed[i] = min(max(mean, top) + rank * gap, bottom - (len(order) - 1 - rank) * gap)
    return placed

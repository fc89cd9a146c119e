"""Wilson's score interval of a share. Knows nothing of what was counted."""

from __future__ import annotations

import math

Z95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927); (0, 1) for n = 0. Both may be effective numbers."""
    if n == 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)

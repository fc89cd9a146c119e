"""Difficulty: twelve axes from one integer, each of which can be set alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from ecom_rlve.core.errors import SpecError

MAX_DIFFICULTY = 20
"""Certified range is 0 … 20; higher values are allowed and keep growing where a formula does."""


def _sigmoid(x: float) -> float:
    # Rounded, so that a last-bit difference between maths libraries cannot change an episode.
    return round(1.0 / (1.0 + math.exp(-x)), 12)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The twelve axes (SPEC §4). `T_max` and `B_tool` are budgets; the other ten harden."""

    m: int
    """Constraints the customer has, in total."""
    k_rec: int
    """Length of the list asked for."""
    T_max: int
    """Turn budget before the reference solution is taken into account."""
    p_missing: float
    """Chance that a detail is left unsaid at first."""
    p_noise: float
    """Typos per character."""
    p_switch: float
    """Chance of a change of mind."""
    top_k: int
    """Most results one query ever yields (offset + top_k)."""
    eps_rank: float
    """Share of near misses inserted between results."""
    p_oos: float
    """Chance that a wanted thing is sold out, at the start or meanwhile."""
    H_orders: int
    """Look-alike orders in the history."""
    B_branch: int
    """Conditions that a policy question turns on."""
    B_tool: int
    """Tool calls per turn."""
    level: int = 0
    """The integer d all this came from; used where a formula of an environment names d itself."""

    @classmethod
    def at(cls, d: int, axes: Mapping[str, float] | None = None) -> Difficulty:
        """Return the axes at difficulty `d` ≥ 0, with those named in `axes` set instead.

        Raises:
            SpecError: A negative difficulty, an unknown axis, or a value outside the axis's range.
        """
        if d < 0:
            raise SpecError(f"difficulty must be an integer ≥ 0, got {d}")
        base = cls(
            m=2 + d // 2,
            k_rec=min(10, 3 + d // 3),
            T_max=4 + d // 2,
            p_missing=0.8 * _sigmoid((d - 3) / 1.5),
            p_noise=min(0.125, 0.01 * d),
            p_switch=0.6 * _sigmoid((d - 5) / 2),
            top_k=max(20, 200 - 10 * d),
            eps_rank=min(0.4, 0.02 * d),
            p_oos=min(0.5, 0.05 * d),
            H_orders=1 + d // 2,
            B_branch=1 + d // 3,
            B_tool=1 + d // 2,
            level=d,
        )
        return replace(base, **{name: check_axis(name, value) for name, value in (axes or {}).items()})  # pyright: ignore[reportArgumentType] (names and types are checked by check_axis)

    def chance(self, centre: float, width: float) -> float:
        """Return σ((d − centre) / width), for the formulas of single environments."""
        return _sigmoid((self.level - centre) / width)


AXES: tuple[str, ...] = tuple(f.name for f in fields(Difficulty) if f.name != "level")
BUDGETS: tuple[str, ...] = ("T_max", "B_tool")
"""Axes that give more room the higher they are; all others make it harder (`top_k` the lower it is)."""
EVERYWHERE: tuple[str, ...] = ("T_max", "p_missing", "p_noise", "p_switch", "B_tool")
"""Axes that bear on every environment."""
SEARCHING: tuple[str, ...] = ("top_k", "eps_rank")
"""Axes that bear on every environment in which products have to be found."""
_PROBABILITIES = frozenset({"p_missing", "p_noise", "p_switch", "eps_rank", "p_oos"})


def check_axis(name: str, value: float) -> float | int:
    """Return `value` in the type of axis `name`.

    Raises:
        SpecError: An unknown axis, a probability outside [0, 1], or a count that is no integer ≥ 1.
    """
    if name not in AXES:
        raise SpecError(f"unknown axis {name!r}: known are {', '.join(AXES)}")
    if name in _PROBABILITIES:
        if not 0 <= value <= 1:
            raise SpecError(f"axis {name} is a probability in [0, 1], got {value}")
        return float(value)
    if not math.isfinite(value) or value != int(value) or value < 1:
        raise SpecError(f"axis {name} is an integer ≥ 1, got {value}")
    return int(value)

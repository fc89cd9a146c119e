"""The name of an episode. Same name, same catalogue, same actions: the same bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ecom_rlve.core.difficulty import Difficulty, check_axis
from ecom_rlve.core.errors import SpecError

_NAME = re.compile(r"(?P<env>[a-z][a-z0-9_]*)-v(?P<version>\d+)/d(?P<d>\d{1,3})/s(?P<seed>\d{1,20})(?:\?(?P<axes>.+))?")
MAX_SEED = 2**64 - 1


@dataclass(frozen=True)
class EpisodeSpec:
    """Names one episode exactly.

    >>> str(EpisodeSpec("cart_building-v0", 6, 1234, {"eps_rank": 0.3}))
    'cart_building-v0/d6/s1234?eps_rank=0.3'
    """

    env: str
    """Environment with its version, e.g. "cart_building-v0"; a bare name means version 0."""
    difficulty: int
    seed: int
    axes: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*(-v\d+)?", self.env):
            raise SpecError(f"environment must look like 'cart_building-v0', got {self.env!r}")
        if not re.search(r"-v\d+$", self.env):
            object.__setattr__(self, "env", f"{self.env}-v0")
        for name, value, top in (("difficulty", self.difficulty, 999), ("seed", self.seed, MAX_SEED)):
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= top:  # pyright: ignore[reportUnnecessaryIsInstance] (callers may be untyped)
                raise SpecError(f"{name} must be an integer in 0…{top}, got {value!r}")
        checked = {name: check_axis(name, self.axes[name]) for name in sorted(self.axes)}
        object.__setattr__(self, "axes", MappingProxyType(checked))

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple[type[EpisodeSpec], tuple[str, int, int, dict[str, float]]]:
        return EpisodeSpec, (self.env, self.difficulty, self.seed, dict(self.axes))

    def __str__(self) -> str:
        axes = "&".join(f"{name}={value!r}" for name, value in self.axes.items())
        return f"{self.env}/d{self.difficulty}/s{self.seed}" + (f"?{axes}" if axes else "")

    @classmethod
    def parse(cls, text: str) -> EpisodeSpec:
        """Return the spec written as `env-v0/d<difficulty>/s<seed>[?axis=value&…]`.

        Raises:
            SpecError: The text has another form, or names an axis that does not exist.
        """
        match = _NAME.fullmatch(text.strip())
        if not match:
            raise SpecError(f"an episode is written like 'cart_building-v0/d6/s1234?eps_rank=0.3', got {text!r}")
        axes: dict[str, float] = {}
        for pair in (match["axes"] or "").split("&") if match["axes"] else []:
            name, _, value = pair.partition("=")
            try:
                number = float(value)
            except ValueError:
                raise SpecError(f"axis {name!r} needs a number, got {value!r} in {text!r}") from None
            if name in axes:
                raise SpecError(f"axis {name!r} is named twice in {text!r}")
            axes[name] = number
        return cls(f"{match['env']}-v{match['version']}", int(match["d"]), int(match["seed"]), axes)

    def axes_values(self) -> Difficulty:
        """Return the twelve axes of this episode."""
        return Difficulty.at(self.difficulty, self.axes)

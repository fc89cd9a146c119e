"""The adaptive curriculum: an immutable value that draws specs for groups and moves with their outcomes (SPEC §9).

Knows no model and no trainer. A draw is a pure function of (state, run seed, group number), so that a resumed run
draws what the uninterrupted one would have drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ecom_rlve.core.difficulty import BUDGETS, Difficulty
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.core.seeds import training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.tally import Tally
from ecom_rlve.curriculum.window import RULES, RuleName, Window
from ecom_rlve.tasks.registry import AnyTask, all_tasks

SEED_SPACE = 2**48
"""Episode seeds are drawn below it: two groups of a run share one with a chance far below one in a million."""
LEVEL = "level"
"""The track of d itself in a per-axis curriculum: budgets, and formulas of environments that name d."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What one group plays, and what its outcomes will count for."""

    spec: EpisodeSpec
    track: str
    """The window it belongs to: an environment, or "environment/axis"."""
    level: int
    """Difficulty on that track."""


@dataclass(frozen=True, slots=True)
class Curriculum:
    """Windows by track.

    >>> start = Curriculum.begin(["cart_building"])
    >>> start.draw(seed=0, group=0).spec.difficulty
    0
    >>> start.updated(Tally.of([("cart_building", 0, True)] * 32)).windows["cart_building"].high
    1
    """

    rule: RuleName
    windows: Mapping[str, Window]
    per_axis: bool = False

    @classmethod
    def begin(
        cls,
        envs: Sequence[str],
        rule: RuleName = "rlve",
        window: tuple[int, int] = (0, 0),
        *,
        per_axis: bool = False,
    ) -> Curriculum:
        """Return the curriculum before the first episode.

        Args:
            envs: Names without version, e.g. "cart_building"; at least one.
            rule: `rlve`, `wilson`, or `static`, which never moves.
            window: (low, high) that every track starts with.
            per_axis: Whether every hardening axis that an environment uses has a frontier of its own.

        Raises:
            SpecError: No environment, one that does not exist, an unknown rule, or a window that is none.
        """
        if rule not in RULES:
            raise SpecError(f"unknown curriculum {rule!r}: known are {', '.join(RULES)}")
        tasks = all_tasks()
        unknown = [env for env in envs if env not in tasks]
        if unknown or not envs:
            raise SpecError(f"a curriculum needs environments out of {', '.join(tasks)}, got {list(envs)}")
        tracks = [f"{env}/{axis}" for env in envs for axis in _axes(tasks[env])] if per_axis else list(envs)
        return cls(rule, MappingProxyType({track: Window(*window) for track in tracks}), per_axis)

    def draw(self, seed: int, group: int) -> Draw:
        """Return what group number `group` of the run `seed` plays: every try of a group plays the same episode."""
        rng = stream(seed, "curriculum", group)
        tracks = list(self.windows)
        track = tracks[rng.below(len(tracks))]
        window = self.windows[track]
        level = rng.between(window.low, window.high)
        episode = next(training_seeds(rng.below(SEED_SPACE)))
        env, _, axis = track.partition("/")
        if not axis:
            return Draw(EpisodeSpec(_versioned(env), level, episode), track, level)
        return Draw(self._on_axes(env, axis, level, episode, rng), track, level)

    def _on_axes(self, env: str, focus: str, level: int, episode: int, rng: Stream) -> EpisodeSpec:
        """Return a spec with `focus` at `level` and every other axis at a level out of its own window."""
        levels = {LEVEL: 0}
        for track, window in self.windows.items():
            name, _, axis = track.partition("/")
            if name == env:
                drawn = rng.between(window.low, window.high)
                levels[axis] = level if axis == focus else drawn
        axes = {axis: getattr(Difficulty.at(d), axis) for axis, d in levels.items() if axis != LEVEL}
        return EpisodeSpec(_versioned(env), levels[LEVEL], episode, axes)

    def updated(self, tally: Tally) -> Curriculum:
        """Return the curriculum after the episodes in `tally`; what was not played at a frontier changes nothing.

        Raises:
            SpecError: The tally names a track that this curriculum does not have.
        """
        windows = dict(self.windows)
        for track, level in tally.counts:
            if track not in windows:
                raise SpecError(f"no such track {track!r}: known are {', '.join(windows)}")
            count = tally.counts[track, level]
            # Judged against the frontier before this update: episodes of one update are simultaneous.
            if level == self.windows[track].high and count.valid:
                windows[track] = windows[track].counted(count.valid, count.correct, self.rule)
        return replace(self, windows=MappingProxyType(windows))

    def frontier(self) -> dict[str, int]:
        """Return the highest difficulty by track."""
        return {track: window.high for track, window in self.windows.items()}


def _axes(task: AnyTask) -> tuple[str, ...]:
    return (LEVEL, *(axis for axis in task.axes if axis not in BUDGETS))


def _versioned(env: str) -> str:
    return f"{env}-v{all_tasks()[env].version}"

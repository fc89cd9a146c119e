"""Suites: which episodes an evaluation plays, as data. A grid at once, or a climb from level to level.

Knows no agent and no model. What comes next follows from what is done alone, so that a stopped run goes on alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import evaluation_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.wilson import wilson
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.tasks.registry import all_tasks


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """One try at one episode."""

    name: str
    """Of the episode, e.g. "cart_building-v0/d6/s1234"."""
    number: int = 0

    @property
    def spec(self) -> EpisodeSpec:
        """The episode."""
        return EpisodeSpec.parse(self.name)


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    about: str
    difficulties: tuple[int, ...]
    seeds: int
    """How many evaluation seeds at each difficulty."""
    trials: int = 1
    envs: tuple[str, ...] = ()
    """Versioned names; empty means every environment there is."""
    bar: float | None = None
    """For a climb: what the lower end of the pass rate's 95 % interval must reach to go on."""
    chunk: int = 25
    """For a climb: seeds played before looking whether the bar can still be reached."""

    def __post_init__(self) -> None:
        if not self.difficulties or self.seeds < 1 or self.trials < 1 or self.chunk < 1:
            raise SpecError(f"suite {self.name!r} plays nothing: {self}")
        if self.bar is not None and (self.trials != 1 or not 0 < self.bar < 1):
            raise SpecError(f"suite {self.name!r}: a climb has one trial and a bar between 0 and 1, got {self}")
        if self.bar is not None and not _can_pass(0, 0, self.seeds, self.bar):
            raise SpecError(f"suite {self.name!r}: no climb can reach {self.bar} with {self.seeds} seeds")

    @property
    def env_names(self) -> tuple[str, ...]:
        """The environments that are played."""
        return self.envs or tuple(f"{task.name}-v{task.version}" for task in all_tasks().values())

    @property
    def at_most(self) -> int:
        """How many episodes it can come to."""
        return len(self.env_names) * len(self.difficulties) * self.seeds * self.trials

    def wanted(self, done: Iterable[Outcome]) -> tuple[Trial, ...]:
        """Return what is to be played next or was already; the same again once it is all done."""
        if self.bar is None:
            return tuple(
                Trial(str(EpisodeSpec(env, d, seed)), number)
                for env in self.env_names
                for d in self.difficulties
                for seed in _first_seeds(self.seeds)
                for number in range(self.trials)
            )
        levels = self.levels(done)
        return tuple(t for env in self.env_names for t in self._climb(env, levels))

    def levels(self, done: Iterable[Outcome]) -> Mapping[tuple[str, int], Level]:
        """Return what was reached at every difficulty of every environment of a climb."""
        tally: dict[tuple[str, int], Level] = {}
        for outcome in done:
            key = (outcome.spec.env, outcome.spec.difficulty)
            before = tally.get(key, Level(0, 0, 0))
            tally[key] = Level(
                before.passed + outcome.correct,
                before.failed + (outcome.reward is not None and not outcome.correct),
                before.played + 1,
            )
        return tally

    def _climb(self, env: str, levels: Mapping[tuple[str, int], Level]) -> list[Trial]:
        bar = self.bar if self.bar is not None else 0.0
        out: list[Trial] = []
        for d in self.difficulties:
            level = levels.get((env, d), Level(0, 0, 0))
            open_ = level.played < self.seeds and _can_pass(level.passed, level.failed, self.seeds - level.played, bar)
            count = min(self.seeds, level.played // self.chunk * self.chunk + self.chunk) if open_ else level.played
            out.extend(Trial(str(EpisodeSpec(env, d, seed))) for seed in _first_seeds(count))
            if open_ or not level.reaches(bar):
                break
        return out


@dataclass(frozen=True, slots=True)
class Level:
    """What came of one difficulty of a climb."""

    passed: int
    failed: int
    played: int
    """Invalid ones included."""

    def reaches(self, bar: float) -> bool:
        """Whether the lower end of the pass rate's interval reaches the bar."""
        return wilson(self.passed, self.passed + self.failed)[0] >= bar


@dataclass(frozen=True, slots=True)
class Frontier:
    """How far an agent goes in one environment."""

    env: str
    d90: int | None
    """The last difficulty up to which every level reached the bar; None if not even the first did."""
    top: bool
    """Whether the climb ended because there was no harder level."""
    levels: tuple[tuple[int, int, int, float, float], ...]
    """(difficulty, passed, valid episodes, lower and upper end of the 95 % interval), the failing level included."""


def frontiers(suite: Suite, done: Sequence[Outcome]) -> list[Frontier]:
    """Return the frontier of every environment of a climb that has begun."""
    if suite.bar is None:
        return []
    levels, out = suite.levels(done), list[Frontier]()
    for env in suite.env_names:
        mine = [(d, levels[env, d]) for d in suite.difficulties if (env, d) in levels]
        reached: int | None = None
        for d, level in mine:
            if not level.reaches(suite.bar):
                break
            reached = d
        rows = tuple((d, v.passed, v.passed + v.failed, *wilson(v.passed, v.passed + v.failed)) for d, v in mine)
        out.append(Frontier(env, reached, reached == suite.difficulties[-1], rows))
    return out


def _can_pass(passed: int, failed: int, left: int, bar: float) -> bool:
    """Whether the bar is still reached if all that is left passes."""
    return wilson(passed + left, passed + left + failed)[0] >= bar


@cache
def _first_seeds(number: int) -> tuple[int, ...]:
    return tuple(islice(evaluation_seeds(), number))


@cache
def suites() -> Mapping[str, Suite]:
    """Return the suites that come with the package, by name."""
    return _read(files("ecom_rlve.evaluate").joinpath("data", "suites.toml").read_text(encoding="utf-8"))


def suite_named(name: str) -> Suite:
    """Return a suite by its name, or from a TOML file "FILE.toml" or "FILE.toml:NAME" of your own.

    Raises:
        SpecError: There is none; the message lists the known ones.
    """
    path, _, within = name.partition(".toml")
    if ".toml" not in name:
        known, wanted = suites(), name
    else:
        try:
            known = _read(Path(f"{path}.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError) as error:
            raise SpecError(f"suite file {path}.toml: {error}") from None
        wanted = within.removeprefix(":") or next(iter(known), "")
    if wanted not in known:
        raise SpecError(f"unknown suite {wanted!r}: known are {', '.join(known)}")
    return known[wanted]


def _read(text: str) -> Mapping[str, Suite]:
    table: dict[str, dict[str, Any]] = tomllib.loads(text)  # Any: TOML values, checked by Suite
    return {name: suite_of({"name": name, **row}) for name, row in table.items()}


def suite_of(row: Mapping[str, Any]) -> Suite:  # Any: TOML or JSON values
    """Return the suite with these fields; lists may stand for tuples."""
    lists = {key: tuple(row[key]) for key in ("difficulties", "envs") if key in row}
    return Suite(**lists, **{key: value for key, value in row.items() if key not in lists})

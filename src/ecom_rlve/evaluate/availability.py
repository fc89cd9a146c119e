"""Which environments a catalogue allows, at which difficulties: found out by drawing episodes and solving them.

Draws no table. What cannot be drawn is told in the words of the environment that refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ecom_rlve.agents.oracle import solve
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env

TRIES: Final = 5
EXPERT: Final = "expert"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of some episodes of one environment at one difficulty."""

    env: str
    difficulty: int
    tried: int
    drawn: int
    """Episodes that the catalogue has enough for."""
    solved: int
    """Those of them that the reference solution passes; fewer than `drawn` is a fault of ours."""
    missing: str
    """Why the others could not be drawn, most often; empty if all could."""


def trials(
    catalog: Catalog,
    envs: Sequence[str],
    difficulties: Sequence[int],
    tries: int = TRIES,
    progress: Callable[[Trial], Any] | None = None,
) -> list[Trial]:
    """Return, for every environment and difficulty, what comes of seeds 0 … tries - 1."""
    out: list[Trial] = []
    for env in envs:
        for difficulty in difficulties:
            out.append(_trial(catalog, [EpisodeSpec(env, difficulty, seed) for seed in range(tries)]))
            if progress:
                progress(out[-1])
    return out


def _trial(catalog: Catalog, specs: Sequence[EpisodeSpec]) -> Trial:
    live, solved, missing = Env(catalog), 0, Counter[str]()
    for spec in specs:
        try:
            live.reset(spec)
        except GenerationError as error:
            missing[str(error)] += 1
            continue
        solve(live)
        verdict = live.episode.verdict
        solved += verdict is not None and verdict.is_correct
    why = min(missing, key=lambda text: (-missing[text], text), default="")
    return Trial(specs[0].env, specs[0].difficulty, len(specs), len(specs) - missing.total(), solved, why)


@dataclass(frozen=True, slots=True)
class Climb:
    """How often the goal-blind expert passes an environment's easiest and its hardest episodes of some."""

    env: str
    easy: int
    """Episodes passed at the lower difficulty."""
    hard: int
    """And at the higher."""
    tried: int
    """Of so many at each; fewer where a catalogue offers fewer."""

    @property
    def falls(self) -> bool:
        """Whether it passes fewer of the hard ones: what the card's law V2 asks of an environment."""
        return self.hard < self.easy


def climbs(
    catalog: Catalog, envs: Sequence[str], low: int, high: int, tries: int, progress: Callable[[str], Any] | None = None
) -> list[Climb]:
    """Return how the expert does at the difficulties `low` and `high`, on the first `tries` seeds that can be drawn."""
    out: list[Climb] = []
    for env in envs:
        if progress:
            progress(env)
        able = [drawable(catalog, [EpisodeSpec(env, d, seed) for seed in range(tries)])[0] for d in (low, high)]
        same = min(map(len, able))
        easy, hard = (sum(_passed(catalog, spec) for spec in specs[:same]) for specs in able)
        out.append(Climb(env, easy, hard, same))
    return out


def _passed(catalog: Catalog, spec: EpisodeSpec) -> bool:
    live = Env(catalog)
    live.reset(spec)
    player_named(EXPERT)(live)
    verdict = live.episode.verdict
    return verdict is not None and verdict.is_correct


def drawable(catalog: Catalog, specs: Sequence[EpisodeSpec]) -> tuple[list[EpisodeSpec], list[str]]:
    """Return those of `specs` that this catalogue has enough for, and for the others what is missing, once each.

    Every problem is drawn, which takes a few milliseconds an episode.
    """
    live = Env(catalog)
    able: list[EpisodeSpec] = []
    refused: Counter[str] = Counter()
    for spec in specs:
        try:
            live.reset(spec)
        except GenerationError as error:
            refused[f"{spec.env}, d={spec.difficulty}: {error}"] += 1
        else:
            able.append(spec)
    return able, [f"{why} ({n})" for why, n in refused.items()]

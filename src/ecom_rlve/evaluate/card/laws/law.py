"""Law: something that must hold of every episode, as a function that tries it on one. Knows no particular law.

A law tries as many cases as the episode offers and says which of them break it; so it can be counted on a card, and
raised in a test, from one and the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecom_rlve.agents.oracle import solve, solve_with
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Episode, Verdict
from ecom_rlve.evaluate.card.scans import Place
from ecom_rlve.evaluate.playable import plays
from ecom_rlve.tasks.registry import AnyTask


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a law on one episode."""

    n: int = 0
    """Cases tried; 0 where this episode offers none."""
    broken: tuple[str, ...] = ()
    """What broke it, case by case, in words."""
    noted: tuple[tuple[str, float], ...] = ()
    """Figures worth showing beside the count, by name."""
    places: tuple[Place, ...] = ()
    """Where the things meant stand in lists."""


@dataclass(frozen=True, slots=True)
class Law:
    """One law of the card."""

    id: str
    """V5 … V12, V15."""
    name: str
    says: str
    """The law, as the card prints it."""
    holds: Callable[[AnyTask, Catalog, EpisodeSpec], Trial]


def able(players: Sequence[str], task: AnyTask) -> list[str]:
    """Return the players that can play a task: an environment from outside has no expert of ours."""
    return [name for name in players if plays(name, task.name)]


def trial(cases: dict[str, bool]) -> Trial:
    """Return a trial of named cases, each of which holds or does not."""
    return Trial(len(cases), tuple(name for name, holds in cases.items() if not holds))


def begun(catalog: Catalog, spec: EpisodeSpec) -> Env:
    """Return a shell with the episode `spec` just begun."""
    env = Env(catalog)
    env.reset(spec)
    return env


def solved(catalog: Catalog, spec: EpisodeSpec) -> Episode:
    """Return the episode as the oracle plays it."""
    env = begun(catalog, spec)
    solve(env)
    return env.episode


def solved_with(catalog: Catalog, spec: EpisodeSpec, change: Callable[[Env, Action], Action]) -> Episode:
    """Return the episode as the oracle plays it, each of its actions put through `change` first."""
    env = begun(catalog, spec)
    solve_with(env, lambda action, done: change(env, action))
    return env.episode


def verdict(episode: Episode) -> Verdict:
    """Return the verdict of an episode that is over."""
    assert episode.verdict is not None, "the episode must be over"
    return episode.verdict


def before_the_end(catalog: Catalog, spec: EpisodeSpec) -> tuple[Env, Action]:
    """Return a shell that stands where the oracle would hand in for the last time, and that last action of it."""
    env, found = begun(catalog, spec), list[tuple[Env, Action]]()

    def keep(action: Action) -> Action:
        if action.answer is not None:
            found.append((env.fork(), action))
        return action

    solve_with(env, lambda action, done: keep(action))
    return found[-1]


def ended_with(env: Env, answer: object) -> Episode:
    """Return the episode of a shell as it goes on if `answer` is handed in now; the shell itself stays where it is."""
    twin = env.fork()
    twin.step(Action(answer=answer))
    return twin.episode


def final_answer(episode: Episode) -> object:
    """Return what was handed in last; None if nothing was."""
    return episode.turns[-1].action.answer

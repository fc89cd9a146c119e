"""Runs: many episodes by one player, in one process or several; what is kept of each, and its trace.

Writes no report. Every outcome is a function of (spec, player, catalogue, preset): workers change nothing but time.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog, embedded, open_catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Episode, Reward
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.shell import Shell
from ecom_rlve.env.trace import Trace

BATCH = 8
"""Episodes that a worker takes at a time."""
NO_REWARD, NO_USAGE = Reward(None), Usage()


@dataclass(frozen=True, slots=True)
class Voiced:
    """How a customer's words came about, where a model writes them; all zero where the grammar does."""

    replies: int = 0
    """Said in words at all."""
    carried: int = 0
    """In the model's words."""
    asked: int = 0
    """Texts that the model was asked for."""

    def __add__(self, other: Voiced) -> Voiced:
        return Voiced(self.replies + other.replies, self.carried + other.carried, self.asked + other.asked)

    @property
    def parsed_back(self) -> float:
        """Share of the model's texts that carried exactly their act; 0.0 where none was asked for."""
        return self.carried / self.asked if self.asked else 0.0

    @property
    def fallback(self) -> float:
        """Share of replies in which the grammar had to speak; 0.0 where nothing was said."""
        return 1.0 - self.carried / self.replies if self.replies else 0.0


NO_VOICE = Voiced()


@dataclass(frozen=True, slots=True)
class Shop:
    """How to get a catalogue in any process: a folder, or the generated one of a size and seed."""

    size: int = 20_000
    seed: int = 0
    path: str = ""

    def open(self) -> Catalog:
        """Return the catalogue, opened once a process."""
        return _opened(self)

    def json(self) -> dict[str, str | int]:
        """Return how to get the catalogue again, as a trace says it."""
        return {"path": self.path} if self.path else {"size": self.size, "seed": self.seed}


@cache
def _opened(shop: Shop) -> Catalog:
    return open_catalog(shop.path) if shop.path else embedded(shop.size, shop.seed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished episode."""

    spec: EpisodeSpec
    agent: str
    correct: bool
    reward: float | None
    """None if invalid."""
    cause: str
    flags: tuple[str, ...]
    end: str
    turns: int
    calls: int
    lines: tuple[str, ...] = ()
    """The trace, if it was asked for."""
    trial: int = 0
    """Which of several tries at the same episode, from 0."""
    worth: Reward = NO_REWARD
    """The reward with all it is made of."""
    usage: Usage = NO_USAGE
    """What it took of a model."""
    detail: str = ""
    """A sentence for people: which argument broke a schema, which endpoint did not answer."""
    voice: Voiced = NO_VOICE
    """How the customer's words came about."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is told."""

    specs: tuple[EpisodeSpec, ...]
    agent: str
    shop: Shop
    preset: Preset
    traced: bool


def play(spec: EpisodeSpec, agent: str, shop: Shop, preset: Preset = "gated", *, traced: bool = True) -> Outcome:
    """Play one episode and return what came of it."""
    env = Env(shop.open(), preset=preset)
    env.reset(spec)
    player_named(agent)(env)
    return outcome(env, agent, shop, traced=traced)


def outcome(
    env: Shell, agent: str, shop: Shop, *, traced: bool = True, trial: int = 0, usage: Usage = NO_USAGE
) -> Outcome:
    """Return what came of the finished episode of `env`."""
    episode, verdict = env.episode, env.episode.verdict
    assert verdict is not None, "the episode must be over"
    lines: Sequence[str] = ()
    if traced:
        lines = env.trace(agent, shop.json())
    return Outcome(
        spec=episode.spec,
        agent=agent,
        correct=verdict.is_correct,
        reward=verdict.reward.total,
        cause=verdict.cause,
        flags=verdict.flags,
        end=verdict.end,
        turns=len(episode.turns),
        calls=sum(len(turn.action.calls) for turn in episode.turns),
        lines=tuple(lines),
        trial=trial,
        worth=verdict.reward,
        usage=usage,
        detail=verdict.detail,
        voice=_voiced(episode),
    )


def _voiced(episode: Episode) -> Voiced:
    replies = [r for r in (episode.opening, *(t.reply for t in episode.turns)) if r is not None and r.text]
    if all(r.words == "grammar" for r in replies):
        return NO_VOICE
    return Voiced(len(replies), sum(r.words == "voice" for r in replies), sum(r.tries for r in replies))


def of_trace(trace: Trace) -> Outcome:
    """Return what came of an episode as its trace tells it."""
    end, known = trace.end, {f.name for f in fields(Reward)}
    worth = Reward(**{name: value for name, value in end["reward"].items() if name in known})
    return Outcome(
        spec=EpisodeSpec.parse(trace.header["spec"]),
        agent=trace.header["agent"],
        correct=end["correct"],
        reward=worth.total,
        cause=end.get("cause", ""),
        flags=tuple(end.get("flags", ())),
        end=end["end"],
        turns=len(trace.turns),
        calls=sum(len(turn["action"]["tool_calls"]) for turn in trace.turns),
        lines=trace.lines,
        worth=worth,
        detail=end.get("detail", ""),
    )


def run(job: Job, workers: int = 1, progress: Callable[[int], Any] | None = None) -> Iterator[Outcome]:
    """Yield the outcome of every spec, in the order of the specs.

    Args:
        job: What to play.
        workers: Processes; 1 plays in this one.
        progress: Called with the number of episodes newly finished.
    """
    if workers <= 1:
        for spec in job.specs:
            yield play(spec, job.agent, job.shop, job.preset, traced=job.traced)
            if progress:
                progress(1)
        return
    job.shop.open()
    yield from _in_processes(job, workers, progress)


def as_finished(job: Job, workers: int = 1) -> Iterator[Outcome]:
    """Yield the outcome of every spec as soon as it is there, in no order that can be relied on; else as `run`."""
    if workers <= 1:
        yield from run(job)
        return
    job.shop.open()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for future in as_completed(pool.submit(_batch, part) for part in _batches(job)):
                yield from future.result()
        finally:
            # Whoever stops listening, e.g. by Ctrl-C, is not kept waiting for what has not begun.
            pool.shutdown(wait=False, cancel_futures=True)


def _batches(job: Job) -> list[Job]:
    return [replace(job, specs=job.specs[i : i + BATCH]) for i in range(0, len(job.specs), BATCH)]


def _in_processes(job: Job, workers: int, progress: Callable[[int], Any] | None) -> Iterator[Outcome]:
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_batch, part) for part in _batches(job)]
        if progress:
            for future in as_completed(futures):
                progress(len(future.result()))
        for future in futures:
            yield from future.result()


def _batch(job: Job) -> list[Outcome]:
    return list(run(job))

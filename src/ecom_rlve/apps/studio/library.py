"""Runs on disk, for reading: which there are under one folder, their episodes, and two of them side by side.

Opens nothing outside that folder. Knows no page. A run is a folder with `traces/`, as `run`, `demo` and `eval` write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ecom_rlve.core.errors import TraceError
from ecom_rlve.env.trace import read_trace
from ecom_rlve.evaluate.journal import RESULTS, RUN, TRACES, read_run, with_traces
from ecom_rlve.evaluate.runs import Outcome, of_trace

MOST = 20_000
"""Traces of a run that are listed; a larger run has a report."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which episodes to list; what is empty lets everything through."""

    env: str = ""
    agent: str = ""
    difficulty: str = ""
    outcome: str = ""
    """passed, failed or invalid, or a failure cause, or a flag."""

    def takes(self, outcome: Outcome) -> bool:
        """Whether an episode is listed."""
        return (
            self.env in ("", outcome.spec.env)
            and self.agent in ("", outcome.agent)
            and self.difficulty in ("", str(outcome.spec.difficulty))
            and self.outcome in ("", result_of(outcome), outcome.cause, *outcome.flags)
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its episodes without their traces, and where these lie."""

    name: str
    folder: Path
    episodes: tuple[Outcome, ...]
    files: tuple[Path, ...]
    """Of every episode, in the same order; empty for a run that keeps a journal."""

    def read(self, number: int) -> Outcome:
        """Return an episode with its trace; one that is damaged is a TraceError."""
        if self.files:
            return replace(of_trace(read_trace(self.files[number])), agent=self.episodes[number].agent)
        return with_traces(self.folder, [self.episodes[number]])[0]

    def numbers(self, wanted: Filter) -> list[int]:
        """Return the places of the episodes that `wanted` takes."""
        return [i for i, outcome in enumerate(self.episodes) if wanted.takes(outcome)]

    def find(self, key: str) -> int | None:
        """Return the place of the episode called `key` (`episode_key`), or None."""
        return next((i for i, outcome in enumerate(self.episodes) if episode_key(outcome) == key), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same episode in two runs."""

    first: int
    second: int


class Library:
    """All runs under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Return the runs, as paths below the root, in order."""
        return sorted(str(folder.relative_to(self.root)) for folder in self._folders())

    def open(self, name: str) -> Run:
        """Return a run.

        Raises:
            TraceError: There is no such run under the root, or it is damaged.
        """
        if name not in self.names():
            raise TraceError(f"there is no run {name[:80]!r} under {self.root}")
        folder = self.root / name
        return _opened(name, folder, _state(folder))

    def _folders(self) -> Iterator[Path]:
        for traces in self.root.rglob(TRACES) if self.root.is_dir() else ():
            if traces.is_dir() and not traces.is_symlink():
                yield traces.parent


def result_of(outcome: Outcome) -> str:
    """Return one of passed, failed, invalid."""
    return "invalid" if outcome.reward is None else "passed" if outcome.correct else "failed"


def episode_key(outcome: Outcome) -> str:
    """Return a name for an episode of a run that may stand in an address."""
    return f"{outcome.agent}|{outcome.spec}|{outcome.trial}"


def pairs(first: Run, second: Run, wanted: Filter, *, differing: bool) -> list[Pair]:
    """Return the episodes of the same name and trial in two runs, in the order of the first.

    Args:
        first: One run. Where it holds several agents, each is paired with the other run's first of the same episode.
        second: The other run.
        wanted: Which episodes; it is asked about the first run.
        differing: Only those that one passes and the other does not.
    """
    places: dict[tuple[str, int], int] = {}
    for number, outcome in enumerate(second.episodes):
        places.setdefault((str(outcome.spec), outcome.trial), number)
    found: list[Pair] = []
    for number in first.numbers(wanted):
        outcome = first.episodes[number]
        other = places.get((str(outcome.spec), outcome.trial))
        if other is not None and not (differing and outcome.correct == second.episodes[other].correct):
            found.append(Pair(number, other))
    return found


def _state(folder: Path) -> tuple[int, int]:
    """Return what tells whether a run has grown since it was read."""
    results = folder / RESULTS
    if results.exists():
        return results.stat().st_size, results.stat().st_mtime_ns
    return sum(1 for _ in (folder / TRACES).iterdir()), (folder / TRACES).stat().st_mtime_ns


@lru_cache(maxsize=8)
def _opened(name: str, folder: Path, state: tuple[int, int]) -> Run:
    if (folder / RUN).exists():
        _, outcomes = read_run(folder)
        return Run(name, folder, tuple(outcomes), ())
    files: Sequence[Path] = sorted((folder / TRACES).glob("*.jsonl"))[:MOST]
    read = [(replace(of_trace(read_trace(path)), lines=()), path) for path in files]
    read.sort(key=lambda pair: (pair[0].spec.env, pair[0].spec.difficulty, pair[0].spec.seed, pair[0].agent))
    return Run(name, folder, tuple(outcome for outcome, _ in read), tuple(path for _, path in read))

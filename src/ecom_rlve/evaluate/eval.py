"""An evaluation: a suite played by one agent into a journal, from wherever it stopped to its end.

Knows no surface: whoever watches is called after every episode. What is played does not depend on how fast or in
which order episodes finish, and so neither do the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

import ecom_rlve
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.agents.registry import agent_named, player_named
from ecom_rlve.core.views import Json
from ecom_rlve.env.reward import Preset
from ecom_rlve.evaluate.journal import Journal
from ecom_rlve.evaluate.playable import playable
from ecom_rlve.evaluate.runs import Job, Outcome, Shop, as_finished
from ecom_rlve.evaluate.suites import Suite, Trial

TRIES = 2
"""How often an episode is begun in one evaluation, if its endpoint does not answer."""
DEFAULT_SHOP = Shop()


@dataclass(frozen=True, slots=True)
class Setting:
    """What is evaluated, and on what."""

    suite: Suite
    agent: str
    """A built-in agent, or what a model is to be called."""
    shop: Shop = DEFAULT_SHOP
    preset: Preset = "gated"
    endpoint: Endpoint | None = None
    """Where the model is; None for a built-in agent."""
    voice: Endpoint | None = None
    """The model that words what the customer says; None: the phrase grammar does."""
    workers: int = 1
    """Processes of a built-in agent, or CPUs of a Ray cluster that is started here."""
    ray: str | None = None
    """Address of a Ray cluster to play on, empty for one on this machine; None: no Ray."""

    def __post_init__(self) -> None:
        if self.endpoint is None:
            (player_named if self.voice is None else agent_named)(self.agent)

    @property
    def played(self) -> Suite:
        """The suite as it is played: what a built-in agent can play, once, for it does the same at every trial."""
        if self.endpoint:
            return self.suite
        able = self.suite if self.suite.envs else replace(self.suite, envs=playable(self.agent, self.suite.env_names))
        return able if self.voice else replace(able, trials=1)

    def identity(self) -> dict[str, Json]:
        """Return what makes two runs the same one. How fast it goes and what it costs is no part of it."""
        suite = {**asdict(self.played), "envs": list(self.played.env_names)}
        return {
            "suite": cast("Json", suite),
            "agent": self.agent,
            "endpoint": _endpoint(self.endpoint),
            "voice": _endpoint(self.voice),
            "catalog": {**self.shop.json(), "fingerprint": self.shop.open().fingerprint},
            "preset": self.preset,
            "version": ecom_rlve.__version__,
        }


@dataclass(slots=True)
class Standing:
    """How far an evaluation is, for a display."""

    at_most: int
    found: int
    """Episodes that an earlier process had finished."""
    done: int = 0
    passed: int = 0
    invalid: int = 0
    usage: Usage = field(default_factory=Usage)
    cells: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict[tuple[str, int], tuple[int, int]])
    """(passed, valid) by environment and difficulty."""
    traffic: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the client of an endpoint is doing, by name."""

    def count(self, outcome: Outcome) -> None:
        """Count a finished episode."""
        self.done += 1
        self.passed += outcome.correct
        self.invalid += outcome.reward is None
        self.usage += outcome.usage
        key = (outcome.spec.env, outcome.spec.difficulty)
        passed, valid = self.cells.get(key, (0, 0))
        self.cells[key] = (passed + outcome.correct, valid + (outcome.reward is not None))


Watch = Callable[[Standing], None]


def evaluate(setting: Setting, folder: Path, watch: Watch | None = None) -> list[Outcome]:
    """Play what is missing of a suite and return all its outcomes, without traces, in the order of the suite.

    Args:
        setting: What is evaluated.
        folder: Of the run; one that was stopped goes on, and one that is finished is only read.
        watch: Called after every episode.

    Raises:
        SpecError: `folder` holds another run.
        RefusedError: The endpoint refuses every request.
        EndpointError: The endpoint has stopped answering; the run goes on when it is started again.
    """
    suite = setting.played
    with Journal(folder, setting.identity()) as journal:
        standing = Standing(suite.at_most, found=len(journal.done))
        for outcome in journal.done.values():
            standing.count(outcome)

        def put(outcome: Outcome) -> None:
            journal.put(outcome)
            standing.count(outcome)
            if watch:
                watch(standing)

        begun: Counter[Trial] = Counter()
        while todo := [t for t in suite.wanted(journal.done.values()) if t not in journal.done]:
            begun.update(todo)
            _play(setting, folder, todo, put, standing)
            for trial in todo:
                if journal.done[trial].usage.unanswered and begun[trial] < TRIES:
                    _forget(standing, journal.done.pop(trial))
        return [journal.done[t] for t in suite.wanted(journal.done.values())]


def _play(
    setting: Setting, folder: Path, trials: Sequence[Trial], put: Callable[[Outcome], None], standing: Standing
) -> None:
    if setting.ray is not None:
        from ecom_rlve.evaluate import ray_runs  # noqa: PLC0415 (an extra)

        ray_runs.play(setting, trials, put, setting.ray, setting.workers)
        return
    if setting.endpoint is None and setting.voice is None:
        specs = tuple(trial.spec for trial in trials)
        for outcome in as_finished(Job(specs, setting.agent, setting.shop, setting.preset, True), setting.workers):
            put(outcome)
        return
    from ecom_rlve.evaluate.model_runs import play  # noqa: PLC0415 (the only way to httpx, which is an extra)

    play(setting, folder / "replies.sqlite", trials, put, standing)


def _forget(standing: Standing, outcome: Outcome) -> None:
    """Take an unanswered episode back out of the count: it is played again."""
    standing.done -= 1
    standing.invalid -= 1


def _endpoint(endpoint: Endpoint | None) -> Json:
    if endpoint is None:
        return None
    sampling = {name: value for name, value in asdict(endpoint.sampling).items() if value not in (None, {})}
    return {"url": endpoint.url, "model": endpoint.model, "style": endpoint.style, "sampling": sampling}

"""An evaluation: a suite played by one agent into a journal, from wherever it stopped to its end.

Knows no surface: whoever watches is called after every episode. What is played does not depend on how fast or in
which order episodes finish, and so neither do the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ecom_rlve.evaluate.journal import Journal
from ecom_rlve.evaluate.runs import Job, Outcome, as_finished
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.standing import Standing
from ecom_rlve.evaluate.suites import Trial

TRIES = 2
"""How often an episode is begun in one evaluation, if its endpoint does not answer."""

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
                    del journal.done[trial]
                    standing.forget_unanswered()
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

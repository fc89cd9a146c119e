"""Runs on a Ray cluster: batches of trials as Ray tasks, retried by Ray itself when a worker dies. Extra `ray`.

Schedules nothing: Ray does. An outcome is a function of its trial alone, so which machine played it, and how often it
was begun, leaves no trace; the driver keeps the journal, and takes each batch once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ecom_rlve.core.errors import EcomRlveError, SpecError
from ecom_rlve.evaluate.runs import Job, Outcome, run
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.standing import Standing
from ecom_rlve.evaluate.suites import Trial

BATCH = 16
"""Trials in one task: seconds of work, so that scheduling is no matter and a dead worker costs little."""
RETRIES = 5
"""How often Ray begins a batch again whose worker died."""


def play(setting: Setting, trials: Sequence[Trial], put: Callable[[Outcome], None], address: str, workers: int) -> None:
    """Play trials on Ray and hand each outcome to `put` as its batch comes in.

    Args:
        setting: What is evaluated; a catalogue's folder must lie under the same path on every machine.
        trials: What to play.
        put: Called in this thread.
        address: Of the cluster, e.g. "auto"; empty starts one on this machine.
        workers: CPUs of a cluster started here; 0 means all.

    Raises:
        SpecError: Ray is not installed.
        EcomRlveError: What a batch raised on purpose, e.g. that its endpoint refuses.
    """
    try:
        ray: Any = import_module("ray")  # Any: it is an extra, and not typed where it is not installed
    except ImportError:
        raise SpecError("--ray needs the extra `ray`: pip install 'ecom-rlve[ray]'") from None
    started = not ray.is_initialized()
    if started:
        # A machine that is busy takes its time to start a cluster; Ray alone gives up after half a minute.
        os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
        where = {"address": address} if address else {"num_cpus": workers or None, "include_dashboard": False}
        ray.init(**where, log_to_driver=False)
    try:
        batch = ray.remote(max_retries=RETRIES)(_batch)
        waiting = [batch.remote(setting, tuple(trials[i : i + BATCH])) for i in range(0, len(trials), BATCH)]
        while waiting:
            ready, waiting = ray.wait(waiting, num_returns=1)
            try:
                outcomes = ray.get(ready[0])
            except ray.exceptions.RayTaskError as error:
                # What was raised on purpose is told like anywhere else; anything else is a bug and keeps its traceback.
                raise error.cause if isinstance(error.cause, EcomRlveError) else error from None
            for outcome in outcomes:
                put(outcome)
    finally:
        if started:
            ray.shutdown()


def _batch(setting: Setting, trials: Sequence[Trial]) -> list[Outcome]:
    """Play a few trials on whatever machine this is."""
    if setting.endpoint is None and setting.voice is None:
        specs = tuple(trial.spec for trial in trials)
        return list(run(Job(specs, setting.agent, setting.shop, setting.preset, traced=True)))
    from ecom_rlve.evaluate.model_runs import play as with_model  # noqa: PLC0415 (the only way to httpx)

    outcomes: list[Outcome] = []
    folder = Path(tempfile.gettempdir()) / "ecom-rlve-replies"
    with_model(setting, folder / "replies.sqlite", trials, outcomes.append, Standing(len(trials), 0))
    return outcomes

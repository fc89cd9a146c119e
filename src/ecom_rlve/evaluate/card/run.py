"""Making the card: cells played, laws tried, redraws counted, then judged. What is on disk already is not done again.

Every result is a function of what names it, so processes change nothing but time.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ecom_rlve.evaluate.card import cells as playing
from ecom_rlve.evaluate.card import examined as trying
from ecom_rlve.evaluate.card import redraws as counting
from ecom_rlve.evaluate.card.cells import CardCell
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.examined import LawCell, law_checks, read_law_cell
from ecom_rlve.evaluate.card.grid import AGENTS, Grid
from ecom_rlve.evaluate.card.laws import LAWS
from ecom_rlve.evaluate.card.laws.law import able
from ecom_rlve.evaluate.card.played import checks
from ecom_rlve.evaluate.card.redraws import Redraws
from ecom_rlve.evaluate.card.splits import split_check
from ecom_rlve.evaluate.card.store import Store, code_digest
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import all_tasks, task_named

Result = CardCell | LawCell | Redraws
WORTH_PROCESSES = 40
"""Jobs from which new processes save more than they cost."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one result is named by, the shop aside."""

    kind: Literal["cell", "law", "redraws"]
    env: str
    what: str
    """The agent or the law; empty for redraws."""
    difficulty: int
    seeds: int


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured."""

    cells: tuple[CardCell, ...]
    laws: tuple[LawCell, ...]
    redraws: tuple[Redraws, ...]
    checks: tuple[Check, ...]


def env_names(envs: Sequence[str] = ()) -> list[str]:
    """Return `envs`, or the versioned names of all environments where none is named."""
    return list(envs) or [f"{task.name}-v{task.version}" for task in all_tasks().values()]


def certify(
    grid: Grid,
    shop: Shop,
    folder: Path,
    workers: int,
    envs: Sequence[str] = (),
    progress: Callable[[Job, int, int], Any] | None = None,
) -> Results:
    """Measure the grid in `envs` (all if empty) and judge it.

    Args:
        grid: How much.
        shop: Where.
        folder: Keeps results; what it holds already, of this catalogue and this code, is not measured again.
        workers: Processes; 1 measures in this one.
        envs: Versioned names.
        progress: Called with a job done, how many are done, and how many there are.

    Raises:
        TraceError: `folder` holds a damaged file.
    """
    names, stores = env_names(envs), _Stores(folder, shop)
    jobs = list(_jobs(grid, names))
    missing = [job for job in jobs if stores.get(job) is None]
    for number, (job, result) in enumerate(_done(missing, shop, workers), start=len(jobs) - len(missing) + 1):
        stores.put(job, result)
        if progress:
            progress(job, number, len(jobs))
    found = [stores.get(job) for job in jobs]
    cells = tuple(r for r in found if isinstance(r, CardCell))
    laws = tuple(r for r in found if isinstance(r, LawCell))
    redraws = tuple(r for r in found if isinstance(r, Redraws))
    return Results(cells, laws, redraws, (*checks(cells), *law_checks(laws, names), split_check()))


def _jobs(grid: Grid, envs: Sequence[str]) -> Iterator[Job]:
    for env in envs:
        agents = able(AGENTS, task_named(env))
        for d in grid.difficulties:
            yield from (Job("cell", env, agent, d, grid.seeds(agent)) for agent in agents)
            yield from (Job("law", env, law.name, d, grid.law_seeds(law.name)) for law in LAWS)
            yield Job("redraws", env, "", d, grid.others)


def _done(jobs: Sequence[Job], shop: Shop, workers: int) -> Iterator[tuple[Job, Result]]:
    """Yield every job with its result, as they come."""
    if workers <= 1 or len(jobs) < WORTH_PROCESSES:
        yield from ((job, measure(job, shop)) for job in jobs)
        return
    shop.open()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(measure, job, shop): job for job in jobs}
        yield from ((waiting[future], future.result()) for future in as_completed(waiting))


def measure(job: Job, shop: Shop) -> Result:
    """Return the result that a job names."""
    if job.kind == "cell":
        return playing.play_cell(job.env, job.what, job.difficulty, job.seeds, shop)
    if job.kind == "law":
        return trying.examine(job.what, job.env, job.difficulty, job.seeds, shop)
    return counting.count_redraws(job.env, job.difficulty, job.seeds, shop)


class _Stores:
    """The three files of a card."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        stamp = f"{shop.open().fingerprint}-{code_digest()}.jsonl"
        self._cells = Store(folder / f"cells-{stamp}", lambda row: CardCell(**row), _of_cell)
        self._laws = Store(folder / f"laws-{stamp}", read_law_cell, _of_law)
        self._redraws = Store(folder / f"redraws-{stamp}", lambda row: Redraws(**row), _of_redraws)

    def get(self, job: Job) -> Result | None:
        store = {"cell": self._cells, "law": self._laws, "redraws": self._redraws}[job.kind]
        return store.get(job)

    def put(self, job: Job, result: Result) -> None:
        if isinstance(result, CardCell):
            self._cells.put(result)
        elif isinstance(result, LawCell):
            self._laws.put(result)
        else:
            self._redraws.put(result)


def _of_cell(cell: CardCell) -> Job:
    return Job("cell", cell.env, cell.agent, cell.difficulty, cell.n + cell.invalid)


def _of_law(cell: LawCell) -> Job:
    return Job("law", cell.env, cell.law, cell.difficulty, cell.seeds)


def _of_redraws(found: Redraws) -> Job:
    return Job("redraws", found.env, "", found.difficulty, found.n)

"""Making the card: the grid is played cell by cell, then judged. What is on disk already is not played again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ecom_rlve.evaluate.card import cells as playing
from ecom_rlve.evaluate.card.cells import CardCell, Cells
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.grid import AGENTS, Grid
from ecom_rlve.evaluate.card.played import checks
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import all_tasks


def env_names(envs: Sequence[str] = ()) -> list[str]:
    """Return `envs`, or the versioned names of all environments where none is named."""
    return list(envs) or [f"{task.name}-v{task.version}" for task in all_tasks().values()]


def certify(
    grid: Grid,
    shop: Shop,
    folder: Path,
    workers: int,
    envs: Sequence[str] = (),
    progress: Callable[[CardCell], Any] | None = None,
) -> tuple[list[CardCell], list[Check]]:
    """Play the grid in `envs` (all if empty) and return its cells and checks.

    What `folder` holds already is not played again.

    Raises:
        TraceError: `folder` holds cells of another catalogue or version.
    """
    cells = Cells(folder, shop.open().fingerprint)
    wanted: list[CardCell] = []
    for env in env_names(envs):
        for agent in AGENTS:
            for difficulty in grid.difficulties:
                cell = cells.get(env, agent, difficulty, grid.seeds(agent))
                if cell is None:
                    cell = playing.play_cell(env, agent, difficulty, grid.seeds(agent), shop, workers)
                    cells.put(cell)
                wanted.append(cell)
                if progress:
                    progress(cell)
    return wanted, checks(wanted)

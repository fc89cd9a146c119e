"""Numbered tasks for OpenEnv's task discovery: disjoint splits, each task one episode.

Knows no server. A descriptor names environment and difficulty, never the seed: whoever reads it may be the agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

from ecom_rlve.core.seeds import evaluation_seeds, training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.registry import all_tasks

DIFFICULTIES: Final = 11
"""Difficulties 0 … 10 of every environment."""
SEEDS: Final = {"train": 500, "test": 50}
"""Seeds of every environment and difficulty, by split. "test" has the seeds that training never uses."""
PAGE: Final = 1000
"""Most descriptors in one answer."""


def split_names() -> list[str]:
    """Return the names of the splits."""
    return list(SEEDS)


def size(split: str) -> int:
    """Return the number of tasks in a split; an unknown one is an IndexError, which OpenEnv answers with 400."""
    return len(_envs()) * DIFFICULTIES * _seeds_a_cell(split)


def task_spec(split: str, index: int) -> EpisodeSpec:
    """Return the episode of task `index`; environments alternate fastest, then difficulties.

    Raises:
        IndexError: No such split, or `index` is not in [0, size).
    """
    if not 0 <= index < size(split):
        raise IndexError(f"{split} has tasks 0 … {size(split) - 1}, got {index}")
    cell, env = divmod(index, len(_envs()))
    row, difficulty = divmod(cell, DIFFICULTIES)
    return EpisodeSpec(_envs()[env], difficulty, _drawn(split)[row])


def descriptor(split: str, index: int) -> dict[str, Any]:  # Any: JSON
    """Return what discovery tells of a task; errors as for `task_spec`."""
    spec = task_spec(split, index)
    return {"id": f"{split}-{index}", "index": index, "env": spec.env, "difficulty": spec.difficulty}


def descriptors(split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:  # Any: JSON
    """Return the tasks of a slice, at most `PAGE` of them; errors as for `size`."""
    return [descriptor(split, i) for i in list(range(size(split))[start:stop])[:PAGE]]


def _envs() -> tuple[str, ...]:
    return tuple(f"{task.name}-v{task.version}" for task in all_tasks().values())


def _seeds_a_cell(split: str) -> int:
    if split not in SEEDS:
        raise IndexError(f"unknown split {split!r}: known are {', '.join(SEEDS)}")
    return SEEDS[split]


@cache
def _drawn(split: str) -> tuple[int, ...]:
    seeds: Iterator[int] = training_seeds() if split == "train" else evaluation_seeds()
    return tuple(islice(seeds, SEEDS[split]))

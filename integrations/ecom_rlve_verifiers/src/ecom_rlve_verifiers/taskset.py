"""Which episodes there are. Knows no model: a task is a name with its rules and the customer's first words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

import verifiers.v1 as vf

from ecom_rlve.adapters.text import TextEpisode
from ecom_rlve.catalog.catalog import Catalog, embedded, open_catalog
from ecom_rlve.core.seeds import evaluation_seeds, training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.registry import all_tasks


class EcomConfig(vf.TasksetConfig):
    """Which episodes are played, and where."""

    envs: list[str] = []
    """Versioned environment names; empty means all."""
    difficulty: str = "0:4"
    """A number, or "low:high" with both ends, for tasks that alternate between them."""
    split: Literal["train", "eval"] = "train"
    seeds: int = 100
    """Seeds of every environment and difficulty."""
    size: int = 20_000
    """Products of the generated catalogue."""
    catalog: str = ""
    """Folder of a catalogue instead of a generated one."""


class EcomData(vf.TaskData):
    """An episode's name, and how its catalogue is opened."""

    spec: str
    size: int
    catalog: str


class EcomTask(vf.Task[EcomData]):
    """One episode."""

    @property
    def key(self) -> str:
        """The episode's name, which is the same in every run."""
        return self.data.spec


class EcomTaskset(vf.Taskset[EcomTask, EcomConfig]):
    """Episodes of one split, environments alternating fastest, then difficulties."""

    def load(self) -> Iterator[EcomTask]:
        """Yield the tasks; each is begun once for its first words."""
        config = self.config
        shop = opened(config.size, config.catalog)
        for spec in specs(config):
            episode = TextEpisode(spec, catalog=shop)
            system, opening = (str(message["content"]) for message in episode.prompt)
            data = EcomData(
                id=str(spec),
                name=str(spec),
                prompt=opening,
                system_prompt=system,
                spec=str(spec),
                size=config.size,
                catalog=config.catalog,
            )
            yield EcomTask(data, config.task)


def specs(config: EcomConfig) -> Iterator[EpisodeSpec]:
    """Yield the episodes that a configuration names."""
    low, _, high = config.difficulty.partition(":")
    levels = range(int(low), int(high or low) + 1)
    seeds = training_seeds() if config.split == "train" else evaluation_seeds()
    names = config.envs or [f"{task.name}-v{task.version}" for task in all_tasks().values()]
    for seed in islice(seeds, config.seeds):
        for difficulty in levels:
            for name in names:
                yield EpisodeSpec(name, difficulty, seed)


def opened(size: int, path: str) -> Catalog:
    """Return the catalogue, the same object for the same arguments."""
    return open_catalog(path) if path else embedded(size)

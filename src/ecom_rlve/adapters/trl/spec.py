"""`EcomSpec`: everything that TRL's `GRPOTrainer` needs of the environments, in one object.

    spec = EcomSpec(collection="C4", steps=300, groups=16)
    trainer = GRPOTrainer(
        model, args=GRPOConfig(shuffle_dataset=False, …), train_dataset=spec.train_dataset,
        environment_factory=spec.environment_factory, reward_funcs=spec.reward_funcs, callbacks=spec.callbacks,
    )

Knows no model. When a row is drawn: rows are made by a transform, when the loader asks for them, and not when the
data set is built. The loader of `accelerate` reads one batch ahead, so with the plain `GRPOTrainer` a draw sees the
outcomes up to the step before the last; `training.dapo.DapoTrainer` draws when the step comes. An iterable data set
would be read ahead in the same way, a callback that rewrites rows comes too late for the batch already read, and a
sampler can choose among rows but not make one. A group's draw is kept in the ledger, so that all its tries, on
whichever process, play the same episode, and so that a resumed run plays what the killed one had drawn.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from ecom_rlve.adapters.trl.callbacks import CurriculumCallback
from ecom_rlve.adapters.trl.environment import ENVIRONMENTS, ShopEnvironment, environment_class, prompt_of
from ecom_rlve.adapters.trl.rewards import NO_GROUP, EpisodeReward
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.errors import GenerationError, SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.ledger import Ledger
from ecom_rlve.curriculum.window import RuleName
from ecom_rlve.env.env import Env
from ecom_rlve.env.reward import Preset
from ecom_rlve.tasks.registry import COLLECTIONS, all_tasks

Row = dict[str, Any]  # Any: a row of a data set is JSON
AGAIN: Final = 2**40
"""Added to a group's number where the catalogue offers no such problem: no run has so many groups."""
MOST_REDRAWS: Final = 50


@dataclass
class EcomSpec:
    """A choice of environments to train on.

    >>> spec = EcomSpec(collection="C2", steps=2, groups=3)
    >>> sorted(spec.environment_factory)
    ['product_discovery', 'substitution']
    """

    collection: str = "C1"
    """C1, C2, C4 or C8, or environments by name with commas."""
    steps: int = 300
    """Generation rounds that the data set lasts for."""
    groups: int = 16
    """Groups in a round, over all processes."""
    curriculum: RuleName = "rlve"
    window: tuple[int, int] = (0, 0)
    per_axis: bool = False
    seed: int = 0
    """Of the run: which episodes are drawn."""
    preset: Preset = "gated"
    catalog: Catalog | None = None
    """Whose products; the embedded one of 20,000 by default, opened at the first row."""
    tools: Sequence[str] | None = None
    """Tools that are shown, with underscores; all by default. A small model cannot read all their schemas."""
    ledger: Ledger = field(init=False)
    """Which group plays what, and the curriculum as it stands."""
    reward: EpisodeReward = field(init=False, default_factory=EpisodeReward)

    def __post_init__(self) -> None:
        self.ledger = Ledger(
            Curriculum.begin(self.envs, self.curriculum, self.window, per_axis=self.per_axis), self.seed
        )
        self.row = lru_cache(maxsize=512)(self._row)

    @cached_property
    def envs(self) -> tuple[str, ...]:
        """The environments, by names without version."""
        if self.collection in COLLECTIONS:
            return COLLECTIONS[self.collection]
        names = tuple(dict.fromkeys(part.strip() for part in self.collection.split(",")))
        unknown = [name for name in names if name not in all_tasks()]
        if unknown:
            raise SpecError(
                f"unknown collection or environment {unknown[0]!r}: known are {', '.join([*COLLECTIONS, *all_tasks()])}"
            )
        return names

    @cached_property
    def train_dataset(self) -> Any:  # Any: a datasets.Dataset
        """Rows by group number, drawn when the loader asks for them. Needs `shuffle_dataset=False`."""
        from datasets import Dataset  # noqa: PLC0415 (nobody else needs it)

        return Dataset.from_dict({"group": list(range(self.steps * self.groups))}).with_transform(self._rows)

    @cached_property
    def environment_factory(self) -> dict[str, partial[ShopEnvironment]]:
        """What makes an environment, by name. Can be pickled where all tools are shown and no catalogue is given."""
        return {name: partial(self._class(name), self.catalog, self.preset) for name in self.envs}

    @property
    def reward_funcs(self) -> list[EpisodeReward]:
        """The reward; it also keeps the outcomes that the callback counts."""
        return [self.reward]

    @property
    def callbacks(self) -> list[CurriculumCallback]:
        """What moves the curriculum after every step, writes JSONL, and saves and restores the ledger."""
        return [CurriculumCallback(self.ledger, self.reward)]

    def draw_all(self, groups: Iterable[int]) -> None:
        """Draw what groups play, also those of other processes: one ledger is saved, and it must know them all."""
        for group in groups:
            self.ledger.draw(group)

    def eval_dataset(self, specs: Sequence[EpisodeSpec | str]) -> Any:  # Any: a datasets.Dataset
        """Return rows of certain episodes, which move no curriculum."""
        from datasets import Dataset  # noqa: PLC0415 (nobody else needs it)

        named = [EpisodeSpec.parse(s) if isinstance(s, str) else s for s in specs]
        return Dataset.from_list([self._row_of(NO_GROUP, Draw(s, _bare(s), s.difficulty)) for s in named])

    def _rows(self, batch: Mapping[str, Sequence[int]]) -> dict[str, list[Any]]:
        for number in batch["group"]:
            begin = number - number % self.groups
            self.draw_all(range(begin, begin + self.groups))
        rows = [self.row(number) for number in batch["group"]]
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}

    def _row(self, group: int) -> Row:
        """Return the row of a group; every try of it gets this very row."""
        draw = self.ledger.draw(group)
        for attempt in range(1, MOST_REDRAWS + 1):
            try:
                return self._row_of(group, draw)
            except GenerationError:
                draw = self.ledger.curriculum.draw(self.seed, group + attempt * AGAIN)
                self.ledger.replace(group, draw)
        raise GenerationError(f"this catalogue offered nothing to {MOST_REDRAWS} draws from {list(self.envs)}")

    def _row_of(self, group: int, draw: Draw) -> Row:
        env = Env(self.catalog, preset=self.preset)
        env.reset(draw.spec)
        return {
            "prompt": prompt_of(env),
            "environment": _bare(draw.spec),
            "episode": str(draw.spec),
            "group": group,
            "track": draw.track,
            "level": draw.level,
        }

    def _class(self, name: str) -> type[ShopEnvironment]:
        return ENVIRONMENTS[name] if self.tools is None else environment_class(all_tasks()[name], self.tools)


def _bare(spec: EpisodeSpec) -> str:
    return spec.env.rpartition("-v")[0]

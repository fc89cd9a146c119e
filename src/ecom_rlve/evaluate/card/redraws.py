"""Redraws: how many draws the generators threw away before they took one, by environment and difficulty."""

from __future__ import annotations

from dataclasses import dataclass

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.transition import draw
from ecom_rlve.evaluate.card.examined import SEEDS_APART
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import task_named


@dataclass(frozen=True, slots=True)
class Redraws:
    """What the generator of one environment threw away at one difficulty."""

    env: str
    difficulty: int
    n: int
    """Problems drawn."""
    thrown: int
    """Draws thrown away for them."""
    most: int
    """For one problem."""

    @property
    def rate(self) -> float:
        """Share of all draws that were thrown away, in [0, 1)."""
        return self.thrown / (self.thrown + self.n)


def count_redraws(env: str, difficulty: int, seeds: int, shop: Shop) -> Redraws:
    """Return what is thrown away for the problems of as many seeds."""
    task, catalog = task_named(env), shop.open()
    first = difficulty * SEEDS_APART
    specs = (EpisodeSpec(env, difficulty, seed) for seed in range(first, first + seeds))
    thrown = [draw(task, spec, catalog).redraws for spec in specs]
    return Redraws(env, difficulty, seeds, sum(thrown), max(thrown))

"""Cells of the card: what one agent did in one environment at one difficulty. Judges nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.reward import BEST
from ecom_rlve.env.transition import draw
from ecom_rlve.evaluate.card.grid import SHORTCUTS
from ecom_rlve.evaluate.runs import Job, Outcome, Shop, run
from ecom_rlve.tasks.registry import task_named


@dataclass(frozen=True, slots=True)
class CardCell:
    """What one agent did in one environment at one difficulty."""

    env: str
    agent: str
    difficulty: int
    n: int
    correct: int
    perfect: int
    """Episodes worth exactly the best reward."""
    invalid: int
    mean_reward: float
    lowest: float
    highest: float
    chance: float
    """Mean analytic chance of a blind pick over the same episodes."""
    causes: Mapping[str, int]


def play_cell(env: str, agent: str, difficulty: int, seeds: int, shop: Shop) -> CardCell:
    """Return what `agent` does on seeds 0 … seeds - 1."""
    specs = tuple(EpisodeSpec(env, difficulty, seed) for seed in range(seeds))
    outcomes = list(run(Job(specs, agent, shop, "gated", traced=False)))
    chance = math.fsum(_chance(spec, shop) for spec in specs) / len(specs) if agent in SHORTCUTS else 0.0
    return _cell(env, agent, difficulty, outcomes, chance)


def _chance(spec: EpisodeSpec, shop: Shop) -> float:
    task = task_named(spec.env)
    return task.chance(draw(task, spec, shop.open()))


def _cell(env: str, agent: str, difficulty: int, outcomes: Sequence[Outcome], chance: float) -> CardCell:
    rewards = [o.reward for o in outcomes if o.reward is not None]
    causes: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.cause:
            causes[outcome.cause] = causes.get(outcome.cause, 0) + 1
    return CardCell(
        env=env,
        agent=agent,
        difficulty=difficulty,
        n=len(rewards),
        correct=sum(o.correct for o in outcomes),
        perfect=sum(r == BEST for r in rewards),
        invalid=len(outcomes) - len(rewards),
        mean_reward=math.fsum(rewards) / len(rewards) if rewards else 0.0,
        lowest=min(rewards, default=0.0),
        highest=max(rewards, default=0.0),
        chance=chance,
        causes=causes,
    )

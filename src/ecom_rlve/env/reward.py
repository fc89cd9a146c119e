"""From a verdict to a reward (SPEC §3). Pure; every range is proven here and asserted, never clipped to hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecom_rlve.env.episode import Reward
from ecom_rlve.tasks.task import Reference, Score

Preset = Literal["gated", "published"]
PRESETS: tuple[Preset, ...] = ("gated", "published")
W_TASK, W_EFF, W_HALL = 0.75, 0.15, 0.10
BEST = 0.9
"""What a perfect episode earns: r_task = r_eff = 1, r_hall = 0."""
UNSEEN_LIMIT = 3
"""Unseen ids from which r_hall is -1."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the efficiency and grounding terms count."""

    turns: int
    free_turns: int
    calls: int
    unseen_ids: int


def compose(score: Score, counts: Counts, reference: Reference, max_turns: int, preset: Preset = "gated") -> Reward:
    """Return the reward of an episode that ended with `score`."""
    if preset == "gated":
        r_task = 1.0 if score.is_correct else 0.85 * score.raw - 0.15
        r_eff = efficiency(counts, reference, max_turns) if score.is_correct else -1.0
    else:
        r_task = score.raw
        r_eff = 1.0 - 2.0 * (max(1, counts.turns - counts.free_turns) - 1) / max(1, max_turns - 1)
    r_hall = -min(counts.unseen_ids, UNSEEN_LIMIT) / UNSEEN_LIMIT if counts.unseen_ids else 0.0
    total = W_TASK * r_task + W_EFF * r_eff + W_HALL * r_hall
    for name, value in (("r_task", r_task), ("r_eff", r_eff), ("r_hall", r_hall), ("reward", total)):
        if not -1.0 <= value <= 1.0:
            raise AssertionError(f"{name} must be in [-1, 1] before any clip, got {value}")
    return Reward(
        total=total,
        r_task=r_task,
        r_eff=r_eff,
        r_hall=r_hall,
        raw=score.raw,
        parts=score.parts,
        turns=counts.turns,
        free_turns=counts.free_turns,
        calls=counts.calls,
        unseen_ids=counts.unseen_ids,
    )


def efficiency(counts: Counts, reference: Reference, max_turns: int) -> float:
    """Return r_eff in [-1, 1] of a correct episode: 1 for as few turns and calls as the reference, or fewer.

    The sum has no lower bound (calls are unbounded), so -1 is its floor by definition, not a mended range.
    """
    effective = max(1, counts.turns - counts.free_turns)
    slow = 2.0 * max(0, effective - reference.effective) / max(1, max_turns - reference.effective)
    base = max(1, reference.calls)
    busy = 0.2 * max(0, counts.calls - base) / base
    return max(-1.0, 1.0 - slow - busy)


def hard_failure(counts: Counts) -> Reward:
    """Return the reward -1 of an episode that broke off."""
    return Reward(
        total=-1.0, r_task=-1.0, r_eff=-1.0, turns=counts.turns, free_turns=counts.free_turns, calls=counts.calls,
        unseen_ids=counts.unseen_ids,
    )  # fmt: skip

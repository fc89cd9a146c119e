"""V5 and V10: every term of the reward reaches its best, and no sum needs a clip. Knows no environment."""

from __future__ import annotations

import math

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.episode import Reward
from ecom_rlve.env.reward import BEST, UNSEEN_LIMIT, W_EFF, W_HALL, W_TASK
from ecom_rlve.evaluate.card.laws.law import Law, Trial, able, begun, solved, verdict
from ecom_rlve.tasks.registry import AnyTask

PLAYERS = ("oracle", "honest_wrong", "expert", "everything", "random_tool", "instant_done")
"""Whose rewards are added up again: right, nearly right, greedy, noisy and idle ones."""
_ROUNDING = 1e-12


def every_term_is_attained(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V5: with the oracle every part of the reward and every sub-score stands at an end of its scale, its best one."""
    reward = verdict(solved(catalog, spec)).reward
    parts = dict(reward.parts or {})
    cases = {
        "raw": reward.raw == 1.0,
        "r_task": reward.r_task == 1.0,
        "r_eff": reward.r_eff == 1.0,
        "r_hall": reward.r_hall == 0.0,
        "total": reward.total == BEST,
        # A sub-score is a merit that ends at 1 or a cost that ends at 0; raw = 1 says that it is the better end.
        **{name: value in (0.0, 1.0) for name, value in parts.items()},
    }
    noted = {"raw": reward.raw, "r_task": reward.r_task, "r_eff": reward.r_eff, "r_hall": reward.r_hall, **parts}
    broken = tuple(name for name, holds in cases.items() if not holds)
    return Trial(len(cases), broken, tuple(noted.items()))


def no_sum_needs_a_clip(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V10: whoever plays, the weighted sum as it stands, unclipped, is the reward, finite and in range."""
    cases: dict[str, bool] = {}
    for name in able(PLAYERS, task):
        env = begun(catalog, spec)
        player_named(name)(env)
        found = verdict(env.episode)
        cases[name] = (found.end == "hard_failure" and found.reward.total == -1.0) or adds_up(
            found.reward, is_correct=found.is_correct
        )
    return Trial(len(cases), tuple(name for name, holds in cases.items() if not holds))


def adds_up(reward: Reward, *, is_correct: bool) -> bool:
    """Whether a reward is the plain sum of its parts, worked out anew from raw and counts, all of them in range."""
    if reward.total is None:
        return False
    r_task = 1.0 if is_correct else 0.85 * reward.raw - 0.15
    r_hall = -min(1.0, reward.unseen_ids / UNSEEN_LIMIT)
    unclipped = W_TASK * r_task + W_EFF * reward.r_eff + W_HALL * r_hall
    same = math.isclose(unclipped, reward.total, abs_tol=_ROUNDING)
    inside = -1.0 <= unclipped <= BEST + _ROUNDING and all(-1.0 <= r <= 1.0 for r in (reward.raw, reward.r_eff, r_hall))
    return same and inside and (is_correct or reward.r_eff == -1.0)


LAWS = (
    Law("V5", "attained", "every term reaches its best value with the oracle", every_term_is_attained),
    Law("V10", "unclipped", "the parts add up to the reward without a clip, in [-1, 0.9]", no_sum_needs_a_clip),
)

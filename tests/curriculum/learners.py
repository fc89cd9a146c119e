"""Simulated learners: a skill and a chance to solve each difficulty. They play no episode."""

import math
from dataclasses import dataclass, replace

from ecom_rlve.core.rng import stream
from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.tally import Tally, effective_ratio, is_effective


@dataclass(frozen=True)
class Learner:
    skill: float = 0.0
    gain: float = 0.0
    """Skill won from one effective group: what GRPO can learn from."""

    def chance(self, level: int) -> float:
        return 1 / (1 + math.exp(2.0 * (level - self.skill)))


def train(curriculum: Curriculum, learner: Learner, *, steps: int, groups: int = 8, size: int = 8, seed: int = 0):
    """Return curriculum, learner and effective prompt ratio after `steps` steps."""
    kept = []
    for step in range(steps):
        tally, won = Tally.of(()), 0
        for i in range(groups):
            number = step * groups + i
            drawn = curriculum.draw(seed, number)
            rng = stream(seed, "learner", number)
            outcomes = [rng.chance(learner.chance(drawn.level)) for _ in range(size)]
            tally += Tally.of((drawn.track, drawn.level, o) for o in outcomes)
            won += is_effective(outcomes)
            kept.append(outcomes)
        learner = replace(learner, skill=learner.skill + learner.gain * won)
        curriculum = curriculum.updated(tally)
    return curriculum, learner, effective_ratio(kept)

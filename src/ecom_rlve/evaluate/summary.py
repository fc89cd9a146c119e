"""What came out of a run, in numbers: pass rates with intervals, rewards, failure causes. Knows no surface."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecom_rlve.core.wilson import wilson
from ecom_rlve.evaluate.runs import Outcome


@dataclass(frozen=True, slots=True)
class Cell:
    """Outcomes of one agent in one environment at one difficulty."""

    agent: str
    env: str
    difficulty: int
    n: int
    """Valid episodes."""
    invalid: int
    """Episodes that failed through a fault of ours; counted nowhere else."""
    correct: int
    mean_reward: float
    """0.0 where no episode was valid."""
    mean_turns: float
    mean_calls: float
    causes: Mapping[str, int]
    """Failure causes, most frequent first."""

    @property
    def pass_rate(self) -> float:
        """Share of valid episodes that were correct; 0.0 where none was valid."""
        return self.correct / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the pass rate."""
        return wilson(self.correct, self.n)


def summarise(outcomes: Iterable[Outcome]) -> list[Cell]:
    """Return a cell for every agent, environment and difficulty, in the order of their first outcome."""
    groups: dict[tuple[str, str, int], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.agent, outcome.spec.env, outcome.spec.difficulty), []).append(outcome)
    return [_cell(key, group) for key, group in groups.items()]


def _cell(key: tuple[str, str, int], outcomes: Sequence[Outcome]) -> Cell:
    valid = [(o, o.reward) for o in outcomes if o.reward is not None]
    n = len(valid)
    return Cell(
        *key,
        n=n,
        invalid=len(outcomes) - n,
        correct=sum(o.correct for o, _ in valid),
        mean_reward=math.fsum(r for _, r in valid) / n if n else 0.0,
        mean_turns=sum(o.turns for o, _ in valid) / n if n else 0.0,
        mean_calls=sum(o.calls for o, _ in valid) / n if n else 0.0,
        causes=dict(Counter(o.cause for o, _ in valid if o.cause).most_common()),
    )

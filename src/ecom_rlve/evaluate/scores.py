"""Scores: what a set of outcomes comes to, all in one value, with intervals clustered by episode.

Knows no surface and no file. Invalid episodes are counted, and enter nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.evaluate.runs import Outcome, Voiced
from ecom_rlve.evaluate.statistics import Estimate, flip_rate, mean, pass_at, pass_hat, share

PARTS: tuple[tuple[str, Callable[[Outcome], float]], ...] = (
    ("reward", lambda o: o.reward or 0.0),
    ("r_task", lambda o: o.worth.r_task),
    ("r_eff", lambda o: o.worth.r_eff),
    ("r_hall", lambda o: o.worth.r_hall),
    ("raw", lambda o: o.worth.raw),
    ("turns", lambda o: o.turns),
    ("calls", lambda o: o.calls),
    ("unseen_ids", lambda o: o.worth.unseen_ids),
    ("prompt_tokens", lambda o: o.usage.prompt_tokens),
    ("completion_tokens", lambda o: o.usage.completion_tokens),
    ("reasoning_tokens", lambda o: o.usage.reasoning_tokens),
)
"""What is averaged, by name."""


@dataclass(frozen=True, slots=True)
class Scores:
    tasks: int
    """Different episodes with a valid trial."""
    n: int
    """Valid trials."""
    invalid: int
    """Trials that failed through a fault that is not the agent's."""
    unanswered: int
    """Those of them whose endpoint did not answer."""
    correct: int
    passed: Estimate
    pass_hat: tuple[float, ...]
    """pass^k for k = 1 … the most trials that any episode has."""
    pass_at: tuple[float, ...]
    """pass@k, likewise."""
    flips: float | None
    """Chance that two trials of the same episode disagree; None with one trial each."""
    means: Mapping[str, Estimate]
    """Of everything in `PARTS`, by name."""
    subscores: Mapping[str, float]
    """Mean of every sub-score of the verdicts, over the episodes that have it."""
    usage: Usage
    """Sum over all trials, invalid ones included: they were paid for too."""
    cost: float | None
    """USD of that; None where no prices are known."""
    voice: Voiced
    """How the customer's words came about, all trials together."""
    causes: Mapping[str, int]
    """Failure causes, most frequent first."""
    flags: Mapping[str, int]

    @property
    def cost_per_success(self) -> float | None:
        """USD spent in all for each success; None without prices or successes."""
        return self.cost / self.correct if self.cost is not None and self.correct else None


def score(outcomes: Sequence[Outcome], prices: Prices | None = None) -> Scores:
    """Return the scores of outcomes of one agent."""
    valid = [o for o in outcomes if o.reward is not None]
    clusters: dict[str, list[Outcome]] = {}
    for outcome in valid:
        clusters.setdefault(str(outcome.spec), []).append(outcome)
    groups = list(clusters.values())
    counts = [(sum(o.correct for o in group), len(group)) for group in groups]
    most = max((n for _, n in counts), default=0)
    usage = sum((o.usage for o in outcomes), Usage())
    return Scores(
        tasks=len(groups),
        n=len(valid),
        invalid=len(outcomes) - len(valid),
        unanswered=sum(o.usage.unanswered for o in outcomes),
        correct=sum(o.correct for o in valid),
        passed=share(counts),
        pass_hat=tuple(v for k in range(1, most + 1) if (v := pass_hat(counts, k)) is not None),
        pass_at=tuple(v for k in range(1, most + 1) if (v := pass_at(counts, k)) is not None),
        flips=flip_rate(counts),
        means={name: mean([[part(o) for o in group] for group in groups]) for name, part in PARTS},
        subscores=_subscores(valid),
        usage=usage,
        cost=usage.cost(prices),
        voice=sum((o.voice for o in outcomes), Voiced()),
        causes=_counted(o.cause for o in valid if o.cause),
        flags=_counted(flag for o in valid for flag in o.flags),
    )


def by_cell(outcomes: Iterable[Outcome]) -> dict[tuple[str, int], list[Outcome]]:
    """Return outcomes by environment and difficulty, in the order of the first of each."""
    out: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        out.setdefault((outcome.spec.env, outcome.spec.difficulty), []).append(outcome)
    return out


def _subscores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for outcome in outcomes:
        for name, value in (outcome.worth.parts or {}).items():
            values.setdefault(f"{outcome.spec.env.rpartition('-')[0]}.{name}", []).append(value)
    return {name: math.fsum(found) / len(found) for name, found in values.items()}


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))

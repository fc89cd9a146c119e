"""Two runs on the same episodes: how far apart, how sure, and which episodes turned. Knows no surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecom_rlve.core.errors import SpecError
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.statistics import Estimate, Paired, mean, paired


@dataclass(frozen=True, slots=True)
class Comparison:
    """First run less second, over the episodes that both have valid trials of."""

    env: str
    """Empty for all environments together."""
    difficulty: int
    """-1 for all together."""
    first: float
    """Mean share of passed trials."""
    second: float
    passed: Paired
    reward: Paired
    flips: float
    """Chance that a trial of the one and a trial of the other, on the same episode, disagree."""
    gained: tuple[str, ...]
    """Episodes that the first passes in most trials and the second does not."""
    lost: tuple[str, ...]


def compare(first: Sequence[Outcome], second: Sequence[Outcome]) -> list[Comparison]:
    """Compare over everything, over every environment, and over every environment at every difficulty.

    Raises:
        SpecError: The runs have no episode in common.
    """
    ours, theirs = _by_task(first), _by_task(second)
    shared = [name for name in ours if name in theirs]
    if not shared:
        raise SpecError("the two runs have no valid episode in common: were they played on the same suite?")
    places = {name: ours[name][0].spec for name in shared}
    out = [_comparison("", -1, shared, ours, theirs)]
    for env in dict.fromkeys(spec.env for spec in places.values()):
        here = [name for name in shared if places[name].env == env]
        out.append(_comparison(env, -1, here, ours, theirs))
        for d in sorted({places[name].difficulty for name in here}):
            out.append(_comparison(env, d, [n for n in here if places[n].difficulty == d], ours, theirs))
    return out


_Tasks = dict[str, list[Outcome]]


def _comparison(env: str, difficulty: int, names: Sequence[str], ours: _Tasks, theirs: _Tasks) -> Comparison:
    passed = [_share(ours[name]) for name in names], [_share(theirs[name]) for name in names]
    reward = [_reward(ours[name]) for name in names], [_reward(theirs[name]) for name in names]
    pairs = list(zip(names, *passed, strict=True))
    return Comparison(
        env=env,
        difficulty=difficulty,
        first=sum(passed[0]) / len(names),
        second=sum(passed[1]) / len(names),
        passed=_of_shares(paired(*passed), [a - b for _, a, b in pairs], max(len(ours[name]) for name in names)),
        reward=paired(*reward),
        flips=sum(a * (1 - b) + b * (1 - a) for _, a, b in pairs) / len(names),
        gained=tuple(name for name, a, b in pairs if a > 0.5 >= b),
        lost=tuple(name for name, a, b in pairs if b > 0.5 >= a),
    )


def _of_shares(found: Paired, differences: Sequence[float], trials: int) -> Paired:
    """Return a comparison of shares with an interval that is never without width, and lies in [-1, 1].

    Bonett and Price (2012): as if one more trial had turned each way.
    """
    wider = mean([[d] for d in (*differences, 1 / trials, -1 / trials)])
    value = found.difference.value
    return replace(
        found, difference=Estimate(value, max(-1.0, min(value, wider.low)), min(1.0, max(value, wider.high)))
    )


def _by_task(outcomes: Sequence[Outcome]) -> _Tasks:
    out: _Tasks = {}
    for outcome in outcomes:
        if outcome.reward is not None:
            out.setdefault(str(outcome.spec), []).append(outcome)
    return out


def _share(trials: Sequence[Outcome]) -> float:
    return sum(o.correct for o in trials) / len(trials)


def _reward(trials: Sequence[Outcome]) -> float:
    return sum(o.reward or 0.0 for o in trials) / len(trials)

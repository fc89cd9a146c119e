"""What a whole evaluation comes to, as a page shows it: summary, heat map, frontier, reward parts, causes, cost.

Made from outcomes alone. Knows no HTML: templates draw what stands here, and every number has a place that a click
leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.env.diagnosis import CAUSES
from ecom_rlve.env.reward import W_EFF, W_HALL, W_TASK
from ecom_rlve.evaluate.compare import Comparison, compare
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.scores import Scores, by_cell, score
from ecom_rlve.evaluate.statistics import Estimate
from ecom_rlve.evaluate.suites import Frontier, Suite, frontiers


@dataclass(frozen=True, slots=True)
class Played:
    """One run, for a report."""

    agent: str
    """What it is called; different in every run of a report."""
    outcomes: Sequence[Outcome]
    suite: Suite | None = None
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Which episodes a number is about; what is empty or None is not asked for."""

    agent: str = ""
    env: str = ""
    d: int | None = None
    outcome: str = ""
    """A result, a cause or a flag."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the summary."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    passed: Estimate
    reward: float
    n: int
    correct: int
    invalid: int
    place: Place


@dataclass(frozen=True, slots=True)
class HeatRow:
    env: str
    cells: tuple[HeatCell | None, ...]
    """One for each difficulty; None where nothing was played."""
    whole: HeatCell


@dataclass(frozen=True, slots=True)
class PartsRow:
    """Where the mean reward comes from."""

    env: str
    total: float
    parts: tuple[tuple[str, float, float], ...]
    """(name, mean value, what it is worth after weighting)."""
    subscores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class CauseRow:
    cause: str
    is_flag: bool
    """A remark beside the cause: an episode is counted in both rows."""
    counts: tuple[tuple[int, Place], ...]
    """One for each difficulty."""
    total: int
    place: Place


@dataclass(frozen=True, slots=True)
class CauseTable:
    env: str
    difficulties: tuple[int, ...]
    failed: int
    n: int
    rows: tuple[CauseRow, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    env: str
    """Empty for all together."""
    turns: Estimate
    calls: Estimate
    requests: float
    """A trial, on average, like the tokens."""
    prompt_tokens: float
    completion_tokens: float
    reasoning_tokens: float
    cut: int
    empty: int
    unanswered: int
    cost: float | None
    per_success: float | None


@dataclass(frozen=True, slots=True)
class RunShown:
    """All figures of one run."""

    agent: str
    about: str
    """Which suite it played."""
    cards: tuple[Card, ...]
    difficulties: tuple[int, ...]
    heat: tuple[HeatRow, ...]
    frontiers: tuple[Frontier, ...]
    bar: float
    parts: tuple[PartsRow, ...]
    causes: tuple[CauseTable, ...]
    costs: tuple[CostRow, ...]
    """Empty for agents that are no model."""


@dataclass(frozen=True, slots=True)
class Overview:
    runs: tuple[RunShown, ...]
    compared: tuple[Comparison, ...]
    """First run less second; empty with one run."""
    difficulties: tuple[int, ...]
    """Of the comparison."""


def overview(runs: Sequence[Played]) -> Overview:
    """Return the figures of one run, or of two with their comparison.

    Raises:
        SpecError: Two runs have no episode in common.
        ValueError: There are none, or more than two.
    """
    if len(runs) not in (1, 2):
        raise ValueError(f"a report shows one run or two, got {len(runs)}")
    compared = tuple(compare(runs[0].outcomes, runs[1].outcomes)) if len(runs) == 2 else ()
    levels = sorted({c.difficulty for c in compared if c.difficulty >= 0})
    return Overview(tuple(_run(run) for run in runs), compared, tuple(levels))


def _run(run: Played) -> RunShown:
    cells = by_cell(run.outcomes)
    whole = score(run.outcomes, run.prices)
    envs = list(dict.fromkeys(env for env, _ in cells))
    per_env = {env: [o for (name, _), group in cells.items() if name == env for o in group] for env in envs}
    difficulties = tuple(sorted({d for _, d in cells}))
    found = tuple(frontiers(run.suite, list(run.outcomes))) if run.suite else ()
    return RunShown(
        agent=run.agent,
        about=f"{run.suite.name}: {run.suite.about}" if run.suite else "",
        cards=_cards(whole, found),
        difficulties=difficulties,
        heat=tuple(_heat_row(run.agent, env, per_env[env], cells, difficulties) for env in envs),
        frontiers=found,
        bar=run.suite.bar or 0.0 if run.suite else 0.0,
        parts=tuple(_parts(env, score(per_env[env])) for env in envs),
        causes=tuple(_causes(run.agent, env, per_env[env]) for env in envs),
        costs=_costs(run, per_env) if whole.usage.requests else (),
    )


def _cards(whole: Scores, found: Sequence[Frontier]) -> tuple[Card, ...]:
    reward = whole.means["reward"]
    cards = [
        Card(
            "passed", percent(whole.passed.value), f"95 % interval {span(whole.passed)}; {whole.correct} of {whole.n}"
        ),
        Card("mean reward", f"{reward.value:+.3f}", f"95 % interval {reward.low:+.3f} … {reward.high:+.3f}"),
    ]
    if len(whole.pass_hat) > 1:
        k = len(whole.pass_hat)
        series = ", ".join(f"pass^{i} {percent(v)}" for i, v in enumerate(whole.pass_hat, start=1))
        cards.append(Card(f"pass^{k}", percent(whole.pass_hat[-1]), f"all {k} tries right; {series}"))
        cards.append(Card(f"pass@{k}", percent(whole.pass_at[-1]), f"one of {k} tries right"))
    if whole.flips is not None:
        cards.append(Card("flip rate", percent(whole.flips), "two tries at the same episode disagree"))
    reached = [f.d90 for f in found if f.d90 is not None]
    if found:
        note = f"reached in {len(reached)} of {len(found)} environments"
        cards.append(Card("median d90", str(sorted(reached)[len(reached) // 2]) if reached else "none", note))
    if whole.cost is not None:
        each = "no success" if whole.cost_per_success is None else f"${whole.cost_per_success:.4f} for each success"
        cards.append(Card("cost", f"${whole.cost:.2f}", each))
    if whole.voice.replies:
        note = f"of {whole.voice.replies} replies; {percent(whole.voice.parsed_back)} of the model's texts parsed back"
        cards.append(Card("customer's words by the grammar", percent(whole.voice.fallback), note))
    fault = f"{whole.unanswered} of them unanswered by the endpoint" if whole.unanswered else "counted nowhere else"
    cards.append(Card("invalid", str(whole.invalid), fault if whole.invalid else "no fault of ours"))
    return tuple(cards)


def _cell(outcomes: Sequence[Outcome], place: Place) -> HeatCell:
    found = score(outcomes)
    return HeatCell(found.passed, found.means["reward"].value, found.n, found.correct, found.invalid, place)


def _heat_row(
    agent: str,
    env: str,
    outcomes: Sequence[Outcome],
    cells: Mapping[tuple[str, int], Sequence[Outcome]],
    difficulties: Sequence[int],
) -> HeatRow:
    row = (_cell(cells[env, d], Place(agent, env, d)) if (env, d) in cells else None for d in difficulties)
    return HeatRow(env, tuple(row), _cell(outcomes, Place(agent, env)))


def _parts(env: str, found: Scores) -> PartsRow:
    weights = (("task", "r_task", W_TASK), ("efficiency", "r_eff", W_EFF), ("grounding", "r_hall", W_HALL))
    parts = tuple((name, found.means[key].value, weight * found.means[key].value) for name, key, weight in weights)
    subscores = tuple((name.partition(".")[2].replace("_", " "), value) for name, value in found.subscores.items())
    return PartsRow(env, found.means["reward"].value, parts, subscores)


def _causes(agent: str, env: str, outcomes: Sequence[Outcome]) -> CauseTable:
    difficulties = tuple(sorted({o.spec.difficulty for o in outcomes}))
    failed = [o for o in outcomes if o.reward is not None and not o.correct]
    flags = list(dict.fromkeys(flag for o in failed for flag in o.flags))
    causes = [c for c in CAUSES if any(o.cause == c for o in failed)]
    rows = [_cause_row(agent, env, name, False, failed, difficulties) for name in causes]
    rows.sort(key=lambda row: -row.total)
    rows += [_cause_row(agent, env, name, True, failed, difficulties) for name in flags]
    return CauseTable(env, difficulties, len(failed), sum(o.reward is not None for o in outcomes), tuple(rows))


def _cause_row(
    agent: str, env: str, name: str, is_flag: bool, failed: Sequence[Outcome], difficulties: Sequence[int]
) -> CauseRow:
    mine = [o for o in failed if (name in o.flags if is_flag else o.cause == name)]
    counts = tuple((sum(o.spec.difficulty == d for o in mine), Place(agent, env, d, name)) for d in difficulties)
    return CauseRow(name, is_flag, counts, len(mine), Place(agent, env, None, name))


def _costs(run: Played, per_env: Mapping[str, Sequence[Outcome]]) -> tuple[CostRow, ...]:
    return tuple(_cost(env, score(outcomes, run.prices)) for env, outcomes in [*per_env.items(), ("", run.outcomes)])


def _cost(env: str, found: Scores) -> CostRow:
    trials = max(1, found.n + found.invalid)
    usage = found.usage
    return CostRow(
        env=env,
        turns=found.means["turns"],
        calls=found.means["calls"],
        requests=usage.requests / trials,
        prompt_tokens=usage.prompt_tokens / trials,
        completion_tokens=usage.completion_tokens / trials,
        reasoning_tokens=usage.reasoning_tokens / trials,
        cut=usage.cut,
        empty=usage.empty,
        unanswered=usage.unanswered,
        cost=found.cost,
        per_success=found.cost_per_success,
    )


def percent(value: float) -> str:
    """Write a share: no decimals needed, and 100 % only where it is."""
    if 0.995 <= value < 1.0:
        return "> 99 %"
    if 0.0 < value < 0.005:
        return "< 1 %"
    return f"{100 * value:.0f} %"


def span(estimate: Estimate) -> str:
    """Write the interval of a share, in percent."""
    return f"{100 * estimate.low:.0f}–{100 * estimate.high:.0f}"

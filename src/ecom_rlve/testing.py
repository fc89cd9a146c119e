"""The contract every environment keeps, as a public function: `check_task`. A ninth environment calls it in its tests.

Knows no particular environment. Each law is a function of its own that raises AssertionError with the name of the
episode that breaks it, so that a failure can be played again. Those of the validity card are among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ecom_rlve.agents.agent import Agent
from ecom_rlve.agents.degenerate import LAZY
from ecom_rlve.agents.expert import Expert
from ecom_rlve.agents.honest_wrong import nearly
from ecom_rlve.agents.oracle import solve
from ecom_rlve.agents.registry import player
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Verdict
from ecom_rlve.env.reward import BEST
from ecom_rlve.evaluate.card import laws as card_laws
from ecom_rlve.evaluate.card.laws import Law
from ecom_rlve.evaluate.playable import plays
from ecom_rlve.tasks.registry import AnyTask


@dataclass(frozen=True, slots=True)
class Grid:
    """Which episodes a check plays."""

    difficulties: tuple[int, ...] = (0, 1, 2, 3, 6, 9, 12, 16, 20)
    seeds: int = 20
    """Seeds 0 … seeds - 1 at every difficulty."""

    def specs(self, task: AnyTask) -> Iterable[EpisodeSpec]:
        """Yield the name of every episode."""
        for d in self.difficulties:
            for seed in range(self.seeds):
                yield EpisodeSpec(f"{task.name}-v{task.version}", d, seed)


def check_task(task: AnyTask, catalog: Catalog | None = None, grid: Grid = Grid()) -> None:
    """Check every law of the contract on `task`.

    Args:
        task: It must be in the registry (or come from an installed entry point): episodes are played by name.
        catalog: Where episodes take place; the embedded one of 2,000 products if left out.
        grid: Which episodes.

    Raises:
        AssertionError: A law is broken; the message names law and episode.
    """
    shop = catalog if catalog is not None else embedded(2_000)
    for law in LAWS:
        law(task, shop, grid)


def oracle_is_perfect(task: AnyTask, catalog: Catalog, grid: Grid) -> None:
    """V1, V5: the oracle is correct and earns exactly the best reward, within the budget it was given."""
    env = Env(catalog)
    for spec in grid.specs(task):
        env.reset(spec)
        reference = env.episode.reference
        solve(env)
        verdict = _verdict(env)
        counts = (verdict.reward.turns, verdict.reward.free_turns, verdict.reward.calls)
        _hold(verdict.is_correct, "the oracle is correct", spec, verdict)
        _hold(verdict.reward.total == BEST, f"the oracle earns {BEST}", spec, verdict)
        expected = (reference.turns, reference.free, reference.calls)
        _hold(counts == expected, f"the reference {expected} is what the oracle takes", spec, verdict)
        _hold(env.episode.max_turns >= reference.turns + 2, "the budget leaves slack", spec, verdict)


def lazy_never_pass(task: AnyTask, catalog: Catalog, grid: Grid) -> None:
    """V3: silent, instantly done, only asking and greedy agents never pass; a wrong try is worth more on average."""
    env, honest = Env(catalog), list[float]()
    for spec in _few(task, grid):
        env.reset(spec)
        nearly(env)
        honest.append(_verdict(env).reward.total or 0.0)
    for make in LAZY:
        earned = list[float]()
        for spec in _few(task, grid):
            verdict = _played(make(), spec, catalog)
            total = verdict.reward.total
            _hold(not verdict.is_correct and total is not None, f"{make().name} does not pass", spec, verdict)
            earned.append(total if total is not None else 0.0)
        if math.fsum(earned) >= math.fsum(honest):
            raise AssertionError(f"{make().name} earns less than an honest wrong try: broken in {task.name}")


def no_bug_of_ours(task: AnyTask, catalog: Catalog, grid: Grid) -> None:
    """V10, V16: no agent makes an episode invalid; every reward is finite and in range."""
    makers: Sequence[Callable[[], Agent]] = (*LAZY, Expert) if plays(Expert.name, task.name) else LAZY
    for make in makers:
        for spec in _few(task, grid):
            verdict = _played(make(), spec, catalog)
            total = verdict.reward.total
            _hold(verdict.end != "invalid", "no episode is invalid", spec, verdict)
            _hold(total is not None and math.isfinite(total) and -1 <= total <= BEST, "rewards in range", spec, verdict)


def nearly_right_is_wrong(task: AnyTask, catalog: Catalog, grid: Grid) -> None:
    """V7: the oracle's way with one thing too many fails, and earns less than it."""
    env = Env(catalog)
    for spec in _few(task, grid):
        env.reset(spec)
        nearly(env)
        verdict = _verdict(env)
        _hold(not verdict.is_correct and bool(verdict.cause), "nearly right is wrong, for a reason", spec, verdict)


def _kept(law: Law) -> Callable[[AnyTask, Catalog, Grid], None]:
    """Return a law of the validity card as one of the contract, tried on a tenth of the seeds."""

    def keeps(task: AnyTask, catalog: Catalog, grid: Grid) -> None:
        for spec in grid.specs(task):
            if spec.seed < max(1, grid.seeds // 10):
                for case in law.holds(task, catalog, spec).broken:
                    raise AssertionError(f"{law.id}, {law.says}: broken by {spec}: {case}")

    keeps.__name__ = law.name
    return keeps


LAWS: tuple[Callable[[AnyTask, Catalog, Grid], None], ...] = (
    oracle_is_perfect,
    lazy_never_pass,
    no_bug_of_ours,
    nearly_right_is_wrong,
    *map(_kept, card_laws.LAWS),
)
"""The contract; `check_task` checks all of them."""


def _few(task: AnyTask, grid: Grid) -> Iterable[EpisodeSpec]:
    return (spec for spec in grid.specs(task) if spec.seed < max(1, grid.seeds // 4))


def _played(agent: Agent, spec: EpisodeSpec, catalog: Catalog) -> Verdict:
    env = Env(catalog)
    env.reset(spec)
    player(agent)(env)
    return _verdict(env)


def _verdict(env: Env) -> Verdict:
    verdict = env.episode.verdict
    assert verdict is not None, "the episode must be over"
    return verdict


def _hold(holds: bool, law: str, spec: EpisodeSpec, verdict: Verdict | None = None) -> None:
    if not holds:
        raise AssertionError(f"{law}: broken by {spec}" + (f": {verdict}" if verdict else ""))

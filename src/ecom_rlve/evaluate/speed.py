"""Speed and memory of one process: resets, steps, verdicts and whole episodes, at several catalogue sizes, in one run.

CPU time throughout: what the code needs, not what else the machine does. Knows no terminal and no file.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS, task_named
from ecom_rlve.tools.toolbox import execute, find
from ecom_rlve.world.world import World

ROUNDS: Final = 5
"""Sizes take turns so often, so that drift of the machine hits all alike."""
LOOKS: Final = (ToolCall("cart.view", {}), ToolCall("datetime.now", {}), ToolCall("user.get_visit_history", {}))
"""Calls of the step figure: none of them searches."""
FLAT: Final = ("cart_building", "returns", "order_tracking", "policy_qa")
"""Environments whose resets and steps must cost the same at any size."""
FLAT_WITHIN: Final = 1.3
RERANKED: Final = 200
"""Products in one call of `catalog.rerank`, the most it takes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of CPU time of one thing done again and again."""

    p50: float
    p99: float
    rate: float
    """How often it is done in a second."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures of one environment on one catalogue, one core."""

    env: str
    difficulty: int
    size: int
    reset: Timing
    step: Timing
    """Turns with one look-up that does not search, every second one with words the customer answers."""
    verdict: Timing
    """Judging a submission: where lists are asked for, with the exact set of what would have done."""
    oracle: Timing
    """Whole episodes of the reference solution, reset and searches included."""


def measure(env: str, difficulty: int, catalogs: Sequence[Catalog], count: int) -> list[Speed]:
    """Return figures for every catalogue, smallest first as given.

    Args:
        env: Versioned environment name.
        difficulty: Of all episodes.
        catalogs: Where.
        count: Episodes a round; there are `ROUNDS`.
    """
    if count < 1 or not catalogs:
        raise SpecError(f"speed takes at least one episode and one catalogue, got {count} and {len(catalogs)}")
    works = (_resets, _steps, _verdicts, _episodes)
    spent: list[list[list[float]]] = [[[] for _ in works] for _ in catalogs]
    for round_ in range(ROUNDS):
        names = [EpisodeSpec(env, difficulty, seed) for seed in range(round_ * count, (round_ + 1) * count)]
        for mine, catalog in zip(spent, catalogs, strict=True):
            shell = Env(catalog)
            shell.reset(names[0])
            for times, work in zip(mine, works, strict=True):
                gc.collect()
                times.extend(work(shell, names))
    return [
        Speed(env, difficulty, len(catalog), *map(timing, mine)) for catalog, mine in zip(catalogs, spent, strict=True)
    ]


def timing(seconds: Sequence[float]) -> Timing:
    """Return the figures of at least one measurement; quantiles are measurements, not interpolated."""
    ordered = sorted(seconds)
    p50, p99 = (ordered[(len(ordered) - 1) * share // 100] for share in (50, 99))
    return Timing(round(1000 * p50, 4), round(1000 * p99, 4), round(len(ordered) / max(sum(ordered), 1e-9), 1))


def flatness(speeds: Sequence[Speed]) -> dict[str, float]:
    """Return, for each of `FLAT` that was measured, how many times as long its slowest size takes as its fastest.

    The worst of resets and steps (p50) over all difficulties.
    """
    out: dict[str, float] = {}
    for one in speeds:
        name = one.env.rpartition("-v")[0]
        if name not in FLAT:
            continue
        same = [s for s in speeds if (s.env, s.difficulty) == (one.env, one.difficulty)]
        for medians in ([s.reset.p50 for s in same], [s.step.p50 for s in same]):
            out[name] = max(out.get(name, 1.0), max(medians) / min(medians))
    return out


def rerank(catalog: Catalog, count: int) -> Timing:
    """Return how long `catalog.rerank` takes for 200 products of anywhere, `count` times."""
    shell = Env(catalog)
    task = TASKS["product_discovery"]
    shell.reset(EpisodeSpec(f"{task.name}-v{task.version}", 0, 0))
    world: World = shell.episode.world
    tool, step = find("catalog.rerank"), max(1, len(catalog) // RERANKED)
    calls: list[ToolCall] = []
    for i in range(count):
        rows = [(i + step * k) % len(catalog) for k in range(RERANKED)]
        ids = [catalog.id_of(row) for row in rows]
        calls.append(ToolCall(tool.name, {"product_ids": ids, "like": ids[0]}))
    spent: list[float] = []
    for call in calls:
        began = time.process_time()
        execute(world, call, tool.check(call.args))
        spent.append(time.process_time() - began)
    return timing(spent)


def report(speeds: Sequence[Speed], more: Mapping[str, float | str]) -> dict[str, Any]:  # Any: a JSON document
    """Return everything as a JSON document."""
    flat = {name: round(ratio, 3) for name, ratio in flatness(speeds).items()}
    return {**more, "flatness": flat, "flat_within": FLAT_WITHIN, "speeds": [asdict(s) for s in speeds]}


def _resets(env: Env, names: Sequence[EpisodeSpec]) -> list[float]:
    return [_spent(lambda name=name: env.reset(name)) for name in names]


def _episodes(env: Env, names: Sequence[EpisodeSpec]) -> list[float]:
    def play(name: EpisodeSpec) -> None:
        env.reset(name)
        solve(env)

    return [_spent(lambda name=name: play(name)) for name in names]


def _steps(env: Env, names: Sequence[EpisodeSpec]) -> list[float]:
    spent: list[float] = []
    for name in names:
        env.reset(name)
        while not env.episode.is_over:
            said = "" if len(spent) % 2 else "Which brand would you like?"
            action = Action(said, (LOOKS[len(spent) % len(LOOKS)],))
            spent.append(_spent(lambda action=action: env.step(action)))
    return spent


def _verdicts(env: Env, names: Sequence[EpisodeSpec]) -> list[float]:
    spent: list[float] = []
    for name in names:
        env.reset(name)
        solve(env)
        episode, task = env.episode, task_named(name.env)
        answer = next((turn.action.answer for turn in reversed(episode.turns) if turn.action.answer is not None), None)
        given = None if name.env.startswith("journey") else answer  # its answers have been taken one by one
        spent.append(_spent(lambda t=task, e=episode, a=given: t.verify(e.goal, e.world, a)))
    return spent


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def resident_mb() -> float:
    """Return this process's resident memory in MiB (Linux), or 0.0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(text for text in status.read_text().splitlines() if text.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def growth(env: str, difficulty: int, catalog: Catalog, episodes: int) -> tuple[float, float]:
    """Return resident MiB after a tenth of `episodes` oracle episodes, and after all of them."""
    shell = Env(catalog)
    after_warm_up = 0.0
    for seed in range(episodes):
        if seed == episodes // 10:
            gc.collect()
            after_warm_up = resident_mb()
        shell.reset(f"{env}/d{difficulty}/s{seed}")
        solve(shell)
    gc.collect()
    return after_warm_up, resident_mb()

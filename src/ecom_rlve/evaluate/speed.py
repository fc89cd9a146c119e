"""Speed and memory of one process: resets, steps, whole episodes, at several catalogue sizes, in one run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env

ROUNDS = 5
"""Each figure is the best of so many interleaved rounds: what the code needs, not what else the machine does."""
LOOKS = (ToolCall("cart.view", {}), ToolCall("datetime.now", {}), ToolCall("user.get_visit_history", {}))
"""Calls of the step figure: none of them searches."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures of one environment on one catalogue, per second on one core."""

    env: str
    difficulty: int
    size: int
    resets: float
    steps: float
    """Turns with one look-up that does not search, every second one with words the customer answers."""
    episodes: float
    """Whole oracle episodes, searches included."""


def measure(env: str, difficulty: int, catalogs: Sequence[Catalog], count: int) -> list[Speed]:
    """Return figures for every catalogue, rounds interleaved so that drift of the machine hits all alike.

    Args:
        env: Versioned environment name.
        difficulty: Of all episodes.
        catalogs: Where.
        count: Episodes a round.
    """
    best = [(0.0, 0.0, 0.0)] * len(catalogs)
    for round_ in range(ROUNDS):
        names = [f"{env}/d{difficulty}/s{seed}" for seed in range(round_ * count, (round_ + 1) * count)]
        for i, catalog in enumerate(catalogs):
            shell = Env(catalog)
            found = (_rate(_resets, shell, names), _steps(shell, names), _rate(_oracle, shell, names))
            best[i] = (max(best[i][0], found[0]), max(best[i][1], found[1]), max(best[i][2], found[2]))
    return [Speed(env, difficulty, len(c), *rates) for c, rates in zip(catalogs, best, strict=True)]


def _rate(work: Callable[[Env, Sequence[str]], None], env: Env, names: Sequence[str]) -> float:
    gc.collect()
    began = time.perf_counter()
    work(env, names)
    return len(names) / (time.perf_counter() - began)


def _resets(env: Env, names: Sequence[str]) -> None:
    for name in names:
        env.reset(name)


def _oracle(env: Env, names: Sequence[str]) -> None:
    for name in names:
        env.reset(name)
        solve(env)


def _steps(env: Env, names: Sequence[str]) -> float:
    steps, spent = 0, 0.0
    for name in names:
        env.reset(name)
        began = time.perf_counter()
        while not env.episode.is_over:
            said = "" if steps % 2 else "Which brand would you like?"
            env.step(Action(said, (LOOKS[steps % len(LOOKS)],)))
            steps += 1
        spent += time.perf_counter() - began
    return steps / spent


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

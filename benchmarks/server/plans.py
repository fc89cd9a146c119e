"""Episodes whose rewards and answers are known beforehand: what the engine says in this process to the same calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.server.process import SIZE

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.adapters.openenv.environment import shown
from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.views import Json, to_json
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


@dataclass(frozen=True, slots=True)
class Plan:
    """One episode."""

    spec: str
    calls: tuple[dict[str, Any], ...]
    """As steps of the protocol."""
    opening: str
    """What the customer says first."""
    answers: tuple[Json, ...]
    """What the engine answers to each call; no two plans have the same."""
    reward: float
    """What the engine pays for the last call: 0.0 where the episode goes on."""
    done: bool


def plans(count: int, difficulty: int = 1, envs: Sequence[str] = tuple(TASKS)) -> list[Plan]:
    """Return `count` episodes, environments alternating; every third hands in too early and fails."""
    env = Env(embedded(SIZE))
    return [
        _planned(env, f"{envs[i % len(envs)]}-v0/d{difficulty}/s{i // len(envs)}", i % 3 == 2) for i in range(count)
    ]


def _planned(env: Env, spec: str, spoilt: bool) -> Plan:
    env.reset(spec)
    solve(env)
    budget = env.episode.difficulty.B_tool
    calls = [c for turn in env.episode.turns for c in turn_calls(turn.action, budget)]
    if spoilt:
        calls = [*calls[:-1][: len(calls) // 2], calls[-1]]
    opening = env.reset(spec)[0].message
    steps = env.play(calls)
    last = steps[-1]
    assert last.reward is not None, f"{spec} is invalid"
    asked = tuple(
        {"type": "call_tool", "tool_name": c.name.replace(".", "_"), "arguments": to_json(c.args)}
        for c in calls[: len(steps)]
    )
    told = tuple(shown(step.observation) for step in steps)
    return Plan(spec, asked, opening, told, last.reward, last.terminated or last.truncated)

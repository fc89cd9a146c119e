"""Episodes whose rewards are known beforehand: what the engine paid in this process for the same calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.server.process import SIZE

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.views import to_json
from ecom_rlve.env.chat import native_calls
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


@dataclass(frozen=True, slots=True)
class Plan:
    """One episode."""

    spec: str
    calls: tuple[dict[str, Any], ...]
    """As steps of the protocol."""
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
    calls = [c for turn in env.episode.turns for c in native_calls(turn.action)]
    if spoilt:
        calls = [*calls[:-1][: len(calls) // 2], calls[-1]]
        env.reset(spec)
        env.play(calls)
    verdict = env.episode.verdict
    steps = tuple(
        {"type": "call_tool", "tool_name": c.name.replace(".", "_"), "arguments": to_json(c.args)} for c in calls
    )
    reward = verdict.reward.total if verdict else 0.0
    assert reward is not None, f"{spec} is invalid"
    return Plan(spec, steps, reward, verdict is not None)

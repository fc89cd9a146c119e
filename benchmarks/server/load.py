"""Many sessions at once: whose episodes get the right reward, how fast, and what memory does over time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.server.plans import Plan
from benchmarks.server.process import SIZE, Server, ask, opened
from openenv.core.env_server.mcp_types import CallToolAction
from openenv.core.env_server.serialization import serialize_observation

from ecom_rlve.adapters.openenv.environment import EcomEnvironment
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.env.env import Env


@dataclass(frozen=True, slots=True)
class Load:
    """What a load brought."""

    sessions: int
    episodes: int
    steps: int
    wrong: int
    """Episodes with another reward than in process, or none."""
    mixed: int
    """Answers, first words of customers included, that were not letter for letter those of their own episode."""
    seconds: float
    cpu_s: float
    """Of the server."""


async def load(server: Server, sessions: int, episodes: int, known: Sequence[Plan]) -> Load:
    """Play `episodes` episodes in each of `sessions` concurrent sessions, each another order of `known`."""
    steps = wrong = mixed = 0

    async def session(number: int) -> None:
        nonlocal steps, wrong, mixed
        async with opened(server) as ws:
            for i in range(episodes):
                plan = known[(number * 7 + i) % len(known)]
                answer = await ask(ws, "reset", {"spec": plan.spec})
                mixed += _said(answer).get("customer") != plan.opening
                for call, expected in zip(plan.calls, plan.answers, strict=True):
                    answer = await ask(ws, "step", call)
                    mixed += _said(answer).get("result") != expected
                    steps += 1
                data = answer["data"]
                wrong += data.get("reward") != plan.reward or data.get("done") != plan.done

    began, cpu = time.monotonic(), server.cpu_s()
    await asyncio.gather(*(session(n) for n in range(sessions)))
    return Load(sessions, sessions * episodes, steps, wrong, mixed, time.monotonic() - began, server.cpu_s() - cpu)


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    return answer["data"].get("observation", {})


async def sessions_over_time(server: Server, count: int, plan: Plan, at_once: int = 16) -> tuple[float, float, int]:
    """Open and close `count` sessions with one episode each.

    Returns:
        Resident MiB after a tenth of them, after all of them, and how many episodes had a wrong reward.
    """
    wrong = 0

    async def one() -> None:
        nonlocal wrong
        async with opened(server) as ws:
            answer = await ask(ws, "reset", {"spec": plan.spec})
            for call in plan.calls:
                answer = await ask(ws, "step", call)
            wrong += answer["data"].get("reward") != plan.reward

    early = 0.0
    for done in range(0, count, at_once):
        await asyncio.gather(*(one() for _ in range(min(at_once, count - done))))
        if not early and done >= count // 10:
            early = server.resident_mb()
    return early, server.resident_mb(), wrong


SPEED_SPEC = "cart_building-v0/d20/s1"
"""Has room for many calls: eleven a turn."""
SPEED_CALL = {"type": "call_tool", "tool_name": "cart_view", "arguments": {}}


@dataclass(frozen=True, slots=True)
class Speed:
    """Steps in a second of CPU time, of one and the same look-up."""

    steps: int
    served: float
    """Over a websocket, counting the server's process."""
    session: float
    """As a step of the served session, its observation written for the wire: the server without OpenEnv's sockets."""
    in_process: float
    """As a call of `Env`, its result written as JSON."""


async def speed(server: Server, rounds: int) -> Speed:
    """Return how fast steps are, over `rounds` episodes of 100 steps; resets are not counted."""
    served = steps = 0.0
    async with opened(server) as ws:
        for _ in range(rounds + 1):
            await ask(ws, "reset", {"spec": SPEED_SPEC})
            began = server.cpu_s()
            for _ in range(100):
                answer = await ask(ws, "step", SPEED_CALL)
                assert answer["type"] == "observation", answer
            if steps or served:
                served += server.cpu_s() - began
                steps += 100
            served = served or 1e-9  # The first round warms up.
    env, session = Env(embedded(SIZE)), EcomEnvironment(embedded(SIZE))
    action = CallToolAction(tool_name="cart_view", arguments={})

    def called() -> None:
        env.call(ToolCall("cart_view", {})).observation.text()

    def stepped() -> None:
        json.dumps(serialize_observation(session.step(action)))

    alone = _rate(rounds, lambda: env.reset(SPEED_SPEC), called)
    inside = _rate(rounds, lambda: session.reset(spec=SPEED_SPEC), stepped)
    return Speed(int(steps), steps / max(served, 1e-9), inside, alone)


def _rate(rounds: int, begin: Callable[[], object], step: Callable[[], None]) -> float:
    """Return steps in a second of this process's CPU time, over `rounds` episodes of 100."""
    spent = 0.0
    for _ in range(rounds):
        begin()
        began = time.process_time()
        for _ in range(100):
            step()
        spent += time.process_time() - began
    return rounds * 100 / max(spent, 1e-9)

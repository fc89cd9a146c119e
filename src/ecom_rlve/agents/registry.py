"""Built-in players by name, each as a function that plays the live episode of an `Env` to its end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ecom_rlve.agents import degenerate
from ecom_rlve.agents.agent import Agent, Briefing
from ecom_rlve.agents.expert import Expert, FixedSkill
from ecom_rlve.agents.honest_wrong import nearly
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.chat import observation_after
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Step

Player = Callable[[Env], Step]

_AGENTS: Final[tuple[Callable[[], Agent], ...]] = (Expert, FixedSkill, *degenerate.LAZY, *degenerate.SHORTCUTS)
PLAYERS: Final[Mapping[str, Callable[[], Player]]] = MappingProxyType(
    {"oracle": lambda: solve, "honest_wrong": lambda: nearly}
    | {make().name: lambda make=make: player(make()) for make in _AGENTS}
)
"""Name to a factory; "oracle" and "honest_wrong" see the hidden goal, all others only what every agent sees."""


def player_named(name: str) -> Player:
    """Return a fresh player; an unknown name is a SpecError that lists the known ones."""
    if name not in PLAYERS:
        raise SpecError(f"unknown agent {name!r}: known are {', '.join(PLAYERS)}")
    return PLAYERS[name]()


def player(agent: Agent) -> Player:
    """Return the player that lets `agent` play."""

    def play(env: Env) -> Step:
        move = agent.begin(briefing(env), observation_after(env.episode))
        while True:
            step = env.step(move)
            if step.terminated or step.truncated:
                return step
            move = agent.act(step.observation)

    return play


def briefing(env: Env) -> Briefing:
    """Return what an agent is told of the live episode."""
    episode = env.episode
    seed = int.from_bytes(hashlib.blake2b(str(episode.spec).encode(), digest_size=6).digest(), "big")
    turns, calls = episode.max_turns, episode.difficulty.B_tool
    taxonomy, answer = env.catalog.taxonomy, env.task.answer_type
    return Briefing(env.task.name, env.system_prompt(), turns, calls, taxonomy, answer, seed)

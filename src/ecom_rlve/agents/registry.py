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
from ecom_rlve.agents.red_team import RED_TEAM
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.chat import observation_after
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Shell, Step

Player = Callable[[Env], Step]

_AGENTS: Final[tuple[Callable[[], Agent], ...]] = (Expert, FixedSkill, *degenerate.LAZY, *degenerate.SHORTCUTS)
PLAYERS: Final[Mapping[str, Callable[[], Player]]] = MappingProxyType(
    {"oracle": lambda: solve, "honest_wrong": lambda: nearly}
    | {make().name: lambda make=make: player(make()) for make in _AGENTS}
)
"""Name to a factory; "oracle" and "honest_wrong" see the hidden goal, all others only what every agent sees."""
CHEATS: Final[Mapping[str, Callable[[], Player]]] = MappingProxyType(
    {f"red_team/{cheat.name}": lambda cheat=cheat: player(cheat()) for cheat in RED_TEAM}
)
"""The red team, apart from the players that are listed for people."""


def player_named(name: str) -> Player:
    """Return a fresh player; an unknown name is a SpecError that lists the known ones."""
    make = PLAYERS.get(name) or CHEATS.get(name)
    if make is None:
        known = ", ".join(CHEATS if name.startswith("red_team") else (*PLAYERS, "red_team/…"))
        raise SpecError(f"unknown agent {name!r}: known are {known}")
    return make()


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


def agent_named(name: str) -> Agent:
    """Return a fresh agent that sees only what every agent sees; for others a SpecError."""
    for make in _AGENTS:
        if (agent := make()).name == name:
            return agent
    player_named(name)
    raise SpecError(f"{name!r} sees the hidden goal and plays with the plain customer only")


def briefing(env: Shell) -> Briefing:
    """Return what an agent is told of the live episode."""
    episode = env.episode
    seed = int.from_bytes(hashlib.blake2b(str(episode.spec).encode(), digest_size=6).digest(), "big")
    turns, calls = episode.max_turns, episode.difficulty.B_tool
    taxonomy, answer = env.catalog.taxonomy, env.task.answer_type
    return Briefing(env.task.name, env.system_prompt(), turns, calls, taxonomy, answer, seed)

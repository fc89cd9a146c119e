"""A show: an agent plays, one turn at a time, for somebody who may pause it, step, and take over.

Knows no page. Any player can be watched: one that moves turn by turn is asked for each turn; one that plays a whole
episode at once (the oracle) plays a fork first, and its turns are then played again, which gives the same episode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ecom_rlve.agents.agent import Agent, Move
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.agents.registry import PLAYERS, agent_named, briefing, player_named
from ecom_rlve.apps.studio.seat import Seat
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import observation_after
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.runs import Shop

Mover = Callable[[Env], Iterator[Move]]
"""Yields an agent's turns; between two of them the turn was played."""


@dataclass(slots=True)
class Show:
    """Mutable on purpose: it is the session."""

    shop: Shop
    env: Env
    agent: str
    moves: Iterator[Move]
    playing: bool = False
    """Whether it goes on by itself."""
    asked: int = 0
    """How often it was told to play, to pause or to make room: who plays on for an earlier time stops."""
    before: list[Env] = field(default_factory=list[Env])
    """The episode before every turn played, first to last: any of them can be taken over."""

    def step(self) -> None:
        """Play one turn, unless the episode is over."""
        if self.env.episode.is_over:
            return
        move = next(self.moves)
        self.before.append(self.env.fork())
        self.env.step(move)

    def take_over(self, turn: int) -> Seat:
        """Return a seat at a fork of the episode as it stood before `turn`, counted from 1; the show is unchanged.

        A turn not played yet means now.
        """
        at = self.before[turn - 1] if 1 <= turn <= len(self.before) else self.env
        return Seat(self.shop, at.fork(), player=f"{self.agent}, then you")


def begin_show(shop: Shop, spec: EpisodeSpec, agent: str, models: dict[str, Mover]) -> Show:
    """Begin a show.

    Args:
        shop: Where.
        spec: Which episode.
        agent: A built-in player, or one of `models`.
        models: Further movers by name.

    Raises:
        SpecError: There is no such episode or agent.
        GenerationError: This catalogue offers no such problem.
    """
    if agent not in models and agent not in PLAYERS:
        raise SpecError(f"unknown agent {agent!r}: known are {', '.join((*PLAYERS, *models))}")
    env = Env(shop.open())
    env.reset(spec)
    moves = models[agent](env) if agent in models else _built_in(agent)(env)
    return Show(shop, env, agent, moves)


def names(models: dict[str, Mover]) -> Sequence[str]:
    """Return who can be watched, in order."""
    return (*models, *PLAYERS)


def _built_in(name: str) -> Mover:
    try:
        agent = agent_named(name)
    except SpecError:  # It sees the goal, and plays whole episodes only.
        return lambda env: _played_before(env, name)
    return lambda env: _turn_by_turn(env, agent)


def _turn_by_turn(env: Env, agent: Agent) -> Iterator[Move]:
    yield agent.begin(briefing(env), observation_after(env.episode))
    while True:
        yield agent.act(observation_after(env.episode))


def _played_before(env: Env, name: str) -> Iterator[Move]:
    twin = env.fork()
    player_named(name)(twin)
    for turn in twin.episode.turns:
        yield turn.raw if turn.raw is not None else turn.action


def served(endpoint: Endpoint) -> Mover:
    """Return how the model behind an endpoint moves: one JSON action a turn, asked for when the turn comes.

    A turn raises EndpointError where the endpoint does not answer; the episode then stands where it stood.
    """
    from ecom_rlve.agents.model.client import ChatClient  # noqa: PLC0415 (it needs the extra `model`)

    async def asked(env: Env) -> Move:
        async with ChatClient(endpoint) as client:
            return (await client.complete(list(env.messages("json")), [], 0)).content

    # Unlike a generator, this kind of iterator survives a request that failed.
    return lambda env: iter(lambda: asyncio.run(asked(env)), None)

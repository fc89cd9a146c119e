"""Runs of a model: as many episodes at once as the endpoint takes requests, in one process and one event loop.

Waiting for replies is all that takes time; the environments themselves are plain computing between two awaits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from ecom_rlve.agents.model.cache import ReplyCache
from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.player import ModelPlayer
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.agents.registry import agent_named, briefing
from ecom_rlve.core.errors import EcomRlveError, EndpointError
from ecom_rlve.env.chat import Message, observation_after
from ecom_rlve.env.env import AsyncEnv, AsyncUser
from ecom_rlve.evaluate.runs import Outcome, outcome
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.standing import Standing
from ecom_rlve.evaluate.suites import Trial
from ecom_rlve.users.awaited import Awaited
from ecom_rlve.users.customer import Customer
from ecom_rlve.users.voice import TRIES as VOICE_TRIES
from ecom_rlve.users.voice import Voice

Put = Callable[[Outcome], None]
DEAD = 8
"""Episodes in a row without an answer, beyond those under way at once, after which an endpoint counts as dead."""


def play(setting: Setting, cache: Path, trials: Sequence[Trial], put: Put, standing: Standing) -> None:
    """Play trials and hand each outcome to `put` as soon as it is there.

    Args:
        setting: It names an endpoint of a model, of a voice, or both.
        cache: File of replies, so that a request that was answered is never sent again.
        trials: What to play.
        put: Called in this thread.
        standing: Its traffic is kept up to date.

    Raises:
        RefusedError: The endpoint refuses every request.
        EndpointError: It has stopped answering.
    """
    replies = ReplyCache(cache)
    try:
        asyncio.run(_play(setting, replies, trials, put, standing))
    except BaseExceptionGroup as group:
        # A reader is told of the first fault; that the other dialogues were cancelled for it is no news.
        raise _first(group) from None
    finally:
        replies.close()


async def _play(setting: Setting, cache: ReplyCache, trials: Sequence[Trial], put: Put, standing: Standing) -> None:
    async with AsyncExitStack() as stack:
        clients = [
            None if endpoint is None else await stack.enter_async_context(ChatClient(endpoint, cache))
            for endpoint in (setting.endpoint, setting.voice)
        ]
        table = _Table(setting, clients[0], clients[1], deque(trials), put, standing)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(table.at_once, len(trials))):
                group.create_task(table.work())


@dataclass(slots=True)
class _Table:
    """What all dialogues of a run share."""

    setting: Setting
    model: ChatClient | None
    """None: a built-in agent plays."""
    voice: ChatClient | None
    """None: the phrase grammar speaks."""
    waiting: deque[Trial]
    put: Put
    standing: Standing
    silent: int = 0
    """Episodes in a row without an answer."""

    @property
    def at_once(self) -> int:
        """How many dialogues go on at once: no more than requests that are allowed."""
        return min(client.endpoint.concurrency for client in (self.model, self.voice) if client is not None)

    async def work(self) -> None:
        """Play one trial after another until none waits."""
        setting, catalog = self.setting, self.setting.shop.open()
        while self.waiting:
            trial = self.waiting.popleft()
            env = AsyncEnv(self._customer(trial.number), catalog, setting.preset)
            await env.reset(trial.spec)
            usage = await self._episode(env, trial.number)
            self._show_traffic()
            self.put(outcome(env, setting.agent, setting.shop, trial=trial.number, usage=usage))
            self.silent = self.silent + 1 if usage.unanswered else 0
            if self.silent >= DEAD + self.at_once:
                raise EndpointError(
                    f"the endpoint has stopped answering: {self.silent} episodes in a row got no reply. The same "
                    f"command goes on once it is back. The last fault: {env.episode.verdict.detail}"  # pyright: ignore[reportOptionalMemberAccess] (it is over)
                )

    async def _episode(self, env: AsyncEnv, trial: int) -> Usage:
        if self.model is not None:
            return await ModelPlayer(self.model, self.setting.agent).play(env, trial)
        agent = agent_named(self.setting.agent)
        move = agent.begin(briefing(env), observation_after(env.episode))
        while True:
            step = await env.step(move)
            if step.terminated or step.truncated:
                return Usage()
            move = agent.act(step.observation)

    def _customer(self, trial: int) -> AsyncUser:
        client = self.voice
        if client is None:
            return Awaited(Customer())

        async def write(messages: Sequence[Message], attempt: int) -> str:
            # Every try of every trial is a request of its own, also to the cache.
            return (await client.complete(messages, trial=trial * VOICE_TRIES + attempt)).content

        return Voice(write)

    def _show_traffic(self) -> None:
        client = self.model or self.voice
        if client is None:
            return
        seen = client.traffic
        self.standing.traffic = {
            "in flight": seen.in_flight,
            "replies": seen.replies,
            "from cache": seen.cached,
            "tried again": seen.retries,
            **seen.faults,
        }


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    return next((e for e in group.exceptions if isinstance(e, EcomRlveError)), group.exceptions[0])

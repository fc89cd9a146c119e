"""The two shells in Gymnasium's words: `Env` asks its customer, `AsyncEnv` awaits it. The rest is in `env.shell`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.rng import Stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.shell import Info, Shell, Step
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users.customer import Customer
from ecom_rlve.users.user import Heard, Reply, User

Given = str | Mapping[str, Any] | Action
"""An action as JSON text, as JSON values, or as it is."""


class AsyncUser(Protocol):
    """A customer whose words take time, e.g. because a model writes them; otherwise as `User`."""

    async def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Any]:
        """As `User.open`."""
        ...

    async def respond(self, brief: Brief, belief: Any, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Any]:
        """As `User.respond`."""
        ...


class Env(Shell):
    """One live episode. `reset` names it, `step` plays one turn, `call` plays one native tool call.

    >>> env = Env()
    >>> observation, info = env.reset("cart_building-v0/d0/s7")
    >>> step = env.step({"assistant_message": "", "tool_calls": [], "answer": {"done": True}})
    >>> step.reward < 0
    True
    """

    def __init__(self, catalog: Catalog | None = None, user: User[Any] | None = None, preset: Preset = "gated") -> None:
        super().__init__(catalog, preset)
        self.user: User[Any] = user if user is not None else Customer()

    def reset(self, spec: EpisodeSpec | str) -> tuple[Observation, Info]:
        """Begin the episode `spec`, given as a value or as its name.

        Raises:
            SpecError: There is no such environment, version, difficulty or axis.
            GenerationError: This catalogue offers no such problem.
        """
        return self._opened(*self.user.open(*self._start(spec)))

    def step(self, action: Given) -> Step:
        """Play one turn. An episode that is over or was never begun is a RuntimeError."""
        self._agent_turn(action)
        self._customer_turn()
        return self._step()

    def call(self, call: ToolCall) -> Step:
        """Play one native tool call (`message_user` and `submit` too); the observation holds what it brought."""
        before = len(self.episode.open_turn.results)
        self._native_call(call)
        self._customer_turn()
        return self._native_step(before)

    def play(self, calls: Sequence[ToolCall]) -> list[Step]:
        """Play native calls one after another; calls after the end are dropped."""
        steps: list[Step] = []
        for call in calls:
            if self.episode.is_over:
                break
            steps.append(self.call(call))
        return steps

    def play_text(self, text: str) -> list[Step]:
        """Play text in the native style: its `<tool_call>`s one after another, or words to the customer.

        Nothing of a text that cannot be read is played: it ends the episode as a hard failure.
        """
        calls = self._native_text(text)
        return self.play(calls) if calls else [self._step()]

    def fork(self) -> Env:
        """Return an independent shell at the same point of the same episode."""
        twin = Env(self.catalog, self.user, self.preset)
        twin._task, twin._episode = self._task, self._episode
        return twin

    def _customer_turn(self) -> None:
        try:
            asked = self._asked()
            if asked is None:
                return
            reply, belief = self.user.respond(*asked)
        except Exception as error:  # noqa: BLE001 (the customer is ours: its failure is not the agent's)
            self._invalid(error)
        else:
            self._hear(reply, belief)


class AsyncEnv(Shell):
    """The same with an `await` where the customer speaks."""

    def __init__(self, user: AsyncUser, catalog: Catalog | None = None, preset: Preset = "gated") -> None:
        super().__init__(catalog, preset)
        self.user = user

    async def reset(self, spec: EpisodeSpec | str) -> tuple[Observation, Info]:
        """As `Env.reset`."""
        return self._opened(*await self.user.open(*self._start(spec)))

    async def step(self, action: Given) -> Step:
        """As `Env.step`."""
        self._agent_turn(action)
        await self._customer_turn()
        return self._step()

    async def call(self, call: ToolCall) -> Step:
        """As `Env.call`."""
        before = len(self.episode.open_turn.results)
        self._native_call(call)
        await self._customer_turn()
        return self._native_step(before)

    async def play(self, calls: Sequence[ToolCall]) -> list[Step]:
        """As `Env.play`."""
        steps: list[Step] = []
        for call in calls:
            if self.episode.is_over:
                break
            steps.append(await self.call(call))
        return steps

    async def play_text(self, text: str) -> list[Step]:
        """As `Env.play_text`."""
        calls = self._native_text(text)
        return await self.play(calls) if calls else [self._step()]

    async def _customer_turn(self) -> None:
        try:
            asked = self._asked()
            if asked is None:
                return
            reply, belief = await self.user.respond(*asked)
        except Exception as error:  # noqa: BLE001 (the customer is ours: its failure is not the agent's)
            self._invalid(error)
        else:
            self._hear(reply, belief)

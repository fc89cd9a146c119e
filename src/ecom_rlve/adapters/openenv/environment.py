"""The environment that OpenEnv serves: one session, one episode after another, one native call a step.

A plain `Environment`, not an `MCPEnvironment`: on a websocket that one goes round `step` and loses the reward. Knows
no sockets. A step never changes threads: it takes microseconds, unless a model words what the customer says.
"""

# pyright: reportMissingTypeStubs=false
# OpenEnv comes without stubs.

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any, Final, TypeVar

from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.mcp_types import (
    CallToolAction,
    CallToolObservation,
    ListToolsAction,
    ListToolsObservation,
    Tool,
    ToolError,
    ToolErrorType,
)
from openenv.core.env_server.types import Action, EnvironmentMetadata, Observation

import ecom_rlve
from ecom_rlve.adapters.openenv import page, requests, splits
from ecom_rlve.adapters.openenv.models import EcomObservation, EcomState, RewardComponents
from ecom_rlve.adapters.openenv.rubric import RewardRubric
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Observation as Seen
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.core.views import Json
from ecom_rlve.env.env import AsyncEnv, AsyncUser
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.parse import SUBMIT
from ecom_rlve.env.prompt import native_tools
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.shell import Step
from ecom_rlve.tasks.registry import task_named
from ecom_rlve.users.awaited import Awaited
from ecom_rlve.users.customer import Customer

NAME: Final = "ecom_rlve"
_OVER: Final = "the episode is over: reset to begin another"
_NONE: Final = "no episode yet: reset first"
_LOG: Final = logging.getLogger(__name__)
_T = TypeVar("_T")


class EcomEnvironment(Environment[Action, Observation, EcomState]):
    """One session."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(
        self,
        catalog: Catalog,
        preset: Preset = "gated",
        default_env: str = "cart_building-v0",
        customer: AsyncUser | None = None,
    ) -> None:
        """Make a session without an episode.

        Args:
            catalog: Whose products; shared by all sessions.
            preset: How the reward is composed.
            default_env: For resets that name none.
            customer: Who speaks; the phrase grammar by default, which waits for nothing.
        """
        super().__init__(rubric=RewardRubric())
        self._shell = AsyncEnv(customer or Awaited(Customer()), catalog, preset)
        self._waits = customer is not None
        self._busy = asyncio.Lock()  # While a customer is waited for, the session's other messages wait too.
        self._default = default_env
        self._episode_id: str | None = None
        self._steps = 0
        self._begun = False
        self._closed = False

    def reset(
        self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any
    ) -> EcomObservation:  # Any: wire
        """Begin an episode, or bring one back; `requests.ResetRequest` tells the arguments.

        Raises:
            SpecError: There is no such episode.
            GenerationError: The catalogue offers no such problem.
        """
        self._check_unawaited()
        return _at_once(self.reset_async(seed, episode_id, **kwargs))

    async def reset_async(
        self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any
    ) -> EcomObservation:
        """As `reset`."""
        self._check_open()
        asked = requests.read({"seed": seed, "episode_id": episode_id, **kwargs})
        async with self._busy:
            return await self._begin(asked)

    async def _begin(self, asked: requests.ResetRequest) -> EcomObservation:
        try:
            await self._shell.reset(asked.named(self._default))
        except EcomRlveError:
            raise
        except Exception:  # noqa: BLE001 (OpenEnv would tell the client what it says)
            _LOG.exception("a reset failed")
            raise RuntimeError("the environment failed") from None
        self._begun, self._steps, self._episode_id = True, 0, asked.episode_id
        self._reset_rubric()
        observation = self._opening()
        for call in asked.log:
            if self._shell.episode.is_over:
                break
            observation = await self._played(call.tool_name, call.arguments)
        return observation

    def step(self, action: Action, timeout_s: float | None = None, **kwargs: Any) -> Observation:  # Any: wire
        """Play one call, or list the tools. The customer's voice has a time limit of its own."""
        self._check_unawaited()
        return _at_once(self.step_async(action, timeout_s))

    async def step_async(self, action: Action, timeout_s: float | None = None, **kwargs: Any) -> Observation:
        """As `step`."""
        self._check_open()
        if isinstance(action, ListToolsAction):
            return ListToolsObservation(tools=self._tools())
        if not isinstance(action, CallToolAction):
            raise TypeError(f"an action is a call of a tool, got {type(action).__name__}")
        async with self._busy:
            return await self._answered(action)

    async def _answered(self, action: CallToolAction) -> Observation:
        if not self._begun:
            return _refused(action, _NONE, done=False)
        if self._shell.episode.is_over:
            return _refused(action, _OVER, done=True)
        return await self._played(action.tool_name, action.arguments)

    @property
    def state(self) -> EcomState:
        """Where the episode stands."""
        if not self._begun:
            return EcomState()
        episode = self._shell.episode
        return EcomState(
            episode_id=self._episode_id,
            step_count=self._steps,
            env=episode.spec.env,
            difficulty=episode.spec.difficulty,
            turns_left=episode.turns_left,
            done=episode.is_over,
        )

    def get_metadata(self) -> EnvironmentMetadata:
        """Return what hubs show of the environment."""
        return EnvironmentMetadata(name=NAME, description=ecom_rlve.__doc__ or NAME, version=ecom_rlve.__version__)

    def close(self) -> None:
        """End the session. OpenEnv also calls this on an idle one, whose socket may still be open."""
        self._closed = True

    def list_splits(self) -> list[str]:
        """Return the names of the splits."""
        return splits.split_names()

    def list_tasks(self, split: str) -> list[dict[str, Any]]:  # Any: JSON
        """Return the first tasks of a split."""
        return splits.descriptors(split)

    def num_tasks(self, split: str) -> int:
        """Return the number of tasks of a split."""
        return splits.size(split)

    def get_task(self, split: str, index: int) -> dict[str, Any]:  # Any: JSON
        """Return one task; `reset(split=…, index=…)` plays it."""
        return splits.descriptor(split, index)

    def get_task_range(self, split: str, start: int | None = None, stop: int | None = None) -> list[dict[str, Any]]:
        """Return the tasks of a slice."""
        return splits.descriptors(split, start, stop)

    def render_web(self, observation: dict[str, Any]) -> str | None:  # Any: JSON
        """Return an observation as HTML."""
        return page.rendered(observation)

    def web_actions(self, observation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:  # Any: JSON
        """Return what can be done with one click."""
        return page.actions(observation)

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(
                "the session was closed after idling: connect again, and reset with the log of your calls"
            )

    def _check_unawaited(self) -> None:
        if self._waits:
            raise RuntimeError("this customer's words take time: await reset_async and step_async")

    async def _played(self, name: str, arguments: dict[str, Any]) -> EcomObservation:  # Any: the agent's JSON
        self._steps += 1
        step = await self._shell.call(ToolCall(name, arguments))
        seen = step.observation
        observation = EcomObservation.model_construct(
            tool_name=name,
            result=shown(seen),
            done=self._shell.episode.is_over,
            reward=step.reward,
            metadata={},
            customer=seen.message,
            notice=seen.notice,
            turns_left=seen.turns_left,
            **_judged(self._shell.episode, step),
        )
        if observation.components is not None:
            self._apply_rubric(CallToolAction.model_construct(tool_name=name, arguments=arguments), observation)
        return observation

    def _opening(self) -> EcomObservation:
        episode = self._shell.episode
        words = episode.opening.text if episode.opening else ""
        return EcomObservation(
            tool_name="",
            result={"customer": words},
            reward=0.0,
            customer=words,
            turns_left=episode.turns_left,
            system_prompt=self._shell.system_prompt("native"),
        )

    def _tools(self) -> list[Tool]:
        """Return the tools; before the first reset `submit` takes anything, because only an episode tells what."""
        task = self._shell.task if self._begun else task_named(self._default)
        functions: list[dict[str, Any]] = [tool["function"] for tool in native_tools(task)]  # Any: JSON Schema
        if not self._begun:
            functions = [f if f["name"] != SUBMIT else {**f, "parameters": {"type": "object"}} for f in functions]
        return [Tool(name=f["name"], description=f["description"], input_schema=f["parameters"]) for f in functions]


def shown(seen: Seen) -> Json:
    """Return what an agent reads of one call: the tool's result, and beside it what the customer said to it."""
    result = seen.results[0].json() if seen.results else None
    spoken = seen.message or seen.notice
    if not spoken:
        return {} if result is None else result
    return {"customer": spoken} if result is None else {"result": result, "customer": spoken}


def _judged(episode: Episode, step: Step) -> dict[str, Any]:  # Any: fields of several types
    verdict = episode.verdict
    if verdict is None:
        return {}
    told = {"end": verdict.end, "cause": verdict.cause, "is_correct": verdict.is_correct}
    if step.reward is None:
        return {**told, "invalid": True}
    parts = asdict(verdict.reward)
    parts.pop("total")
    return {**told, "components": RewardComponents.model_validate({**parts, "parts": dict(verdict.reward.parts or {})})}


def _at_once(played: Coroutine[Any, Any, _T]) -> _T:  # Any: of no use here
    """Return what a coroutine brings that waits for nothing."""
    try:
        played.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("unreachable: the phrase grammar waits for nothing")


def _refused(action: CallToolAction, why: str, *, done: bool) -> CallToolObservation:
    error = ToolError(error_type=ToolErrorType.EXECUTION_ERROR, message=why)
    return EcomObservation(tool_name=action.tool_name, error=error, notice=why, done=done, reward=0.0)

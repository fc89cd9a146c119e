"""A typed client that can lose its connection: it keeps the episode's name and its calls, and plays them again.

Knows no engine. The same name and the same calls are the same episode, also on another server.
"""

# pyright: reportMissingTypeStubs=false
# OpenEnv comes without stubs.

from __future__ import annotations

from typing import Any, Final

from openenv.core.client_types import StepResult
from openenv.core.env_client import EnvClient
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from ecom_rlve.adapters.openenv.chance import training_seed
from ecom_rlve.adapters.openenv.models import EcomAction, EcomObservation, EcomState

_LOST: Final = (ConnectionClosed, ConnectionError, TimeoutError)


class EcomClient(EnvClient[EcomAction, EcomObservation, EcomState]):
    """Plays episodes of a server; `sync()` gives the same without `await`.

    `async with EcomClient(base_url="http://127.0.0.1:8000") as client:`
    """

    def __init__(self, base_url: str, **options: Any) -> None:  # Any: those of `EnvClient`
        super().__init__(base_url=base_url, **options)
        self._named: dict[str, Any] = {}  # Any: arguments of `reset`
        self._begun_on: object = None
        self.log: list[dict[str, Any]] = []  # Any: calls as JSON

    def call(self, name: str, **arguments: Any) -> Any:  # Any: an awaitable, or the result through `sync()`
        """Call a tool."""
        return self.step(EcomAction(tool_name=name, arguments=arguments))

    def resume(self) -> Any:  # Any: as `call`
        """Bring the episode back on a fresh connection, and return its last observation."""
        return self._dispatch(self._resume_async)

    async def _resume_async(self) -> StepResult[EcomObservation]:
        await self._disconnect_async()
        result = await super()._reset_async(**self._named, log=self.log)
        self._begun_on = self._ws
        return result

    async def _reset_async(self, **kwargs: Any) -> StepResult[EcomObservation]:  # Any: arguments of `reset`
        """Begin an episode; where its seed is left to chance, chance is here, so that it can be named again."""
        if kwargs.get("seed") is None and not {"spec", "split", "index"} & set(kwargs):
            kwargs = {**kwargs, "seed": training_seed()}
        self._named = {name: value for name, value in kwargs.items() if name != "log"}
        self.log = list(kwargs.get("log", []))
        result = await super()._reset_async(**kwargs)
        self._begun_on = self._ws
        return result

    async def _step_async(self, action: EcomAction, **kwargs: Any) -> StepResult[EcomObservation]:  # Any: OpenEnv's
        """Play one call; after a lost connection the episode is brought back first, and the call is made once."""
        self.log.append({"tool_name": action.tool_name, "arguments": action.arguments})
        if self._ws is None or self._ws is not self._begun_on or self._ws.state is not State.OPEN:
            return await self._resume_async()  # `EnvClient` would connect anew, to a session without an episode.
        try:
            return await super()._step_async(action, **kwargs)
        except _LOST:
            return await self._resume_async()

    def _step_payload(self, action: EcomAction) -> dict[str, Any]:  # Any: JSON
        return {"type": "call_tool", "tool_name": action.tool_name, "arguments": action.arguments}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[EcomObservation]:  # Any: JSON
        reward, done = payload.get("reward"), bool(payload.get("done", False))
        observation = EcomObservation.model_validate({**payload["observation"], "reward": reward, "done": done})
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> EcomState:  # Any: JSON
        return EcomState.model_validate(payload)

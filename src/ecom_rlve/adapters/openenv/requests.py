"""What `reset` takes over the wire, checked: which episode, and the calls that bring a lost one back.

Knows no server and no episode. Everything is strict: a text is no number, and an unknown name is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecom_rlve.adapters.openenv import splits
from ecom_rlve.adapters.openenv.chance import training_seed
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import MAX_SEED, EpisodeSpec

MAX_LOG: Final = 1000
"""Most calls of a log; no episode takes as many."""
_Name = Annotated[str, Field(max_length=500)]


class LoggedCall(BaseModel):
    """A call that was made before the connection was lost."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tool_name: _Name
    arguments: dict[str, Any] = {}  # Any: the agent's JSON, checked by the engine


class ResetRequest(BaseModel):
    """The arguments of `reset`: `spec`; or `split` and `index`; or `env`, `difficulty`, `seed` and `axes`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """Of the episode; None draws one that training may use."""
    episode_id: Annotated[str, Field(max_length=255)] | None = None
    """The caller's own, given back in the state."""
    env: _Name | None = None
    """E.g. "cart_building-v0"; None is the server's default."""
    difficulty: int | None = None
    """0 by default."""
    axes: dict[str, float] = {}
    spec: _Name | None = None
    """A whole name: "cart_building-v0/d6/s1234"."""
    split: _Name | None = None
    index: int | None = None
    log: Annotated[list[LoggedCall], Field(max_length=MAX_LOG)] = []
    """Calls to play at once, in order: brings an episode back after a lost connection."""

    def named(self, default_env: str) -> EpisodeSpec:
        """Return the episode that is meant.

        Raises:
            SpecError: It is named in two ways, by halves, or does not exist.
        """
        ways = [self.spec is not None, self.split is not None or self.index is not None, self._by_parts()]
        if sum(ways) > 1:
            raise SpecError("name the episode by spec, by split and index, or by env, difficulty, seed and axes")
        if self.spec is not None:
            return EpisodeSpec.parse(self.spec)
        if ways[1]:
            if self.split is None or self.index is None:
                raise SpecError("split and index belong together")
            try:
                return splits.task_spec(self.split, self.index)
            except IndexError as error:
                raise SpecError(str(error)) from None
        seed = training_seed() if self.seed is None else self.seed
        return EpisodeSpec(self.env or default_env, self.difficulty or 0, seed, self.axes)

    def _by_parts(self) -> bool:
        return bool(self.axes) or not (self.env is None and self.difficulty is None and self.seed is None)


def read(arguments: dict[str, Any]) -> ResetRequest:  # Any: JSON from the wire
    """Return the arguments of a reset.

    Raises:
        SpecError: An unknown name or a value of another type; the message names it.
    """
    try:
        return ResetRequest.model_validate(arguments)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "reset"
        raise SpecError(f"reset: {where[:200]}: {fault['msg']}") from None

"""What passes between agent and world in one turn: actions, tool results, observations.

Knows no tool, no task and no customer; how an action is read from text is `env.parse`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ecom_rlve.core.errors import ErrorCode
from ecom_rlve.core.views import Json, to_json

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the agent wrote it."""

    name: str
    """The tool's dotted name, e.g. "cart.add"."""
    args: Mapping[str, Any]
    """JSON values, still unchecked: this is the edge."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the agent reads back: a view, or a coded refusal."""

    name: str
    view: object = None
    """One of the frozen view dataclasses of `tools`; None where the call was refused."""
    error: ErrorCode | None = None
    message: str = ""
    """The sentence that goes with `error`."""

    @property
    def ok(self) -> bool:
        """Whether the shop did what was asked."""
        return self.error is None

    def json(self) -> Json:
        """Return the result as JSON values, the way every surface shows it."""
        if self.error is not None:
            return {"error": self.error, "message": self.message}
        return to_json(self.view)

    def text(self) -> str:
        """Return the result as compact JSON text."""
        return dumps(self.json())


@dataclass(frozen=True, slots=True)
class Action:
    """One turn of the agent. Tools run first; then an answer is judged, otherwise the customer replies."""

    message: str = ""
    """To the customer; empty means that nothing is said."""
    calls: tuple[ToolCall, ...] = ()
    answer: object = None
    """An instance of the task's answer type once the agent is done, else None."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What is new since the agent's last turn."""

    message: str
    """The customer's words; empty if they said nothing."""
    results: tuple[ToolResult, ...] = ()
    turns_left: int = 0
    notice: str = ""
    """A remark of the environment itself, e.g. why the episode is over."""

    def json(self) -> Json:
        """Return the observation as JSON values."""
        out: dict[str, Json] = {}
        if self.results:
            out["tool_results"] = [{"name": r.name, "result": r.json()} for r in self.results]
        if self.message:
            out["customer"] = self.message
        if self.notice:
            out["notice"] = self.notice
        out["turns_left"] = self.turns_left
        return out

    def text(self) -> str:
        """Return the observation as compact JSON text."""
        return dumps(self.json())


def dumps(value: Json) -> str:
    """Write JSON compactly, keys in the order given, no NaN; lone surrogates, which no file can hold, escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

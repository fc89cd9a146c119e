"""The errors a caller can meet, as one tree.

    EcomRlveError
    ├── SpecError          an episode name or a difficulty axis that does not exist
    ├── ActionError        the agent's text is no action (hard failure in an episode)
    ├── ToolError          the shop understood a call and refused it (the agent reads it and goes on)
    ├── CatalogError       a catalogue that is missing, damaged or malformed
    ├── TraceError         a trace that is truncated, changed or of another world
    ├── GenerationError    no problem could be drawn for this spec on this catalogue
    └── EndpointError      a model's endpoint that does not answer, or refuses
        └── RefusedError   … for a reason that no second try will mend (key, model, address)

Anything else that escapes is a bug of ours and makes an episode invalid, never a reward.
"""

from __future__ import annotations

from typing import Literal

ErrorCode = Literal[
    "not_found",
    "out_of_stock",
    "quantity_exceeded",
    "not_eligible",
    "already_returned",
    "not_requested",
    "invalid_argument",
]

HardCause = Literal["format", "invalid_tool", "policy_misread"]
"""Why an action is a hard failure: it does not parse, breaks a tool's contract, or sells what is denied."""


class EcomRlveError(Exception):
    """Base of all errors raised on purpose."""


class SpecError(EcomRlveError):
    """An episode name, environment, difficulty or axis that does not exist."""


class ActionError(EcomRlveError):
    """What the agent did ends the episode with reward −1: no action, no such tool, or against the house rules."""

    def __init__(self, cause: HardCause, message: str) -> None:
        super().__init__(message)
        self.cause: HardCause = cause


class ToolError(EcomRlveError):
    """The shop refused a well-formed call; code and sentence go to the agent."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ErrorCode = code


class CatalogError(EcomRlveError):
    """A catalogue that is missing, damaged or malformed."""


class TraceError(EcomRlveError):
    """A trace that is truncated, was changed, or does not belong to this catalogue or version."""


class GenerationError(EcomRlveError):
    """No problem could be drawn for a spec on this catalogue."""


class EndpointError(EcomRlveError):
    """A model's endpoint did not answer as it should, after all tries; never the agent's failure."""


class RefusedError(EndpointError):
    """An endpoint refused for a reason that concerns every request: the key, the model, the address."""

"""Settings: where a model is served, how it is sampled, what it costs, how often it is tried again.

Knows no HTTP and no episode. A key is never kept here: only the name of the environment variable that holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.views import Json
from ecom_rlve.env.parse import Style

STYLES: tuple[Style, ...] = ("native", "json")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are drawn; what is None is left to the server."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Of one reply."""
    seed: int | None = None
    """Sent as `seed` plus the number of the trial, so that trials differ."""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])  # Any: whatever a server takes
    """Further fields of the request, e.g. {"top_k": 20, "chat_template_kwargs": {"enable_thinking": False}}."""

    def fields(self, trial: int) -> dict[str, Json]:
        """Return the fields of a request's body."""
        named = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}
        if self.seed is not None:
            named["seed"] = self.seed + trial
        return {**{name: value for name, value in named.items() if value is not None}, **self.extra}


@dataclass(frozen=True, slots=True)
class Prices:
    """USD for a million tokens."""

    prompt: float = 0.0
    completion: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an endpoint is waited for, and how often it is asked again."""

    seconds: float = 180.0
    """For one whole reply, from the request to its last byte."""
    attempts: int = 6
    backoff: float = 0.5
    """Mean seconds before the second attempt; doubles with each."""
    longest: float = 60.0
    """Most seconds of one wait, whatever the server asks for."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a chat endpoint."""

    url: str
    """Up to the version, e.g. "http://localhost:8000/v1"."""
    model: str
    """As the server calls it."""
    key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key; nothing is sent where it is unset."""
    style: Style = "native"
    """How the model acts: native tool calls, or one JSON action a turn."""
    sampling: Sampling = Sampling()
    patience: Patience = Patience()
    concurrency: int = 16
    """Requests under way at once, at most."""
    prices: Prices | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise SpecError(f"an endpoint begins with http:// or https://, got {self.url!r}")
        if not self.model:
            raise SpecError("an endpoint needs the name of a model (--model)")
        if self.style not in STYLES:
            raise SpecError(f"unknown style {self.style!r}: known are {', '.join(STYLES)}")
        for name, value in (("concurrency", self.concurrency), ("attempts", self.patience.attempts)):
            if value < 1:
                raise SpecError(f"{name} must be at least 1, got {value}")

    @property
    def chat_url(self) -> str:
        """The address that requests go to."""
        return f"{self.url.rstrip('/')}/chat/completions"

"""What an episode took of a model, in requests and tokens. Knows no client: agents that are no model have one too."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ecom_rlve.agents.model.endpoint import Prices


@dataclass(frozen=True, slots=True)
class Usage:
    """What an episode took of a model; all zero for agents that are none."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    """Of the completion tokens."""
    cut: int = 0
    """Replies that ended at the token limit or found the dialogue too long."""
    empty: int = 0
    """Replies without words and calls."""
    unanswered: int = 0
    """Requests that got no reply after all attempts: a fault of the endpoint, which made the episode invalid."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Usage)))

    def cost(self, prices: Prices | None) -> float | None:
        """Return USD, or None where no prices are known."""
        if prices is None:
            return None
        return (self.prompt_tokens * prices.prompt + self.completion_tokens * prices.completion) / 1e6

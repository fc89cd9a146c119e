"""What an agent is to a runner. Knows no particular agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.core.dialogue import Action, Observation

Move = str | Mapping[str, Any] | Action
"""A turn as an agent gives it: JSON text, JSON values (Any: the agent's own), or an action."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What an agent is told before its first turn; nothing of the goal."""

    env: str
    """E.g. "cart_building"."""
    system: str
    """The system prompt, JSON style."""
    max_turns: int
    calls_a_turn: int
    """B_tool: most tool calls in one turn."""
    taxonomy: Taxonomy
    """The shop's category tree, which everybody who works there knows."""
    answer_type: type
    """The dataclass whose fields an answer has, as the system prompt shows them."""
    seed: int
    """For agents that draw: a hash of the episode's name, not its seed."""


class Agent(Protocol):
    """Plays one episode after another."""

    name: str

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first turn of a new episode."""
        ...

    def act(self, observation: Observation) -> Move:
        """Return the next turn."""
        ...

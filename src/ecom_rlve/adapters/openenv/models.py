"""What passes over OpenEnv's wire. Every field is declared: what is not gets lost on the way.

Knows no server. Nothing here names a seed or a goal: the agent may read all of it.
"""

# pyright: reportMissingTypeStubs=false
# OpenEnv comes without stubs.

from __future__ import annotations

from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation
from openenv.core.env_server.types import State
from pydantic import BaseModel, Field

EcomAction = CallToolAction
"""One native tool call; `message_user` speaks to the customer, `submit` hands in.

OpenEnv serves `/mcp` only where the action class is this very one.
"""


class RewardComponents(BaseModel):
    """What the reward of a finished episode is made of."""

    r_task: float
    r_eff: float
    r_hall: float
    raw: float
    """The verifier's value in [-1, 1]."""
    parts: dict[str, float]
    """Sub-scores of `raw`."""
    turns: int
    free_turns: int
    calls: int
    unseen_ids: int


class EcomObservation(CallToolObservation):
    """What one call brought. `result` alone is what an agent has to read; it holds the customer's words too."""

    customer: str = Field(default="", description="What the customer said to the turn that this call closed")
    notice: str = Field(default="", description="Why the episode is over")
    turns_left: int = Field(default=0, description="Turns the agent still has")
    system_prompt: str = Field(default="", description="The rules, with the first observation only")
    invalid: bool = Field(default=False, description="The environment failed: leave this episode out")
    is_correct: bool | None = Field(default=None, description="Whether the goal was reached; null until the end")
    end: str = Field(default="", description="How the episode ended")
    cause: str = Field(default="", description="Why it failed; empty if it did not")
    components: RewardComponents | None = Field(default=None, description="Of the reward, at the end")


class EcomState(State):
    """Where the live episode stands; nothing that an agent may not see."""

    env: str = Field(default="", description="Versioned environment name; empty before the first reset")
    difficulty: int = Field(default=0, description="0 and up")
    turns_left: int = Field(default=0, description="Turns the agent still has")
    done: bool = Field(default=False, description="Whether the episode is over")

"""Episode: the frozen value of everything that happened. Knows no rules: those are in `env.transition`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ecom_rlve.core.dialogue import Action, ToolCall, ToolResult
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.task import Event, Reference, Score
from ecom_rlve.users.user import Reply
from ecom_rlve.world.world import World

End = Literal["answered", "out_of_turns", "customer_left", "hard_failure", "invalid"]


@dataclass(frozen=True, slots=True)
class Reward:
    """The reward and everything it is made of (SPEC §3)."""

    total: float | None
    """In [-1, 1]; None if the episode is invalid through a fault of ours."""
    r_task: float = 0.0
    r_eff: float = 0.0
    r_hall: float = 0.0
    raw: float = -1.0
    parts: Mapping[str, float] | None = None
    """Sub-scores of `raw`, by name."""
    turns: int = 0
    """T."""
    free_turns: int = 0
    """T_free."""
    calls: int = 0
    """C."""
    unseen_ids: int = 0
    """n, distinct ids used before the world had shown them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the episode ended and what it was worth."""

    end: End
    is_correct: bool
    reward: Reward
    cause: str = ""
    """Failure cause (SPEC §12); empty if correct."""
    flags: tuple[str, ...] = ()
    detail: str = ""
    """A sentence for people, e.g. which argument broke a schema."""
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One closed turn."""

    action: Action
    results: tuple[ToolResult, ...]
    world: World
    """After the agent's half."""
    fired: tuple[Event, ...] = ()
    reply: Reply | None = None
    """None until the customer was heard, and where the episode ended before."""
    raw: str | None = None
    """What the agent sent, where it could not be read as an action."""
    native: bool = False
    """Whether `raw` is text in the native style."""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Calls of a turn that is not closed yet (native tool calls come one by one)."""

    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    fired: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode at one point in time: what it is about, what happened, and how it ended if it did."""

    spec: EpisodeSpec
    difficulty: Difficulty
    goal: Any  # the goal of this episode's task, in force now
    world: World
    waiting: tuple[Event, ...]
    """Events that have not fired."""
    reference: Reference
    max_turns: int
    """T_max of SPEC §4, all turns counted."""
    most_free_turns: int
    """Most turns that count as free: U + 1, U slots left unsaid at the opening; in a journey, that of every leg."""
    opening: Reply | None = None
    belief: Any = None  # the customer's own memory
    turns: tuple[Turn, ...] = ()
    open_turn: OpenTurn = OpenTurn()
    shown: frozenset[str] = frozenset()
    """Ids the world has shown."""
    unseen: tuple[str, ...] = ()
    """Distinct ids the agent used before the world had shown them; once here, never clean."""
    looked_at: World | None = None
    """The world when the customer last looked at their page."""
    verdict: Verdict | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.verdict is not None

    @property
    def turns_left(self) -> int:
        """Turns the agent still has."""
        return 0 if self.verdict else self.max_turns - len(self.turns)

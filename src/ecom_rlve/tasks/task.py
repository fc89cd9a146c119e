"""Task: what one environment is, and the values that pass between it and the engine.

Knows no engine, no customer and no particular environment.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.tasks.reveal import Revealed
from ecom_rlve.world.world import World

G = TypeVar("G")
A = TypeVar("A")

FaultCause = Literal[
    "wrong_product",
    "wrong_variant",
    "wrong_quantity",
    "missing_item",
    "extra_item",
    "constraint_ignored",
    "wrong_order",
    "wrong_line",
    "policy_misread",
    "ineligible_write",
    "collateral_write",
    "over_budget",
    "partial_journey",
]
"""What a verdict can find wrong, in order of precedence (SPEC §12)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing the verdict found wrong, with what a diagnosis needs to tell why."""

    cause: FaultCause
    request: int = -1
    """Index into the brief's requests; -1 if it belongs to none."""
    product_id: ProductId | None = None
    """The product that would have been right, if there is one."""
    topics: tuple[str, ...] = ()
    """Slots of the request whose value was not met."""
    target: str = ""
    """The id of what else would have been right: an order, a passage."""


@dataclass(frozen=True, slots=True)
class Score:
    """A verdict."""

    raw: float
    """In [-1, 1]; -1 for an empty answer without a write."""
    is_correct: bool
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    """The sub-scores that `raw` is made of."""
    faults: tuple[Fault, ...] = ()
    """Empty exactly if correct."""

    def __post_init__(self) -> None:
        if not -1.0 <= self.raw <= 1.0:
            raise AssertionError(f"raw must be in [-1, 1], got {self.raw}")
        if self.is_correct == bool(self.faults):
            raise AssertionError(f"a verdict has faults exactly if it is not correct: {self}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens during the dialogue, planned at reset.

    It fires when its turn ends, or at the first write that names one of `touches`, or at a submission.
    """

    kind: Literal["sell_out", "switch", "interrupt"]
    """interrupt: the customer brings up another errand before this one is settled."""
    turn: int
    """Turn (from 1) at whose end it fires at the latest; counted from when it began to wait."""
    request: int
    """The request it changes; -1 for none."""
    touches: tuple[str, ...] = ()
    """Ids; a write that names one of them would settle what the event changes."""
    sold_out: tuple[str, ...] = ()
    """Product or variant ids whose stock becomes 0."""
    leg: int = 0
    """The errand (from 1) whose submission it holds up; 0 where there is only one."""
    then: tuple[Event, ...] = ()
    """Events that begin to wait when this one has fired."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the reference solution (the oracle) takes on this very episode."""

    turns: int
    """All its turns, the submission included."""
    free: int
    """Those of them that settle a slot by clarifying or confirming."""
    calls: int
    """Tool calls."""
    otherwise: int = 0
    """Turns it would take if what only a look tells were otherwise; 0 if no more than these."""

    @property
    def budget(self) -> int:
        """Turns that T_max has to hold: the same whatever a look tells, or the budget would tell it."""
        return max(self.turns, self.otherwise)

    @property
    def effective(self) -> int:
        """T_ref: turns less free ones, ≥ 1."""
        return max(1, self.turns - self.free)


@dataclass(frozen=True, slots=True)
class Problem(Generic[G]):
    """One drawn problem."""

    goal: G
    world: World
    reference: Reference
    events: tuple[Event, ...] = ()
    redraws: int = 0
    """Draws thrown away before this one, because they had no solution or too easy a one."""


@dataclass(frozen=True, slots=True)
class Taken(Generic[G]):
    """What comes of a submission that settles one errand of several."""

    goal: G
    """The goal in force from now on, with what was submitted."""
    over: bool
    """Whether it was the last one."""
    events: tuple[Event, ...] = ()
    """Events that begin to wait now."""


@runtime_checkable
class Leg(Protocol):
    """An answer that settles one errand of several."""

    leg: int
    """Which, from 1."""


def leg_of(answer: object) -> int:
    """Return the errand that an answer settles; 0 where there is only one."""
    return answer.leg if isinstance(answer, Leg) else 0


Oracle = Generator[Action, Observation, A]
"""A scripted agent that sees the goal: yields actions, receives observations, returns the answer to submit."""


class Task(Protocol[G, A]):
    """One environment: a hidden goal G, and an answer A that is checked against it. All methods are pure."""

    name: ClassVar[str]
    """E.g. "cart_building"."""
    version: ClassVar[int]
    """Grows whenever the same seed gives another episode."""
    answer_type: ClassVar[type[Any]]  # Any: the A of this task
    """A frozen dataclass; its fields are the answer's schema, its field docs the descriptions."""
    axes: ClassVar[tuple[str, ...]]
    """The axes of difficulty (SPEC §4) that bear on it; each of them must bite (`evaluate.axes`)."""
    instructions: ClassVar[str]
    """What the agent is told to do, in two or three sentences; no hint of any goal."""

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[G]:
        """Draw a problem that has a solution. Raises GenerationError if this catalogue offers none."""
        ...

    def brief(self, goal: G) -> Brief:
        """Return what the customer knows of the goal in force."""
        ...

    def amend(self, goal: G, event: Event) -> G:
        """Return the goal in force once `event` has fired."""
        ...

    def verify(self, goal: G, world: World, answer: A | None) -> Score:
        """Judge the world and the answer; None: the episode ended without one."""
        ...

    def writes(self, goal: G) -> frozenset[str]:
        """Return which parts of the world ("cart", "returns") it may change; whatever else is changed is collateral."""
        ...

    def reveal(self, goal: G, world: World) -> tuple[Revealed, ...]:
        """Return the goal in force for people to read once the episode is over."""
        ...

    def chance(self, problem: Problem[G]) -> float:
        """Return the chance in [0, 1] to pass by picking blindly among things of the right kind."""
        ...

    def oracle(self, problem: Problem[G]) -> Oracle[A]:
        """Solve the problem the shortest honest way, through public tools and the dialogue only."""
        ...


A_contra = TypeVar("A_contra", contravariant=True)


@runtime_checkable
class SeveralAnswers(Protocol[G, A_contra]):
    """What a task adds that has several errands: it takes one answer for each, and the last one ends the episode."""

    def take(self, goal: G, world: World, answer: A_contra) -> Taken[G]:
        """Note an answer. One for an errand that is not open changes nothing."""
        ...

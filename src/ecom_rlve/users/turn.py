"""One reply in the making: what is to be said, what it settles, what it costs in patience.

Knows no words, and nothing of when which point is right: that is `policy` and `conversing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.judging import Page, Problem
from ecom_rlve.users.questions import MOST_ANSWERS, slots_to_elaborate
from ecom_rlve.users.reading import Understanding
from ecom_rlve.users.user import Act, Heard, SlotKey

MOST_PROBLEMS = 2
MOST_SHOWN = 3
"""Products shown at once that a customer compares."""
FREE_IDLE = 3
"""Turns in a row without progress that cost no patience."""
FAILURE, SLIP = 2, 1
"""Patience that a failed turn costs, and a clumsy one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to say."""

    occasion: str
    """Key of the phrase grammar, or one of the composed ones that `speech` knows."""
    request: int = -1
    facts: tuple[Fact, ...] = ()
    """Facts that its words carry."""
    problem: Problem | None = None
    requests: tuple[int, ...] = ()
    topic: str = ""

    @property
    def describes(self) -> bool:
        """Whether its thing is described as a whole: asked what it is, or changed into another one."""
        topics = [f.topic for f in self.facts]
        if self.occasion == "switch":
            return not topics or "category" in topics or "visited" in topics
        return self.occasion in ("answer", "repeat", "elaborate") and "category" in topics


def told_by(point: Point, belief: Belief) -> list[SlotKey]:
    """Return the slots whose values a point carries in words: its facts, or all said before where it describes anew."""
    if point.occasion == "restate":
        return [(i, f.topic) for i in point.requests for f in belief.wishes[i].said()]
    if point.describes:
        return [(point.request, f.topic) for f in belief.wishes[point.request].said()]
    return [(point.request, f.topic) for f in point.facts]


@dataclass(frozen=True, slots=True)
class Move:
    """What the customer does."""

    act: Act
    points: tuple[Point, ...]
    belief: Belief
    settled: tuple[SlotKey, ...] = ()
    clean: bool = False
    """Written without typos, as somebody does who is asked again."""


@dataclass(slots=True)
class Turn:
    """One reply in the making."""

    brief: Brief
    belief: Belief
    heard: Heard
    meant: Understanding
    page: Page
    points: list[Point] = field(default_factory=list[Point])
    settled: list[SlotKey] = field(default_factory=list[SlotKey])
    cost: int = 0
    clean: bool = False

    def tell(self, point: Point) -> None:
        """Add a point; slots that its facts belong to count as said from now on."""
        self.points.append(point)
        self.reveal([(point.request, f.topic) for f in point.facts])

    def reveal(self, slots: Sequence[SlotKey]) -> None:
        """Count slots as said, and as settled if they were not."""
        self.settled.extend(slot for slot in slots if self.belief.is_unsaid(slot) and slot not in self.settled)
        self.belief = self.belief.reveal(slots)

    def move(self, act: Act) -> Move:
        """Return the finished reply, or the customer's leaving if their patience is used up."""
        progress = bool(self.settled) or act in ("confirm", "done")
        idle = 0 if progress or act == "clarify" else self.belief.idle + 1
        belief = replace(self.belief, patience=self.belief.patience - self.cost, idle=idle)
        if belief.patience <= 0 and not progress:
            return Move("ragequit", (Point("ragequit"),), replace(belief, patience=0))
        belief = replace(belief, patience=max(1, belief.patience))
        return Move(act, tuple(self.points), belief, tuple(self.settled), self.clean)


def complain(turn: Turn, problem: Problem) -> None:
    """Say that something is wrong; what should be instead is told by that."""
    carried = (problem.fact,) if problem.fact is not None and problem.kind in ("value", "quantity", "mismatch") else ()
    turn.tell(Point(problem.kind, problem.request, carried, problem))
    if problem.key not in turn.belief.complaints:
        turn.belief = replace(turn.belief, complaints=(*turn.belief.complaints, problem.key))
    if carried and problem.request >= 0:
        topic = carried[0].topic
        turn.belief = turn.belief.edit(problem.request, lambda w: w.marked((topic,), "contradicted"))


def elaborate(turn: Turn, most: int = MOST_ANSWERS) -> bool:
    """Tell the next facts unsaid, if there are any."""
    slots = slots_to_elaborate(turn.belief, turn.meant, most)
    for i in dict.fromkeys(request for request, _ in slots):
        facts = tuple(f for f in turn.belief.wishes[i].unsaid() if (i, f.topic) in slots)
        turn.tell(Point("elaborate", i, facts))
    return bool(slots)


def in_force(belief: Belief) -> list[tuple[Fact, ...]]:
    """Return the facts in force, per request."""
    return [wish.facts for wish in belief.wishes]

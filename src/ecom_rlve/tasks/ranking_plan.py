"""The reference solution of short lists, turn by turn: ask, look up, compare, hand in; again after a change.

Works on ready-made calls and answers, so that the turn budget is known at reset and the oracle only reads it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.product import Constraint
from ecom_rlve.tasks.narrowing import MOST_ON_A_PAGE
from ecom_rlve.tasks.task import Event, Reference

A = TypeVar("A")
SLOTS_A_TURN = 2
"""How many slots one question may name and be answered in full."""
AT_THE_END = 10_000
"""Turn of an event that only a submission brings about."""


@dataclass(frozen=True, slots=True)
class Stage(Generic[A]):
    """What there is to do as long as nothing changes."""

    look_ups: tuple[ToolCall, ...]
    """Calls that do not depend on each other."""
    comparison: ToolCall
    """The call that needs what they show."""
    answer: A
    """What to hand in then."""


@dataclass(frozen=True, slots=True)
class Script(Generic[A]):
    """The whole reference solution."""

    actions: tuple[Action, ...]
    answer: A
    reference: Reference


@dataclass(slots=True)
class _Course(Generic[A]):
    """A reference solution in the making."""

    stages: Mapping[tuple[bool, bool], Stage[A]]
    """By whether the customer has changed their mind, and whether something has sold out."""
    unsaid: list[str]
    waiting: list[Event]
    switched_topic: str
    calls_a_turn: int
    actions: list[Action] = field(default_factory=list[Action])
    made: list[ToolCall] = field(default_factory=list[ToolCall])
    free: int = 0
    switched: bool = False
    sold_out: bool = False
    looked_up: tuple[bool, bool] = (False, False)
    """The state in which the products now in question are looked up; what sells out later was on the page."""

    @property
    def answer(self) -> A:
        return self.stages[self.switched, self.sold_out].answer

    def fire(self, due: Sequence[Event]) -> bool:
        """Let events happen; tell whether the customer changed their mind."""
        for event in due:
            self.waiting.remove(event)
            if event.kind == "sell_out":
                self.sold_out = True
            else:
                self.switched = True
                self.unsaid = [topic for topic in self.unsaid if topic != self.switched_topic]
        switched = any(event.kind == "switch" for event in due)
        if switched:
            self.looked_up = (self.switched, self.sold_out)
        return switched

    def due_calls(self) -> tuple[ToolCall, ...]:
        stage = self.stages[self.looked_up]
        first = [call for call in stage.look_ups if call not in self.made]
        if first:
            return tuple(first[: self.calls_a_turn])
        return () if stage.comparison in self.made else (stage.comparison,)


def script(
    stages: Mapping[tuple[bool, bool], Stage[A]],
    questions: Mapping[str, str],
    events: Sequence[Event],
    switched_topic: str,
    calls_a_turn: int,
    thing: str,
) -> Script[A]:
    """Return the reference solution.

    Args:
        stages: What to do, by (switched, sold out).
        questions: How every withheld slot is asked for, in order.
        events: What will happen.
        switched_topic: The slot a change of mind is about; empty if there is none.
        calls_a_turn: B_tool.
        thing: What the customer wants, as questions name it.
    """
    course = _Course(stages, list(questions), list(events), switched_topic, calls_a_turn)
    while True:
        asked = course.unsaid[:SLOTS_A_TURN]
        calls = () if asked else course.due_calls()
        if asked:
            course.actions.append(Action(f"For the {thing}: {' and '.join(questions[t] for t in asked)}?"))
        elif calls:
            course.actions.append(Action("", calls))
            course.made.extend(calls)
        elif course.waiting:
            course.actions.append(Action("", (), course.answer))
            course.fire(list(course.waiting))
            continue
        else:
            break
        number = len(course.actions)
        interrupted = course.fire([e for e in course.waiting if e.turn <= number])
        if asked and not interrupted:
            course.free += 1
            course.unsaid = [topic for topic in course.unsaid if topic not in asked]
    calls_made = sum(len(action.calls) for action in course.actions)
    free = min(course.free, len(questions) + 1)
    reference = Reference(len(course.actions) + 1, free, calls_made)
    return Script(tuple(course.actions), course.answer, reference)


def page_calls(
    constraints: Sequence[Constraint], windows: Sequence[tuple[int | None, int | None]]
) -> tuple[ToolCall, ...]:
    """Return searches that show everything in stock that meets `constraints`, one per window of prices (cents)."""
    price = attribute("price")
    filters: dict[str, dict[str, str | float]] = {}
    for c in constraints:
        if not isinstance(c.value, tuple):
            filters.setdefault(c.attribute, {})[c.op] = attribute(c.attribute).outside(c.value)
    calls: list[ToolCall] = []
    for low, high in windows:
        ends = {"min": low, "max": high}
        window = {op: price.outside(end) for op, end in ends.items() if end is not None}
        both = {**filters, "price": {**filters.get("price", {}), **window}, "in_stock": "yes"}
        kept = {name: condition for name, condition in both.items() if condition}
        calls.append(ToolCall("catalog.search", {"filters": kept, "top_k": MOST_ON_A_PAGE}))
    return tuple(calls)

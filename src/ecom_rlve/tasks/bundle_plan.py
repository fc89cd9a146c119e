"""The reference solution of bundle planning, turn by turn: what an honest agent must ask and look up.

Works on counts alone, without catalogue, tools or words, so that the turn budget is known at reset. Order: first a
question for every unsaid slot (two of one request in a turn), then for every thing its cheapest product, in each value
that linked things could share; what a change makes uncertain is looked up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ecom_rlve.tasks.task import Event, Reference

SLOTS_A_TURN = 2
"""How many slots one question may name and be answered in full."""
AT_THE_END = 10**6
"""Turn of an event that fires at the submission."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One search: the cheapest product for one thing."""

    place: int
    value: int
    """Which of the values that linked things may share; -1 for a thing that is not linked."""
    changed: bool = False
    """Whether it is for what the customer wants after a change of mind."""


@dataclass(frozen=True, slots=True)
class Step:
    """One turn."""

    kind: Literal["ask", "look", "submit"]
    request: int = -1
    topics: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    cut_short: bool = False
    """A question that gets a change of mind for an answer, and settles nothing."""


class _State:
    """What is still to be asked and looked up."""

    def __init__(self, unsaid: Sequence[Sequence[str]], values: Sequence[Sequence[int]]) -> None:
        self.unsaid = [list(topics) for topics in unsaid]
        self.values = values
        self.changed: set[int] = set()
        self.known: set[tuple[int, int]] = set()

    def next_step(self, calls_a_turn: int) -> Step:
        for i, topics in enumerate(self.unsaid):
            if topics:
                return Step("ask", i, tuple(topics[:SLOTS_A_TURN]))
        due = [(p, v) for p, values in enumerate(self.values) for v in values if (p, v) not in self.known]
        if not due:
            return Step("submit")
        return Step("look", lookups=tuple(Lookup(p, v, p in self.changed) for p, v in due[:calls_a_turn]))

    def do(self, step: Step) -> None:
        self.known.update((one.place, one.value) for one in step.lookups)
        if step.kind == "ask" and not step.cut_short:
            del self.unsaid[step.request][:SLOTS_A_TURN]

    def fire(self, event: Event, switched: str) -> None:
        place = event.request - 1
        if event.kind == "switch":
            if switched in self.unsaid[event.request]:
                self.unsaid[event.request].remove(switched)
            self.changed.add(place)
        self.known = {(p, v) for p, v in self.known if p != place}


def plan(
    unsaid: Sequence[Sequence[str]],
    values: Sequence[Sequence[int]],
    events: Sequence[Event],
    switched: str,
    calls_a_turn: int,
) -> tuple[Step, ...]:
    """Return every turn of the reference solution, submissions included.

    Args:
        unsaid: Per request (the project, then its things) the topics withheld at the opening.
        values: Per thing the values to look it up in; (-1,) where it is not linked.
        events: What happens on the way; request 0 is the project, request i + 1 the i-th thing.
        switched: The topic a change of mind is about.
        calls_a_turn: B_tool.
    """
    state, waiting, steps = _State(unsaid, values), list(events), list[Step]()
    while True:
        step = state.next_step(calls_a_turn)
        due = [e for e in waiting if e.turn <= len(steps) + 1 or step.kind == "submit"]
        if step.kind == "ask" and any(e.kind == "switch" for e in due):
            step = Step("ask", step.request, step.topics, cut_short=True)
        steps.append(step)
        if step.kind == "submit" and not due:
            return tuple(steps)
        state.do(step)
        for event in due:
            waiting.remove(event)
            state.fire(event, switched)


def reference(steps: Sequence[Step], unsaid: int) -> Reference:
    """Return what the plan costs; `unsaid` is the number of slots withheld at the opening."""
    free = min(sum(step.kind == "ask" and not step.cut_short for step in steps), unsaid + 1)
    return Reference(len(steps), free, sum(len(step.lookups) for step in steps))

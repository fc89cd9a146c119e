"""The reference solution of cart building, turn by turn: what an honest agent must look up, ask and do.

Works on needs alone, without catalogue, tools or words, so that the turn budget is known at reset. Order: first a
question for every unsaid slot (two of one thing in a turn), then look-ups and additions, as many calls in a turn as
allowed and as depend on nothing of the same turn; news of a sell-out are told before anything else goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ecom_rlve.core.errors import GenerationError
from ecom_rlve.tasks.task import Event, Reference

StepKind = Literal["ask", "tell", "history", "search", "variants", "add", "set_quantity", "remove"]
_SPOKEN = ("ask", "tell")
SLOTS_A_TURN = 2
"""How many slots one question may name and be answered in full."""
MAX_TURNS = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the reference solution does in a turn."""

    kind: StepKind
    want: int = -1
    changed: bool = False
    """Whether it is about what the want became, not what it was at first."""
    topics: tuple[str, ...] = ()
    cut_short: bool = False
    """A question that gets a change of mind for an answer, and settles nothing."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one want takes to be fulfilled."""

    unsaid: tuple[str, ...]
    """Topics withheld at the opening."""
    visited: bool
    """Found in the visit history instead of by search."""
    variant: bool
    """A particular variant is needed."""
    sold_out: Literal["", "product", "variant"] = ""
    changed: bool = False
    """Sold out from the start."""
    fallback_variant: bool = False
    """The fallback, where it is another product, needs a particular variant."""
    switched: str = ""
    """The topic that a change of mind is about; empty if there is none."""


@dataclass(slots=True)
class _State:
    """What the reference solution has done for one want. `then`: with what the want became."""

    need: Need
    unsaid: list[str]
    changed: bool
    found: set[bool] = field(default_factory=set[bool])
    inspected: set[bool] = field(default_factory=set[bool])
    knows_sold_out: bool = False
    told: bool = False
    added: set[bool] = field(default_factory=set[bool])
    removed: bool = False

    def next_steps(self, want: int, *, history_seen: bool) -> list[Step]:
        """Return the calls that are ready, none of which depends on another."""
        need, then = self.need, self.changed and (self.told or bool(self.need.switched))
        if self.knows_sold_out and not self.told:
            return []
        if then in self.added:
            return []
        if need.switched and self.changed and False in self.added:
            return self._mend(want)
        other_product = then and need.sold_out == "product"
        seen = history_seen if need.visited and not other_product else other_product in self.found
        if not seen:
            return [Step("history") if need.visited and not other_product else Step("search", want, other_product)]
        wants_variant = need.fallback_variant if other_product else need.variant
        if wants_variant and other_product not in self.inspected:
            return [Step("variants", want, other_product)]
        return [Step("add", want, then)]

    def _mend(self, want: int) -> list[Step]:
        if self.need.switched == "quantity":
            return [Step("set_quantity", want, changed=True)]
        removal = [] if self.removed else [Step("remove", want)]
        return [*removal, Step("add", want, changed=True)]

    def do(self, step: Step) -> None:
        """Note what a step brought."""
        gone = bool(self.need.sold_out) and self.changed
        if step.kind == "search":
            self.found.add(step.changed)
            self.knows_sold_out |= gone and self.need.sold_out == "product" and not step.changed
        elif step.kind == "variants":
            self.inspected.add(step.changed)
            self.knows_sold_out |= gone and not step.changed
        elif step.kind == "add" and gone and not step.changed:
            self.knows_sold_out = True
        elif step.kind == "remove":
            self.removed = True
        else:
            self.added.add(step.changed)

    def fire(self) -> None:
        """The planned change happens."""
        self.changed = True
        if self.need.switched in self.unsaid:
            self.unsaid.remove(self.need.switched)


def plan(needs: Sequence[Need], events: Sequence[Event], calls_a_turn: int) -> tuple[tuple[Step, ...], ...]:
    """Return the steps of every turn but the last, which only submits."""
    states = [_State(need, list(need.unsaid), need.changed) for need in needs]
    waiting = list(events)
    turns: list[tuple[Step, ...]] = []
    history_seen = False
    while True:
        steps = _spoken(states) or _calls(states, calls_a_turn, history_seen=history_seen)
        if not steps:
            return tuple(turns)
        if len(turns) == MAX_TURNS:
            raise GenerationError("the reference solution does not come to an end")
        turns.append(tuple(steps))
        for step in steps:
            if step.kind in ("add", "remove", "set_quantity"):
                _fire(states, waiting, [e for e in waiting if e.request == step.want])
            if step.kind == "history":
                history_seen = True
            elif step.kind not in _SPOKEN:
                states[step.want].do(step)
        due = [e for e in waiting if e.turn <= len(turns)]
        _fire(states, waiting, due)
        if any(e.kind == "switch" for e in due):
            turns[-1] = tuple(replace(step, cut_short=step.kind == "ask") for step in steps)
        else:
            _answered(states, steps)


def reference(turns: Sequence[Sequence[Step]], unsaid: int) -> Reference:
    """Return what the plan costs; `unsaid` is the number of slots withheld at the opening."""
    steps = [step for turn in turns for step in turn]
    free = min(sum(step.kind == "ask" and not step.cut_short for step in steps), unsaid + 1)
    return Reference(len(turns) + 1, free, sum(step.kind not in _SPOKEN for step in steps))


def _spoken(states: Sequence[_State]) -> list[Step]:
    for i, state in enumerate(states):
        if state.unsaid:
            return [Step("ask", i, topics=tuple(state.unsaid[:SLOTS_A_TURN]))]
    for i, state in enumerate(states):
        if state.knows_sold_out and not state.told:
            return [Step("tell", i)]
    return []


def _calls(states: Sequence[_State], limit: int, *, history_seen: bool) -> list[Step]:
    ready = (step for i, s in enumerate(states) for step in s.next_steps(i, history_seen=history_seen))
    return list(dict.fromkeys(ready))[:limit]


def _fire(states: Sequence[_State], waiting: list[Event], due: Sequence[Event]) -> None:
    for event in due:
        waiting.remove(event)
        states[event.request].fire()


def _answered(states: Sequence[_State], steps: Sequence[Step]) -> None:
    for step in steps:
        if step.kind == "ask":
            states[step.want].unsaid = [t for t in states[step.want].unsaid if t not in step.topics]
        elif step.kind == "tell":
            states[step.want].told = True

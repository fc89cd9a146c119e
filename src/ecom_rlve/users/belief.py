"""What the customer remembers and believes: per slot, per request, and of the talk so far.

Knows no words, and no page: how a belief changes is decided in `policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.user import SlotKey

SlotState = Literal["unsaid", "said", "confirmed", "contradicted"]
"""confirmed: seen to be right. contradicted: the agent's last proposal broke it."""
RequestState = Literal["open", "proposed", "executed", "settled"]
"""proposed: the agent offered something. executed: something of the kind is on the page. settled: seen to be right."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One request as the customer has it in mind now."""

    facts: tuple[Fact, ...]
    """Those in force: the request's own, or its fallback's once the customer has settled for that."""
    topics: tuple[str, ...]
    """The topic of each of `facts`."""
    slots: tuple[SlotState, ...]
    """How each of `facts` stands."""
    state: RequestState = "open"
    is_fallback: bool = False
    insisted: int = 0
    """How often the customer has asked to look again."""

    def fact(self, topic: str) -> Fact | None:
        """Return the fact under `topic`, or None."""
        return self.facts[self.topics.index(topic)] if topic in self.topics else None

    def is_unsaid(self, topic: str) -> bool:
        """Whether there is a fact under `topic` that was never said."""
        return topic in self.topics and self.slots[self.topics.index(topic)] == "unsaid"

    def unsaid(self) -> tuple[Fact, ...]:
        """Return the facts never said, in their order."""
        return tuple(f for f, s in zip(self.facts, self.slots, strict=True) if s == "unsaid")

    def said(self) -> tuple[Fact, ...]:
        """Return the facts that were said or are known, in their order."""
        return tuple(f for f, s in zip(self.facts, self.slots, strict=True) if s != "unsaid")

    def marked(self, topics: Iterable[str], state: SlotState) -> Wish:
        """Return the wish with the slots of `topics` in `state`."""
        names = tuple(topics)
        changed = [state if t in names else s for t, s in zip(self.topics, self.slots, strict=True)]
        return replace(self, slots=tuple(changed))


def wish(facts: tuple[Fact, ...], slots: Iterable[SlotState], *, is_fallback: bool = False) -> Wish:
    """Return the wish for `facts`, open, with its slots as given."""
    return Wish(facts, tuple(f.topic for f in facts), tuple(slots), is_fallback=is_fallback)


@dataclass(frozen=True, slots=True)
class Belief:
    """All of the customer's memory."""

    register: str
    """The manner of speaking: one of the phrase grammar's registers."""
    patience: int
    """What is left of it; at 0 the customer leaves."""
    wishes: tuple[Wish, ...]
    focus: int = -1
    """The request last talked about, -1 for none."""
    asked: tuple[SlotKey, ...] = ()
    """Every slot asked for so far."""
    last_asked: tuple[SlotKey, ...] = ()
    """What the last question was about, to notice the same one again."""
    complaints: tuple[tuple[int, str], ...] = ()
    """(request, topic) of what the customer has found wrong so far."""
    idle: int = 0
    """Turns in a row that brought nothing."""
    confirmed: bool = False
    """Whether the customer has said yes to the whole page."""

    def edit(self, request: int, change: Callable[[Wish], Wish]) -> Belief:
        """Return the belief with one wish changed."""
        wishes = tuple(change(w) if i == request else w for i, w in enumerate(self.wishes))
        return replace(self, wishes=wishes)

    def reveal(self, slots: Iterable[SlotKey]) -> Belief:
        """Return the belief in which `slots` are said; what was confirmed stays so."""
        belief = self
        for request, topic in slots:
            if belief.wishes[request].is_unsaid(topic):
                belief = belief.edit(request, lambda w, topic=topic: w.marked((topic,), "said"))
        return belief

    def is_unsaid(self, slot: SlotKey) -> bool:
        """Whether the slot exists and was never said."""
        request, topic = slot
        return self.wishes[request].is_unsaid(topic)


def first_belief(brief: Brief, register: str, patience: int) -> Belief:
    """Return the belief right after the opening, which said all that is not withheld."""
    wishes = tuple(
        wish(request.facts, ["unsaid" if f.withheld else "said" for f in request.facts]) for request in brief.requests
    )
    return Belief(register, patience, wishes)

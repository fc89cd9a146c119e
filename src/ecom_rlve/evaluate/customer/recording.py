"""Listening in: a customer that is the built-in one and keeps every reply, with all that was in its mind.

Judges nothing and changes nothing: the replies are those of any episode.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.tasks.brief import Brief, Fact, Item
from ecom_rlve.users.belief import Belief, Wish
from ecom_rlve.users.customer import Agenda, Customer
from ecom_rlve.users.user import Heard, Reply

TRIES = 3
"""How often a reply is timed; the best counts: what the code needs, not what else the machine does."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One reply, and what it has to agree with."""

    brief: Brief
    """What holds now."""
    wishes: tuple[Wish, ...]
    """What the customer has in mind of each request brought up so far, afterwards."""
    reply: Reply
    seen: tuple[Item, ...] = ()
    """All that the customer had before their eyes."""
    asked: tuple[Belief | Agenda, Heard] | None = None
    """What it replied to: the memory before, and what was heard; None for an opening."""

    def told(self) -> list[tuple[int, Fact]]:
        """Return (request, fact) of every slot that the act says the words carry."""
        facts = ((i, self.wishes[i].fact(topic)) for i, topic in self.reply.said)
        return [(i, fact) for i, fact in facts if fact is not None]

    def about(self, first: int, brief: Brief, text: str) -> Utterance:
        """Return what is said of one of several matters, whose requests begin at `first`, in a part of the words."""
        inside = range(first, first + len(brief.requests))
        said = tuple((i - first, topic) for i, topic in self.reply.said if i in inside)
        wishes = self.wishes[inside.start : inside.stop]
        return replace(self, brief=brief, wishes=wishes, reply=replace(self.reply, text=text, said=said))

    def is_true_to_brief(self) -> bool:
        """Whether every value that the log says was told is one of the goal in force."""
        return all(replace(fact, withheld=False) in self.in_force(i) for i, fact in self.told())

    def in_force(self, request: int) -> list[Fact]:
        """Return what the goal in force knows of a request, what the customer would take instead included."""
        wanted = self.brief.requests[request]
        return [replace(fact, withheld=False) for fact in (*wanted.facts, *wanted.fallback)]


class Recorder:
    """A `User` that answers as `Customer` does and remembers what it answered."""

    def __init__(self) -> None:
        self.customer = Customer()
        self.utterances: list[Utterance] = []

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Belief | Agenda]:
        """As `Customer.open`."""
        reply, belief = self.customer.open(brief, rng, noise)
        self.utterances.append(Utterance(brief, _wishes(belief), reply))
        return reply, belief

    def respond(
        self, brief: Brief, belief: Belief | Agenda, heard: Heard, rng: Stream, noise: float
    ) -> tuple[Reply, Belief | Agenda]:
        """As `Customer.respond`."""
        reply, after = self.customer.respond(brief, belief, heard, rng, noise)
        seen = (*heard.items, *heard.shown, *heard.gone)
        self.utterances.append(Utterance(brief, _wishes(after), reply, seen, (belief, heard)))
        return reply, after


def _wishes(belief: Belief | Agenda) -> tuple[Wish, ...]:
    minds = belief.minds if isinstance(belief, Agenda) else (belief,)
    return tuple(wish for mind in minds for wish in mind.wishes)


def seconds_per_reply(utterances: Sequence[Utterance]) -> list[float]:
    """Return how long the customer takes for each reply with words: the best of a few tries, as in `evaluate.speed`."""
    best: list[float] = []
    for k, said in enumerate(utterances):
        if said.asked is not None and said.reply.text:
            belief, heard = said.asked
            times: list[float] = []
            for _ in range(TRIES):
                rng = stream(k, "time")
                began = time.perf_counter()
                Customer().respond(said.brief, belief, heard, rng, 0.0)
                times.append(time.perf_counter() - began)
            best.append(min(times))
    return best

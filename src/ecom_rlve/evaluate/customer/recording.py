"""Listening in: a customer that is the built-in one and keeps every reply, with all that was in its mind.

Judges nothing and changes nothing: the replies are those of any episode.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecom_rlve.core.rng import Stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.brief import Brief, Fact, Item
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.customer import Customer
from ecom_rlve.users.user import Heard, Reply


@dataclass(frozen=True, slots=True)
class Utterance:
    """One reply, and what it has to agree with."""

    brief: Brief
    """What holds now."""
    belief: Belief
    """Of the customer, afterwards."""
    reply: Reply
    seen: tuple[Item, ...] = ()
    """All that the customer had before their eyes."""
    seconds: float = 0.0
    """Time it took to think of it."""

    def told(self) -> list[tuple[int, Fact]]:
        """Return (request, fact) of every slot that the act says the words carry."""
        facts = ((i, self.belief.wishes[i].fact(topic)) for i, topic in self.reply.said)
        return [(i, fact) for i, fact in facts if fact is not None]

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
        self.spec: EpisodeSpec | None = None

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """As `Customer.open`."""
        began = time.perf_counter()
        reply, belief = self.customer.open(brief, rng, noise)
        self._keep(brief, belief, reply, (), began)
        return reply, belief

    def respond(self, brief: Brief, belief: Belief, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """As `Customer.respond`."""
        began = time.perf_counter()
        reply, after = self.customer.respond(brief, belief, heard, rng, noise)
        self._keep(brief, after, reply, (*heard.items, *heard.shown, *heard.gone), began)
        return reply, after

    def _keep(self, brief: Brief, belief: Belief, reply: Reply, seen: Sequence[Item], began: float) -> None:
        seconds = time.perf_counter() - began
        self.utterances.append(Utterance(brief, belief, reply, tuple(seen), seconds))

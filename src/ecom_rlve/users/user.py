"""What a customer is to the engine: words out, what the agent did in.

Knows no task, no world, no goal: only a `Brief` and what the agent showed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Item

Act = Literal["inform", "confirm", "clarify", "correct", "elaborate", "continue", "switch", "done", "ragequit"]
"""inform: the opening. clarify: answers a question about a slot. elaborate: answers "anything else?" or names what is
still missing. confirm: says yes to what is right. correct: says what is wrong. switch: announces a change of mind.
continue: nothing to add. done: saw everything settled. ragequit: leaves."""

Words = Literal["grammar", "voice", "fallback"]
"""voice: a model's, parsed back before use. fallback: the grammar's, where the model's did not carry the act."""

SlotKey = tuple[int, str]
"""(index of the request, topic of the fact)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One agent turn, as the customer perceives it."""

    message: str
    items: tuple[Item, ...] = ()
    """All that the customer can see now (their cart page)."""
    changed: bool = False
    """Whether `items` changed since the customer last looked."""
    shown: tuple[Item, ...] = ()
    """Products the agent named in this message (kind "product"), as the shop's pages show them."""
    switched: tuple[int, ...] = ()
    """Requests whose facts just changed in the customer's mind; the brief already holds the new ones."""
    sold_out: tuple[int, ...] = ()
    """Requests whose wanted thing the customer just found to be sold out, without being told."""
    gone: tuple[Item, ...] = ()
    """What it was that they found sold out."""
    submitted: bool = False
    """The agent wanted to close the matter, and a change came in between; the customer announces it."""
    errand: int | None = None
    """The number under which the agent wanted to close an errand, if it wanted to; errands count from 1."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer does and says."""

    act: Act
    text: str
    said: tuple[SlotKey, ...] = ()
    """Slots whose value the words carry."""
    settled: tuple[SlotKey, ...] = ()
    """Slots that were unsaid before this reply and are known now."""
    words: Words = "grammar"
    """Where the text comes from."""
    tries: int = 0
    """Texts that a model was asked for."""
    marked: str = field(default="", compare=False, repr=False)
    """The text before typos, with marks around what must stand verbatim; no part of what was said."""
    clean: bool = field(default=False, compare=False, repr=False)
    """Whether it is typed without typos, as by somebody who is asked again."""


B = TypeVar("B")


class User(Protocol[B]):
    """A simulated customer. Pure: all memory is in the belief, all chance in the stream."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, B]:
        """Return the opening words (act "inform") and the first belief. `noise`: typos per character."""
        ...

    def respond(self, brief: Brief, belief: B, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, B]:
        """Return the reply to one agent turn and the belief after it."""
        ...

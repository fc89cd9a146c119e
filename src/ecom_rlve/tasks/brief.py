"""Brief: all that the simulated customer knows of a goal.

Facts that can be spoken *and* checked. No hidden id, no task, no answer: what is not in here, the customer cannot say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.product import Constraint

IN_WORDS = "words"
"""The kind of a request that is fulfilled by what the agent says: the customer has nothing to look at."""


@dataclass(frozen=True, slots=True)
class Link:
    """What some of the things have to agree in: "the same color for the desk and the chair"."""

    attribute: str
    requests: tuple[int, ...]
    """Indices into the brief's requests, at least two."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the customer wants, in a form that can be said and checked."""

    constraint: Constraint
    slot: str = ""
    """The topic under which it is asked for; empty means the constraint's attribute. "visited" marks the title of
    something the customer looked at: they do not quote it but say "the one I looked at yesterday"."""
    detail: int = 0
    """For "visited": how many days ago, ≥ 0."""
    withheld: bool = False
    """Left unsaid in the opening; told when asked."""
    link: Link | None = None
    """For a fact of the whole that binds its parts to each other; the constraint's value then only says it."""

    @property
    def topic(self) -> str:
        """The slot's name: `slot`, or the attribute."""
        return self.slot or self.constraint.attribute


@dataclass(frozen=True, slots=True)
class Item:
    """Something the customer can see on their own page: a line of the cart, of an order, a product recommended."""

    kind: str
    """What sort of thing it is, e.g. "cart_line"; a request is judged only on items of its own kind."""
    name: str
    """Its title as printed."""
    values: Mapping[str, Value]
    """Every attribute shown with it, options and quantity included; an option overrides the product's attribute."""
    forms: Mapping[str, tuple[Value, ...]] = field(default_factory=dict[str, tuple[Value, ...]])
    """What is still to be chosen: attribute to the values in which it can be had."""

    def value(self, attribute: str) -> Value | None:
        """Return the stored value of `attribute`, or None where it is not shown."""
        return self.values.get(attribute)

    def possible(self, attribute: str) -> tuple[Value, ...]:
        """Return every value of `attribute` in which this can be had; empty where nothing is shown of it."""
        value = self.value(attribute)
        return self.forms.get(attribute, ()) if value is None else (value,)


@dataclass(frozen=True, slots=True)
class Request:
    """One of the things the customer came for."""

    kind: str
    """The kind of item that fulfils it, e.g. "cart_line"."""
    noun: str
    """What people call it, e.g. "phone charger"."""
    plural: str
    facts: tuple[Fact, ...]
    """In the order in which "anything else?" reveals them. The first, its category, is never withheld. A quantity of
    one is a fact too, and never withheld (the customer says "a charger"; an unsaid quantity is "some chargers")."""
    fallback: tuple[Fact, ...] = ()
    """What they take instead, complete, once told that this is sold out; empty: they know of no replacement."""
    open: bool = False
    """Whatever meets the facts will do, so that one thing sold out only means another."""
    whole: bool = False
    """It is all the others together, e.g. a project with its budget: never shown alone, and without a category."""

    @property
    def is_list(self) -> bool:
        """Whether several things are asked for, each of which may be left out of the choice."""
        return any(f.topic == "quantity" and f.constraint.value != 1 for f in self.facts)


@dataclass(frozen=True, slots=True)
class Brief:
    """What the customer has in mind."""

    intent: str
    """Which openings fit: a key of the phrase grammar, e.g. "fill_cart"."""
    requests: tuple[Request, ...]
    occasion: str = ""
    """What it is all for, where the opening tells, e.g. "a camping trip with two children"."""
    errands: tuple[Errand, ...] = ()
    """Where they came for several things, one after another: each of them; `requests` then holds all of theirs."""

    @property
    def most_free_turns(self) -> int:
        """Most turns that settle something by a question: one a slot left unsaid, and one more, for every errand."""
        withheld = sum(fact.withheld for request in self.requests for fact in request.facts)
        return withheld + max(1, len(self.errands))


@dataclass(frozen=True, slots=True)
class Errand:
    """One of several things somebody came for, in the order in which they bring them up."""

    brief: Brief
    state: Literal["later", "open", "closed"]
    """later: not brought up yet. closed: submitted."""


def several(errands: tuple[Errand, ...]) -> Brief:
    """Return the brief of somebody with several errands; its requests are those of all of them, one after another."""
    return Brief("errands", tuple(r for errand in errands for r in errand.brief.requests), errands=errands)

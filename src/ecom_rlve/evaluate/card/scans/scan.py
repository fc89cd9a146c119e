"""Scan: brute force over everything that could be meant, from nothing but what the customer can tell.

What one scan gets and returns. Knows no environment; `scans` has one for each kind of goal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.core.product import Constraint, Product
from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.tasks.registry import AnyTask
from ecom_rlve.world.world import World


@dataclass(frozen=True, slots=True)
class Drawn:
    """A problem once everything planned has happened, before the agent did anything."""

    task: AnyTask
    goal: Any  # Any: each task has its own
    brief: Brief
    """All that can be told, said or withheld."""
    world: World
    answer: Any  # Any: of the task's answer type
    """What the reference solution hands in."""

    def facts(self, request: int = 0) -> dict[str, Fact]:
        """Return what can be told of a request, by topic."""
        return {fact.topic: fact for fact in self.brief.requests[request].facts}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the thing meant stands in a list that the shop shows."""

    shown_in: str
    """Which list, for people."""
    position: int
    length: int
    thing: str
    """Its id: the same thing met again says nothing new."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What brute force found."""

    acceptable: int
    """How many things would do; of several requests, the fewest."""
    faults: tuple[str, ...] = ()
    """Where what is told leaves nothing, or more than one thing where one is meant, or what the verdict refuses."""
    places: tuple[Place, ...] = ()


Scan = Callable[[Drawn], Scanned]


def meets(world: World, product: Product, constraints: Sequence[Constraint]) -> bool:
    """Whether a product, in one of the forms on offer, meets all constraints: read off its page, without columns."""
    own = [c for c in constraints if c.attribute != "quantity"]
    return any(
        all(c.admits(form.options.get(c.attribute, product.value(c.attribute))) for c in own)
        for form in world.variants(product.id)
    )


def of_type(world: World, category: object) -> list[Product]:
    """Return every product of the whole shop that is of a type, row by row, without the shop's own groups."""
    column, code = world.catalog.column("category"), world.catalog.code("category", str(category))
    rows = [row for row, own in enumerate(column.tolist()) if own == code]
    return [world.product(world.catalog.id_of(row)) for row in rows]


def place_in_list(world: World, shown_in: str, product_id: str, category: str, brand: str = "") -> Place | None:
    """Return where a product stands when its type (and brand) is listed without words, as the shop sorts it then."""
    within = [Constraint("category", "eq", category)] + ([Constraint("brand", "eq", brand)] if brand else [])
    found = world.catalog.search("", within, sort="relevance", limit=len(world.catalog), offer=world.offer).rows
    row = world.catalog.row_of(product_id)
    return Place(shown_in, found.index(row), len(found), product_id) if row in found else None

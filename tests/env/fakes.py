"""Environments that are out of order, offered to the registry as an installed package would offer them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.ids import ProductId
from ecom_rlve.tasks.cart_building import CartBuilding
from ecom_rlve.tasks.task import Fault, Score


class BrokenVerifier(CartBuilding):
    """Its verdict is a bug."""

    name = "broken_verifier"

    def verify(self, goal, world, answer):
        raise KeyError("no such part")


class OutOfRange(CartBuilding):
    """Its verdict is no verdict."""

    name = "out_of_range"

    def verify(self, goal, world, answer):
        return Score(7.0, is_correct=True)


class BrokenBrief(CartBuilding):
    """Forgets what the customer wants as soon as something changes."""

    name = "broken_brief"

    def amend(self, goal, event):
        raise IndexError("no such want")


class _Burnt(Catalog):
    def search(self, query, constraints, **how):
        raise MemoryError("the index is on fire")


class BrokenTool(CartBuilding):
    """Takes place in a shop whose search is a bug."""

    name = "broken_tool"

    def generate(self, world, difficulty, rng):
        problem = super().generate(world, difficulty, rng)
        return replace(problem, world=replace(problem.world, catalog=_Burnt(world.catalog.path)))


@dataclass(frozen=True, slots=True)
class Picks:
    product_ids: tuple[ProductId, ...]
    """Ids, best first."""


class Recommends(CartBuilding):
    """Wants ids for an answer, which cart building does not."""

    name = "recommends"
    answer_type: ClassVar[type] = Picks

    def verify(self, goal, world, answer):
        return Score(-1.0, is_correct=False, faults=(Fault("wrong_product"),))


FAKES = (BrokenVerifier, OutOfRange, BrokenBrief, BrokenTool, Recommends)

"""Cases of returns: what the policy says of a line, what could be sent instead, and the reference solution's way.

Knows no customer and no verdict: those are `tasks.returns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar, cast

import numpy as np

from ecom_rlve.catalog.arrays import Flags
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import PRICE, RATING, Value, attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.ids import LineId, OrderId, ProductId
from ecom_rlve.core.product import Constraint, Product
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.order_history import Place
from ecom_rlve.tasks.talk_plan import PlannedTurn, Slot, Stages
from ecom_rlve.tasks.task import Oracle
from ecom_rlve.tools.catalog import SearchPage, VariantPage
from ecom_rlve.world.clauses import variables
from ecom_rlve.world.orders import Order, OrderLine, Stamp
from ecom_rlve.world.policy import Rule, Section, telling_values
from ecom_rlve.world.returns import Method, Reason, records
from ecom_rlve.world.world import World

A = TypeVar("A")
MOST_WISHES = 5
NEIGHBOURS = 128
"""Rows to each side of a product against which wishes are weighed."""
DOLLAR = 100


@dataclass(frozen=True, slots=True)
class Case:
    """One line that the customer may mean, and what the policy says of it."""

    order_id: OrderId
    line_id: LineId
    product_id: ProductId
    is_eligible: bool
    declined_for: str
    """The code of the deciding rule; empty where it is eligible."""
    turns_on: int
    """Circumstances that alone could change which rule decides."""
    said: Mapping[str, Value]
    """How the customer tells it."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What the customer wants instead."""

    category: str
    constraints: tuple[Constraint, ...]

    def fits(self, product: Product, case: Case) -> bool:
        """Whether a product is another one than the line's, of the right kind, and meets the wishes."""
        other = product.id != case.product_id and product.category == self.category
        return other and all(c.holds(product) for c in self.constraints)


@dataclass(frozen=True, slots=True)
class Goal:
    first: Case
    then: Case
    """What they mean after a correction; the same where there is none."""
    state: Mapping[str, Value]
    reason: str
    method: Method
    replacement: Replacement | None
    withheld: frozenset[Slot]
    alike: int
    """How many lines look like the one meant, it included."""
    changed: bool = False
    plan: tuple[PlannedTurn, ...] = ()

    @property
    def in_force(self) -> Case:
        """The line meant now."""
        return self.then if self.changed else self.first

    @property
    def reason_code(self) -> Reason:
        """The customer's reason as the tools take it."""
        return cast("Reason", self.reason.replace(" ", "_"))

    @property
    def told(self) -> Mapping[str, Value]:
        """All that the customer can tell of the return, by topic."""
        method: Mapping[str, Value] = {} if self.replacement is not None else {"return_method": self.method}
        return {**self.in_force.said, "reason": self.reason, **self.state, **method}


def case_of(world: World, place: Place, state: Mapping[str, Value], said: Mapping[str, Value]) -> Case:
    """Return what the policy says of a delivered line in some state."""
    facts = {**records(world, place.order, place.line), **state}
    section = world.policy.returns
    rule, turns_on = _ruled(section, *(facts[name] for name in _telling(section)))
    return Case(place.order.id, place.line.id, place.line.product_id, rule.value == "yes", rule.code, turns_on, said)


@lru_cache(maxsize=1 << 15)
def _ruled(section: Section, *facts: Value) -> tuple[Rule, int]:
    """Return the rule that decides a return, and how many circumstances alone could change which one does."""
    rule = _deciding(section, *facts)
    others = ((facts[:k], values, facts[k + 1 :]) for k, values in enumerate(_telling(section).values()))
    return rule, sum(any(_deciding(section, *a, v, *b) is not rule for v in values) for a, values, b in others)


@lru_cache(maxsize=1 << 15)
def _deciding(section: Section, *facts: Value) -> Rule:
    """Return the rule that decides a return; histories and states that are tried differ in little."""
    return section.decide(dict(zip(_telling(section), facts, strict=True)))


@lru_cache(maxsize=16)
def _telling(section: Section) -> Mapping[str, tuple[Value, ...]]:
    """Return, for every circumstance of a return, the values that the rules can tell apart."""
    clauses = [rule.when for rule in section.rules]
    return {name: telling_values(name, clauses) for name in section.variables}


def near_a_limit(world: World, place: Place, rng: Stream) -> tuple[World, Place]:
    """Return the world in which a line arrived about as many days ago as some window lasts (one more, one less)."""
    order = place.order
    age = (world.today - order.placed).days
    clauses = [rule.when for rule in world.policy.returns.rules]
    high = variables()["days_since_delivery"].high
    limits = [
        v for v in telling_values("days_since_delivery", clauses) if isinstance(v, int) and 1 < v < min(age, high)
    ]
    return delivered(world, place, rng.choice(limits)) if limits else (world, place)


def delivered(world: World, place: Place, days: int) -> tuple[World, Place]:
    """Return the world in which a line arrived `days` ago, or on the day it was ordered if that is later."""
    order = place.order
    day = max(world.today - timedelta(days=days), order.placed)
    timeline = tuple(Stamp(min(s.day, day), s.status) for s in order.timeline[:-1])
    moved = replace(order, timeline=(*timeline, replace(order.timeline[-1], day=day)))
    return _with_order(world, moved), Place(moved, place.line)


def on_final_sale(world: World, place: Place) -> tuple[World, Place]:
    """Return the world in which a line was bought on final sale."""
    line = replace(place.line, final_sale=True)
    lines = tuple(line if own.id == line.id else own for own in place.order.lines)
    order = replace(place.order, lines=lines)
    return _with_order(world, order), Place(order, line)


def _with_order(world: World, order: Order) -> World:
    return replace(world, orders=tuple(order if o.id == order.id else o for o in world.orders))


def draw_replacement(world: World, lines: Sequence[OrderLine], count: int, rng: Stream) -> Replacement | None:
    """Return wishes for something of the same kind as `lines` that some product in stock meets; None if there is none.

    What fits is none of the products of `lines` themselves.
    """
    catalog = world.catalog
    old = {world.row(line.product_id) for line in lines}
    leaf = catalog.leaf(min(old))
    rows = catalog.category_rows(leaf.key)
    on_shelf = catalog.column("stock")[rows.start : rows.stop] > 0
    on_shelf[[row - rows.start for row in old if row in rows]] = False
    there = np.flatnonzero(on_shelf)
    if not len(there):
        return None
    row = rows.start + int(there[rng.below(len(there))])
    product = catalog.product(row)
    # What comes in forms is left out: a product found by one of its forms would be judged by the one it is listed as.
    varying = catalog.varying(leaf.key)
    limit = -(-product.price // (5 * DOLLAR)) * 5 * DOLLAR
    words = [n for n in leaf.attributes if n not in varying and n != RATING and attribute(n).kind == "word"]
    told = [n for n in ("brand", *words) if n == "brand" or product.value(n) is not None]
    near = range(max(rows.start, row - NEIGHBOURS), min(rows.stop, row + NEIGHBOURS))
    left = (catalog.column(PRICE)[near.start : near.stop] <= limit) & (
        catalog.column("stock")[near.start : near.stop] > 0
    )
    wishes = [Constraint(PRICE, "max", limit)]
    for name in _telling_most_last(catalog, row, rng.shuffled(told), near, left)[: min(count, MOST_WISHES) - 1]:
        value = product.brand if name == "brand" else product.value(name)
        assert value is not None
        wishes.append(Constraint(name, "eq", value))
    return Replacement(leaf.key, tuple(wishes))


def _telling_most_last(catalog: Catalog, row: int, names: Sequence[str], near: range, left: Flags) -> list[str]:
    """Return the attributes of `names` in an order in which each rules out something that those before it leave.

    The one that rules out least comes first, so that what is said later is not told already by what was said before.

    Args:
        catalog: The shop.
        row: The product whose values are wished.
        names: Attributes.
        near: Rows around it, so that the size of the catalogue does not matter.
        left: Which of them are left.
    """
    out: list[str] = []
    open_ = list(names)
    while open_:
        columns = {name: catalog.column(name) for name in open_}
        fits = {name: left & (c[near.start : near.stop] == c[row]) for name, c in columns.items()}
        narrowing = [name for name in open_ if 0 < int(fits[name].sum()) < int(left.sum())]
        if not narrowing:
            break
        best = max(narrowing, key=lambda name: int(fits[name].sum()))
        left, open_ = fits[best], [name for name in narrowing if name != best]
        out.append(best)
    return out


def stages(goal: Goal, case: Case) -> Stages:
    """Return what has to be called for a line: nothing that the policy forbids is started."""
    if not case.is_eligible:
        return (("order.list",), ("return.check_eligibility",))
    if goal.replacement is None:
        return (("order.list",), ("return.check_eligibility",), ("return.initiate",))
    looks = ("order.list", "catalog.search")
    return (looks, ("return.check_eligibility", "catalog.get_variants"), ("return.exchange",))


def walk(goal: Goal, answer: Callable[[Goal], A]) -> Oracle[A]:
    """Walk the plan with real calls and real questions, and return the last answer."""
    found = _Found()
    for turn in goal.plan:
        now = replace(goal, changed=turn.changed)
        if turn.submits:
            yield Action(answer=answer(now))
        elif turn.topics:
            yield Action(_question(turn, several=goal.replacement is not None))
        else:
            calls = tuple(ToolCall(name, _arguments(name, now, found)) for name in turn.calls)
            found.see(goal, (yield Action("", calls)))
    return answer(replace(goal, changed=True))


class _Found:
    """What the reference solution has found to send instead."""

    def __init__(self) -> None:
        self.product_id = self.variant_id = ""

    def see(self, goal: Goal, observation: Observation) -> None:
        """Take the first product found that is none of those ordered, and a form of it that is in stock."""
        old = (goal.first.product_id, goal.then.product_id)
        for view in (result.view for result in observation.results):
            if isinstance(view, SearchPage):
                self.product_id = next((c.product_id for c in view.results if c.product_id not in old), "")
            elif isinstance(view, VariantPage):
                self.variant_id = max(view.variants, key=lambda v: v.stock).variant_id


def _arguments(name: str, goal: Goal, found: _Found) -> Mapping[str, object]:
    case, wish = goal.in_force, goal.replacement
    line = {"order_id": case.order_id, "line_id": case.line_id}
    if name == "return.initiate":
        return {**line, "reason": goal.reason_code, "method": goal.method}
    if name == "return.exchange":
        return {**line, "new_product_id": found.product_id, "new_variant_id": found.variant_id}
    if name == "catalog.get_variants":
        return {"product_id": found.product_id}
    if name == "catalog.search" and wish is not None:
        filters = {
            c.attribute: {c.op: attribute(c.attribute).outside(c.value)}
            for c in wish.constraints
            if not isinstance(c.value, tuple)
        }
        return {"filters": {"category": wish.category, **filters, "in_stock": "yes"}}
    return line if name == "return.check_eligibility" else {}


def _question(turn: PlannedTurn, *, several: bool) -> str:
    labels = [attribute(t).label for t in turn.topics]
    if turn.request == 1:
        return f"Which {' and which '.join(labels)} would you like for the replacement?"
    asked = f"could you tell me the {' and the '.join(labels)}?"
    return f"For the return, {asked}" if several else asked.capitalize()

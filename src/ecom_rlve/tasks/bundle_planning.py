"""Bundle planning: choose one product for each thing that a project takes, within its budget.

Goal      three to twelve things, some with conditions, some that should agree in something; all within a budget.
Answer    {product_ids}: one for each thing, in any order.
Reward    raw = max(-1, 2·F1 - 1 - 2·min(1, overrun)), F1 over things filled, overrun = excess over budget / budget.
Solved    every thing is filled by exactly one product, none is superfluous, and the sum is within the budget.
Harder    more things and conditions; a tighter budget; details unsaid; sell-outs; changes of mind.

Knows no customer, no engine. What is cheapest is in `tasks.bundle_optimum`, how a goal is drawn in
`tasks.bundle_draw`, the reference solution's turns in `tasks.bundle_plan`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import MaxLen

from ecom_rlve.core.attributes import PRICE, attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, Difficulty
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact, Link, Request
from ecom_rlve.tasks.bundle_draw import Goal, draw
from ecom_rlve.tasks.bundle_optimum import Sharing, cheapest, cheapest_row
from ecom_rlve.tasks.bundle_plan import Lookup, Step
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.task import Event, Fault, Oracle, Problem, Score
from ecom_rlve.tools.catalog import SearchPage
from ecom_rlve.world.world import World

PROJECT = 0
"""The project's own request; its things follow."""


@dataclass(frozen=True, slots=True)
class Answer:
    product_ids: Annotated[tuple[ProductId, ...], MaxLen(200)] = ()
    """Ids of the products chosen: exactly one for each thing the customer needs, in any order"""


class BundlePlanning:
    name: ClassVar[str] = "bundle_planning"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = ("m", *EVERYWHERE, "eps_rank", "p_oos")
    instructions: ClassVar[str] = (
        "The customer has a project that takes several things. Choose exactly one product for each of them: it must be "
        "in stock and meet what they want of it, and all together must stay within their budget and agree in what "
        "should match. Find out what they left unsaid. Submit the ids of your choice; the cart is not needed."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw a project, its things and their conditions, a budget from the exact optimum, and what will change."""
        return draw(world, difficulty, rng)

    def brief(self, goal: Goal) -> Brief:
        """Return the project with its budget, then each thing."""
        whole = Request("project", goal.project.noun, goal.project.plural, _of_project(goal), whole=True)
        things = (
            Request("product", t.noun, t.plural, (_type(t.category), *t.facts, _ONE), open=True) for t in goal.things
        )
        return Brief("plan_project", (whole, *things), goal.project.occasion)

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after a change of mind; a sell-out changes the shelf, not what is wanted."""
        if event.kind == "sell_out":
            return goal
        if event.request == PROJECT:
            return replace(goal, budget=goal.switched_budget or goal.budget, budget_withheld=False)
        changed = (replace(t, facts=t.switched) if i == event.request - 1 else t for i, t in enumerate(goal.things))
        return replace(goal, things=tuple(changed))

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Compare what was chosen with every thing's conditions, what should match, and the budget."""
        chosen = _Chosen(goal, world, answer.product_ids if answer is not None else ())
        wanted, given = len(goal.things), len(chosen.ids)
        score = 2 * len(chosen.filled) / (wanted + given)
        over = max(0, chosen.cost - goal.budget) / goal.budget
        correct = len(chosen.filled) == wanted == given and not over
        parts = {"f1": score, "over_budget": min(1.0, over)}
        if len(chosen.filled) == wanted == given:
            best = cheapest(world, goal.places, goal.sharing)
            parts["regret"] = chosen.cost / best.cost - 1 if best is not None else 0.0
        faults = () if correct else tuple(_faults(goal, world, chosen))
        return Score(max(-1.0, 2 * score - 1 - 2 * min(1.0, over)), correct, parts, faults)

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what the customer had in mind."""
        return from_brief(self.brief(goal))

    def chance(self, problem: Problem[Goal]) -> float:
        """Return a bound on the chance to be right blindly: the shares of their categories that would do.

        Of each thing only what the budget still allows with the cheapest of all others counts.
        """
        world, goal = problem.world, problem.goal
        rows = [cheapest_row(world, place.category, place.constraints) for place in goal.places]
        prices = [0 if row is None else int(world.catalog.column(PRICE)[row]) for row in rows]
        allowed = [
            (*place.constraints, Constraint(PRICE, "max", max(0, goal.budget - sum(prices) + price)))
            for place, price in zip(goal.places, prices, strict=True)
        ]
        plain = [_share(world, p.category, asked) for p, asked in zip(goal.places, allowed, strict=True)]
        if goal.sharing is None:
            return math.prod(plain)
        linked = goal.sharing.places
        agreed = sum(
            math.prod(_share(world, goal.places[i].category, (*allowed[i], same)) for i in linked)
            for same in (Constraint(goal.sharing.attribute, "eq", value) for value in goal.sharing.values)
        )
        loose = math.prod(share for i, share in enumerate(plain) if i not in linked)
        return loose * min(math.prod(plain[i] for i in linked), agreed)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Ask what is unsaid, look everything up, hand in the cheapest; again where something changed."""
        goal, seen = problem.goal, _Seen(problem.goal.sharing, len(problem.goal.things))
        for step in goal.plan[:-1]:
            if step.kind == "ask":
                yield Action(_question(goal, step))
            elif step.kind == "look":
                observation = yield Action("", tuple(_search(goal, one) for one in step.lookups))
                seen.note(step.lookups, observation)
            else:
                yield Action("", answer=Answer(seen.best()))
        return Answer(seen.best())


_ONE = Fact(Constraint("quantity", "eq", 1))


def _type(category: str) -> Fact:
    return Fact(Constraint("category", "eq", category))


def _of_project(goal: Goal) -> tuple[Fact, ...]:
    budget = Fact(Constraint("budget", "max", goal.budget), withheld=goal.budget_withheld)
    if goal.sharing is None:
        return (budget,)
    names = [f"the {goal.things[i].noun}" for i in goal.sharing.places]
    said = f"the same {attribute(goal.sharing.attribute).label} for {', '.join(names[:-1])} and {names[-1]}"
    link = Link(goal.sharing.attribute, tuple(i + 1 for i in goal.sharing.places))
    return (budget, Fact(Constraint("match", "eq", said), withheld=goal.sharing_withheld, link=link))


class _Chosen:
    """What an answer names, held against a goal."""

    def __init__(self, goal: Goal, world: World, ids: Sequence[ProductId]) -> None:
        self.ids = ids
        catalog = world.catalog
        known = [row for row in map(catalog.row_of, ids) if row is not None]
        self.cost = sum(int(catalog.column(PRICE)[row]) for row in known)
        self.rows = np.asarray(list(dict.fromkeys(known)), dtype=np.int64)
        self.on_shelf = np.asarray(
            [world.product(catalog.id_of(r)).stock > 0 for r in dict.fromkeys(known)], dtype=np.bool_
        )
        self.of_type = [catalog.mask(self.rows, (_type(p.category).constraint,), world.offer) for p in goal.places]
        self.fitting = [
            self.rows[of_type & self.on_shelf & catalog.mask(self.rows, place.constraints, world.offer)]
            for place, of_type in zip(goal.places, self.of_type, strict=True)
        ]
        alone = {i for i, rows in enumerate(self.fitting) if len(rows) == 1}
        linked = set(goal.sharing.places) if goal.sharing is not None else set[int]()
        self.agreeing = _most_agreeing(goal.sharing, world, self.fitting, alone & linked)
        self.filled = (alone - linked) | self.agreeing
        """Things filled by exactly one product, those that should match as far as they do."""


def _most_agreeing(sharing: Sharing | None, world: World, fitting: Sequence[np.ndarray], linked: set[int]) -> set[int]:
    """Return the largest set of linked things whose products can be had in one value, the first of equals."""
    best = set[int]()
    for value in sharing.values if sharing is not None else ():
        assert sharing is not None
        same = (Constraint(sharing.attribute, "eq", value),)
        agreeing = {i for i in linked if world.catalog.mask(fitting[i], same, world.offer)[0]}
        best = agreeing if len(agreeing) > len(best) else best
    return best


def _faults(goal: Goal, world: World, chosen: _Chosen) -> list[Fault]:
    """Tell what is wrong, thing by thing, then what is superfluous or too dear."""
    faults: list[Fault] = []
    for i, place in enumerate(goal.places):
        topics = tuple(f.topic for f in goal.things[i].facts)
        of_type = chosen.of_type[i]
        if not of_type.any():
            row = cheapest_row(world, place.category, place.constraints)
            right = None if row is None else world.catalog.id_of(row)
            faults.append(Fault("missing_item", i + 1, right))
        elif len(chosen.fitting[i]) > 1:
            faults.append(Fault("extra_item", i + 1))
        elif not len(chosen.fitting[i]):
            gone = not (of_type & chosen.on_shelf).any()
            faults.append(
                Fault("wrong_product" if gone else "constraint_ignored", i + 1, topics=() if gone else topics)
            )
    if goal.sharing is not None:
        alone = [i for i in goal.sharing.places if len(chosen.fitting[i]) == 1]
        if set(alone) != chosen.agreeing:
            faults.append(Fault("constraint_ignored", PROJECT, topics=("match",)))
    if chosen.cost > goal.budget:
        faults.append(Fault("over_budget", PROJECT, topics=("budget",)))
    if not faults or len(chosen.ids) > len(goal.things):
        faults.append(Fault("extra_item"))
    return faults


def _share(world: World, category: str, constraints: Sequence[Constraint]) -> float:
    rows = world.catalog.category_rows(category)
    in_stock = world.catalog.column("stock")[rows.start : rows.stop] > 0
    return float((world.catalog.mask(rows, constraints, world.offer) & in_stock).sum()) / len(rows)


class _Seen:
    """The cheapest products the oracle was shown: by thing and by the value it was looked up in."""

    def __init__(self, sharing: Sharing | None, count: int) -> None:
        self.sharing, self.count = sharing, count
        self.found: dict[tuple[int, int], tuple[int, ProductId]] = {}

    def note(self, lookups: Sequence[Lookup], observation: Observation) -> None:
        """Take in the results of a turn's searches."""
        pages = [r.view for r in observation.results if isinstance(r.view, SearchPage)]
        for one, page in zip(lookups, pages, strict=True):
            self.found.pop((one.place, one.value), None)
            if page.results:
                cards = [(int(attribute(PRICE).parse(card.price)), card.product_id) for card in page.results]
                self.found[one.place, one.value] = min(cards, key=lambda card: card[0])

    def best(self) -> tuple[ProductId, ...]:
        """Return the ids of the cheapest bundle among what was seen."""
        linked = self.sharing.places if self.sharing is not None else ()
        bundles: list[tuple[int, tuple[ProductId, ...]]] = []
        for value in range(len(self.sharing.values) if self.sharing is not None else 1):
            keys = [(i, value if i in linked else -1) for i in range(self.count)]
            if all(key in self.found for key in keys):
                picked = [self.found[key] for key in keys]
                bundles.append((sum(price for price, _ in picked), tuple(product for _, product in picked)))
        return min(bundles, key=lambda bundle: bundle[0])[1]


def _search(goal: Goal, one: Lookup) -> ToolCall:
    """Return the search for the cheapest product for a thing."""
    thing = goal.things[one.place]
    conditions = [f.constraint for f in (thing.switched if one.changed and thing.switched else thing.facts)]
    if one.value >= 0 and goal.sharing is not None:
        conditions.append(Constraint(goal.sharing.attribute, "eq", goal.sharing.values[one.value]))
    filters: dict[str, Mapping[str, str | float]] = {"category": {"eq": thing.category}, "in_stock": {"eq": "yes"}}
    for c in conditions:
        if not isinstance(c.value, tuple):
            filters[c.attribute] = {c.op: attribute(c.attribute).outside(c.value)}
    return ToolCall("catalog.search", {"filters": filters, "sort": "price"})


def _question(goal: Goal, step: Step) -> str:
    if step.request == PROJECT:
        asked = {
            "budget": f"what is your total budget for the {goal.project.noun}",
            "match": "which things should match",
        }
        words = ", and ".join(asked[topic] for topic in step.topics)
        return f"{words[0].upper()}{words[1:]}?"
    labels = [attribute(topic).label for topic in step.topics]
    return f"Which {' and which '.join(labels)} would you like for the {goal.things[step.request - 1].noun}?"

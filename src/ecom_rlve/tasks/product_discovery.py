"""Product discovery: find the products that suit a customer best, and put them in the right order.

Goal      k products of one type that meet every constraint, best first by five preferences of which the order is told.
Answer    product_ids, best first.
Reward    raw = 0.55·(2·nDCG@k - 1) + 0.35·(2·mean s^α - 1) + 0.10·(1 - 2·share out of stock); s: constraints met.
Solved    raw ≥ 0.95.
Harder    more constraints, tighter limits, longer lists; details unsaid; sell-outs; changes of mind; scarcer pages.

Knows no customer, no engine. Gains are whole thousandths on public scales: price against the stated maximum, stars of
five, days of fourteen, the brand liked, and likeness as `catalog.rerank` shows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import PRICE, RATING, attribute
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, SEARCHING, Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.tasks.narrowing import DELIVERY
from ecom_rlve.tasks.ranking import (
    FULL,
    MOST_LUCK,
    PASS,
    Wanted,
    acceptable,
    dirichlet,
    faults,
    ideal,
    is_hopeless,
    lazy_orders,
    luck,
    positions,
    quality,
    rank_order_centroid,
    sumprod,
    words_of,
)
from ecom_rlve.tasks.ranking_plan import Script
from ecom_rlve.tasks.reveal import Revealed
from ecom_rlve.tasks.shortlist import (
    SPARE,
    Course,
    Draft,
    Fate,
    Worth,
    ago,
    draft,
    fate,
    reference_script,
    remembered,
    revealed,
    visits_around,
)
from ecom_rlve.tasks.task import Event, Oracle, Problem, Score
from ecom_rlve.world.world import World

LIKED_BRAND, SIMILAR, PRIORITIES = "liked_brand", "similar_to", "priorities"
BRAND: Final = "brand"
"""The slot under which the brand liked is asked for."""
KEYS: Final = (PRICE, RATING, DELIVERY, BRAND, SIMILAR)
"""The preferences, in the order of their weights."""
_SPOKEN: Final = {PRICE: "price", RATING: "rating", DELIVERY: "delivery time", BRAND: "brand", SIMILAR: "similarity"}
NDCG_TO_PASS: Final = (1 + (PASS - 0.45) / 0.55) / 2
"""nDCG from which a list of acceptable products is correct."""
TRIES, TASTES = 320, 4
DAYS_BACK: Final = 7


@dataclass(frozen=True, slots=True)
class Taste:
    """What the customer prefers among acceptable products."""

    weights: tuple[int, ...]
    """Thousandths, by `KEYS`; all different."""
    brand: str
    like: ProductId
    """What they looked at and want something similar to."""
    days: int
    """How many days ago that was."""

    @property
    def order(self) -> tuple[str, ...]:
        """The preferences, most important first."""
        return tuple(KEYS[i] for i in sorted(range(len(KEYS)), key=lambda i: -self.weights[i]))


@dataclass(frozen=True, slots=True)
class Goal:
    noun: str
    plural: str
    first: Wanted
    then: Wanted | None
    """What is wanted after a change of mind."""
    taste: Taste
    alpha: int
    """How much harder a second broken constraint counts."""
    unsaid: tuple[str, ...] = ()
    """Slots withheld at the opening."""
    changed: bool = False
    """Whether the change of mind has happened."""
    script: Script[Answer] | None = None
    """The reference solution."""

    @property
    def wanted(self) -> Wanted:
        """What is wanted now."""
        return self.then if self.changed and self.then is not None else self.first


@dataclass(frozen=True, slots=True)
class Answer:
    product_ids: list[ProductId]
    """Ids of the products recommended, best first, as many as the customer asked for."""


class ProductDiscovery:
    name: ClassVar[str] = "product_discovery"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = ("m", "k_rec", *EVERYWHERE, *SEARCHING, "p_oos")
    instructions: ClassVar[str] = (
        "The customer wants to be shown a number of products that meet everything they require. Find all that do, in "
        "stock, and hand in the best ones in order, best first: ask what matters most to them, and weigh price against "
        "their limit, stars out of five, delivery days out of fourteen, the brand they like, and similarity to what "
        "they looked at (the score of catalog.rerank). Find out what they left unsaid."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw constraints and a taste under which no short cut gives the right list."""
        for attempt in range(TRIES):
            problem = _Draw(world, difficulty, rng, relaxed=attempt // 40).problem()
            if problem is not None:
                return replace(problem, redraws=attempt)
        raise GenerationError(f"no short list worth ranking was found in {TRIES} tries")

    def brief(self, goal: Goal) -> Brief:
        """Return constraints, length and tastes as the customer has them in mind."""
        wanted, taste = goal.wanted, goal.taste
        facts = [
            Fact(Constraint("category", "eq", wanted.category)),
            Fact(Constraint("quantity", "eq", wanted.k)),
            *map(Fact, wanted.constraints),
            Fact(Constraint(LIKED_BRAND, "eq", taste.brand), slot=BRAND),
            Fact(Constraint(SIMILAR, "eq", f"the one I looked at {ago(taste.days)}"), detail=taste.days),
            Fact(Constraint(PRIORITIES, "eq", ", then ".join(_SPOKEN[key] for key in taste.order))),
        ]
        told = tuple(replace(f, withheld=f.topic in goal.unsaid) for f in facts)
        return Brief("recommend", (Request("recommendation", goal.noun, goal.plural, told, open=True),))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after a change of mind; what sells out is the shelf's business."""
        return replace(goal, changed=True) if event.kind == "switch" else goal

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Judge the first k products against the acceptable ones in their best order."""
        wanted = goal.wanted
        given = answer.product_ids if answer is not None else []
        places = positions(world, wanted, given)
        gains = utilities(world.catalog, goal.taste, wanted, acceptable(world, wanted))
        ndcg = quality([p.row for p in places], gains, wanted.k)
        met = math.fsum(p.met**goal.alpha for p in places) / wanted.k
        gone = sum(not p.in_stock for p in places) / wanted.k
        raw = round(0.55 * (2 * ndcg - 1) + 0.35 * (2 * met - 1) + 0.10 * (1 - 2 * gone), 12)
        correct = raw >= PASS
        wrong = () if correct else faults(places, gains, wanted, world, (PRIORITIES, BRAND, SIMILAR))
        parts = {"ndcg": ndcg, "met": met, "out_of_stock": gone, "surplus": float(max(0, len(given) - wanted.k))}
        return Score(raw, is_correct=correct, parts=parts, faults=wrong)

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what was wanted, and the best list as the shelf stands."""
        gains = utilities(world.catalog, goal.taste, goal.wanted, acceptable(world, goal.wanted))
        return revealed(world, self.brief(goal), goal.wanted, gains)

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance that a blind order of the acceptable products passes."""
        goal, world = problem.goal, problem.world
        for event in problem.events:
            goal, world = self.amend(goal, event), world.with_stock(dict.fromkeys(event.sold_out, 0))
        wanted = goal.wanted
        return luck(utilities(world.catalog, goal.taste, wanted, acceptable(world, wanted)), wanted.k, NDCG_TO_PASS)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Read out the reference solution."""
        script = problem.goal.script
        assert script is not None, "a problem drawn has a reference solution"
        for action in script.actions:  # noqa: UP028 (a tuple cannot be sent what is observed)
            yield action
        return script.answer


def parts(catalog: Catalog, taste: Taste, wanted: Wanted, rows: Sequence[int]) -> list[tuple[int, ...]]:
    """Return what each row is worth by each of `KEYS`, in thousandths."""
    most = next(c.value for c in wanted.constraints if c.attribute == PRICE)
    like = catalog.row_of(taste.like)
    assert isinstance(most, int), "a goal states a price"
    assert like is not None, "a goal compares with a product of the shop"
    index = np.asarray(rows, dtype=np.int64)
    prices, stars, days = (catalog.column(name)[index].tolist() for name in (PRICE, RATING, DELIVERY))
    liked = (catalog.column(BRAND)[index] == catalog.code(BRAND, taste.brand)).tolist()
    alike = catalog.similarity(like, rows)
    return [
        (FULL - FULL * p // most, FULL * s // 50, FULL - FULL * d // 14, FULL * b, a)
        for p, s, d, b, a in zip(prices, stars, days, liked, alike, strict=True)
    ]


def utilities(catalog: Catalog, taste: Taste, wanted: Wanted, rows: Sequence[int]) -> dict[int, int]:
    """Return the utility of each row: the parts, weighted."""
    worth = parts(catalog, taste, wanted, rows)
    return {row: sumprod(taste.weights, part) for row, part in zip(rows, worth, strict=True)}


def shortcuts_fail(world: World, wanted: Wanted, taste: Taste, gains: Mapping[int, int]) -> bool:
    """Whether the order told leads to a passing list, while one key alone, popularity and chance do not."""
    if luck(gains, wanted.k, NDCG_TO_PASS) > MOST_LUCK:
        return False
    catalog, rows = world.catalog, tuple(gains)
    worth = dict(zip(rows, parts(catalog, taste, wanted, rows), strict=True))
    centroid = dict(zip(taste.order, rank_order_centroid(len(KEYS)), strict=True))
    told = {row: sumprod([centroid[key] for key in KEYS], part) for row, part in worth.items()}
    if quality(ideal(told, wanted.k), gains, wanted.k) < NDCG_TO_PASS:
        return False
    leaf = catalog.taxonomy.leaf(wanted.category)
    words = f"{wanted.k} {leaf.many} {taste.brand} {words_of(wanted.constraints)}"
    popular = catalog.column("rating_count")
    orders = [ideal({row: part[i] for row, part in worth.items()}, wanted.k) for i in range(len(KEYS))]
    orders.append(ideal({row: int(popular[row]) for row in rows}, wanted.k))
    orders.extend(lazy_orders(world, wanted, words))
    return all(quality(order, gains, wanted.k) < NDCG_TO_PASS for order in orders)


class _Draw:
    """One try at a problem."""

    def __init__(self, world: World, difficulty: Difficulty, rng: Stream, relaxed: int) -> None:
        self.world, self.difficulty, self.rng, self.relaxed = world, difficulty, rng, relaxed
        self.catalog: Catalog = world.catalog

    def problem(self) -> Problem[Goal] | None:
        """Return a problem, or None where this draw leads to none that is worth solving."""
        target = self.rng.below(len(self.catalog))
        leaf = self.catalog.leaf(target)
        if leaf.denied or len(self.catalog.category_rows(leaf.key)) < self.difficulty.k_rec + SPARE:
            return None
        drawn = draft(self.world, self.difficulty, self.rng, target, self.relaxed)
        if drawn is None:
            return None
        final = drawn.wanted(switched=True)
        for _ in range(TASTES):
            taste = self._taste(drawn)
            worth = remembered(drawn, partial(utilities, self.catalog, taste))
            if is_hopeless(worth(final, drawn.acceptable((), switched=True)), final.k, NDCG_TO_PASS):
                return None
            happens = fate(drawn, worth, self.catalog.id_of, self.difficulty.p_oos, self.rng)
            rows = drawn.acceptable((*happens.gone, *happens.sold), switched=True)
            if len(rows) >= final.k + SPARE and shortcuts_fail(self.world, final, taste, worth(final, rows)):
                goal = Goal(leaf.one, leaf.many, drawn.first, drawn.then, taste, 4 + self.difficulty.level // 4)
                return self._settled(goal, drawn, happens, worth)
        return None

    def _taste(self, drawn: Draft) -> Taste:
        constrained = {c.attribute for c in drawn.first.constraints}
        weights: tuple[int, ...] = ()
        while len(set(weights)) < len(KEYS):
            weights = dirichlet([2 if key in constrained else 1 for key in KEYS], self.rng)
        brand = self.catalog.value(BRAND, int(self.catalog.column(BRAND)[self.rng.choice(drawn.rows)]))
        like = self.rng.choice(self.catalog.category_rows(drawn.first.category))
        return Taste(weights, str(brand), self.catalog.id_of(like), self.rng.between(1, DAYS_BACK))

    def _settled(self, goal: Goal, drawn: Draft, happens: Fate, worth: Worth) -> Problem[Goal] | None:
        """Return the problem with what is left unsaid, the visits and the reference solution."""
        taste, p = goal.taste, self.difficulty.p_missing
        slots = [*(c.attribute for c in goal.first.constraints), BRAND, SIMILAR]
        unsaid = (PRIORITIES, *(slot for slot in slots if self.rng.chance(p)))
        pointed = [(self.catalog.row_of(taste.like) or 0, taste.days)]
        world = visits_around(self.world, goal.first.category, pointed, self.rng)
        if happens.gone:
            world = world.with_stock({self.catalog.id_of(row): 0 for row in happens.gone})
        history = ToolCall("user.get_visit_history", {})
        questions = {slot: _question(slot) for slot in unsaid}
        course = Course(history, taste.like, questions, goal.plural, self.difficulty.B_tool)
        written = reference_script(world, drawn, happens, course, worth, Answer)
        if written is None:
            return None
        return Problem(replace(goal, unsaid=unsaid, script=written), world, written.reference, happens.events)


def _question(slot: str) -> str:
    special: Mapping[str, str] = {
        PRIORITIES: "what matters most to you, in order",
        SIMILAR: "which product should they resemble",
        BRAND: "which brand would you prefer",
    }
    return special.get(slot) or f"which {attribute(slot).label} would you like"

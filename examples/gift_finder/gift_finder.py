"""Gift finder: find presents that would all do, and tell the day by which they would have arrived.

Goal      k products of one type that meet every condition, each to be there within some days.
Answer    product_ids, in any order, and the day by which the last of them would have arrived.
Reward    raw = 2·(0.75·share of places with a present that would do + 0.25·[the day is right]) - 1.
Solved    every place holds another present that would do, and the day is right.
Harder    more conditions, tighter limits, a longer list; details unsaid; fewer calls a turn; scarcer pages.

A ninth environment in one file: docs/own-environment.md builds it step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import comb
from typing import ClassVar

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.core.attributes import PRICE, attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.difficulty import SEARCHING, Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import talk_plan
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.tasks.narrowing import DELIVERY, Shelf, attributes_of, narrow, slack
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.talk_plan import PlannedTurn
from ecom_rlve.tasks.task import Event, Fault, Oracle, Problem, Score
from ecom_rlve.tools.catalog import SearchPage
from ecom_rlve.tools.context import Today
from ecom_rlve.world.world import World

TRIES = 200
SPARE = 2
"""Presents that would do, beside those asked for."""
MOST = 20
"""Presents that would do at most: one page shows them, and blind luck stays small."""
IN_STOCK = Constraint("in_stock", "eq", "yes")


@dataclass(frozen=True, slots=True)
class Goal:
    category: str
    noun: str
    plural: str
    count: int
    wanted: tuple[Constraint, ...]
    withheld: frozenset[str]
    would_do: int
    """Products that meet everything."""
    on_offer: int
    """Products of the type."""
    plan: tuple[PlannedTurn, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    product_ids: list[ProductId]
    """Presents that would do, as many as the customer asked for, in any order"""
    arrives: str = ""
    """The day by which all of them would have arrived, as YYYY-MM-DD"""


class GiftFinder:
    name: ClassVar[str] = "gift_finder"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = ("m", "T_max", "p_missing", "p_noise", "B_tool", *SEARCHING)
    instructions: ClassVar[str] = (
        "The customer looks for a present and wants to be shown a number of things that would all do. Find that many "
        "products in stock which meet everything they want, and submit them together with the day by which the last "
        "of them would have arrived: today and its delivery days. Find out what they left unsaid."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw a type, and conditions that a handful of its products meet."""
        count = 2 + difficulty.level // 6
        for attempt in range(TRIES):
            around = rng.below(len(world.catalog))
            leaf = world.catalog.leaf(around)
            wanted, fits = _conditions(world, around, count + SPARE, difficulty, rng)
            if leaf.denied or not count + SPARE <= len(fits) <= MOST or _too_easy(world, leaf.key, fits, count):
                continue
            withheld = frozenset(c.attribute for c in wanted if rng.chance(difficulty.p_missing))
            unsaid = [(0, c.attribute) for c in wanted if c.attribute in withheld]
            plan = talk_plan.plan(unsaid, (("datetime.now", "catalog.search"),), difficulty.B_tool, None)
            rows = len(world.catalog.category_rows(leaf.key))
            goal = Goal(leaf.key, leaf.one, leaf.many, count, wanted, withheld, len(fits), rows, plan)
            return Problem(goal, world, talk_plan.reference(plan, len(unsaid)), redraws=attempt)
        raise GenerationError(f"no type with {count + SPARE} to {MOST} presents that would do in {TRIES} tries")

    def brief(self, goal: Goal) -> Brief:
        """Return what the customer knows: the type, how many, and the conditions."""
        told = [Fact(c, withheld=c.attribute in goal.withheld) for c in goal.wanted]
        facts = (Fact(_of_type(goal.category)), Fact(Constraint("quantity", "eq", goal.count)), *told)
        return Brief("recommend", (Request("recommendation", goal.noun, goal.plural, facts, open=True),))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Nothing changes on the way: this environment plans no events."""
        return goal

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Look at every place of the list, and at the day."""
        given = answer.product_ids[: goal.count] if answer else []
        rows = [world.catalog.row_of(product_id) for product_id in dict.fromkeys(given)]
        wanted = (_of_type(goal.category), IN_STOCK, *goal.wanted)
        fits = {int(row) for row in world.catalog.matching(wanted, world.offer)}
        share = sum(row in fits for row in rows) / goal.count
        day = answer is not None and share > 0 and answer.arrives == _arrival(world, [r for r in rows if r is not None])
        correct = share == 1 and day
        fault = Fault("constraint_ignored" if len(rows) == goal.count else "missing_item", 0, topics=_topics(goal))
        raw = 2 * (0.75 * share + 0.25 * day) - 1
        return Score(raw, correct, {"presents": share, "day": float(day)}, () if correct else (fault,))

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what was wanted, for people."""
        return from_brief(self.brief(goal))

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance that products of the type, picked blindly, would all do; the day comes on top."""
        goal = problem.goal
        return comb(goal.would_do, goal.count) / comb(goal.on_offer, goal.count)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Ask for what is unsaid, look up the day and what would do, and hand in the first of the page."""
        goal, today, page = problem.goal, Today("", ""), SearchPage(0, (), ())
        filters = {c.attribute: {c.op: attribute(c.attribute).outside(_one(c))} for c in goal.wanted}
        search = {"query": "", "filters": {"category": goal.category, "in_stock": "yes", **filters}, "top_k": 10}
        arguments = {"catalog.search": search, "datetime.now": {}}
        for turn in goal.plan:
            calls = tuple(ToolCall(name, arguments[name]) for name in turn.calls)
            observation = yield Action(_question(turn.topics), calls)
            for result in observation.results:
                today = result.view if isinstance(result.view, Today) else today
                page = result.view if isinstance(result.view, SearchPage) else page
        chosen = page.results[: goal.count]
        latest = max(card.delivery_days for card in chosen)
        arrives = date.fromisoformat(today.date) + timedelta(days=latest)
        return Answer([card.product_id for card in chosen], arrives.isoformat())


def _of_type(category: str) -> Constraint:
    return Constraint("category", "eq", category)


def _one(constraint: Constraint) -> str | int:
    assert not isinstance(constraint.value, tuple), "a condition names one value"
    return constraint.value


def _conditions(
    world: World, around: int, keep: int, difficulty: Difficulty, rng: Stream
) -> tuple[tuple[Constraint, ...], Longs]:
    """Return up to m conditions that the product in row `around` meets, and the rows, at least `keep`, that do."""
    catalog = world.catalog
    rows = catalog.category_rows(catalog.leaf(around).key)
    shelf = Shelf(rows, catalog.mask(rows, (IN_STOCK,), world.offer))
    others = [name for name in attributes_of(catalog, around) if name != DELIVERY]
    names = (PRICE, DELIVERY, *rng.shuffled(others))
    wanted, fits = narrow(world, shelf, around, names, difficulty.m, keep, lambda: slack(difficulty.level, rng))
    return tuple(wanted), fits


def _too_easy(world: World, category: str, fits: Longs, count: int) -> bool:
    """Whether the cheapest, the best rated or the first products of the type would all do."""
    good = {int(row) for row in fits}
    for sort in ("price", "rating", "relevance"):
        page = world.catalog.search("", (_of_type(category), IN_STOCK), sort=sort, limit=count, offer=world.offer)
        if good.issuperset(page.rows):
            return True
    return False


def _arrival(world: World, rows: Sequence[int]) -> str:
    days = max(world.catalog.product(row).delivery_days for row in rows)
    return (world.today + timedelta(days=days)).isoformat()


def _topics(goal: Goal) -> tuple[str, ...]:
    return tuple(c.attribute for c in goal.wanted)


def _question(topics: Sequence[str]) -> str:
    return f"Could you tell me the {' and the '.join(attribute(t).label for t in topics)}?" if topics else ""

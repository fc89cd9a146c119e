"""Substitution: what the customer wants is sold out; find what comes closest, within what they require.

Goal      k products of the sold-out one's type that meet every constraint, best first by likeness and soft wishes.
Answer    product_ids, best first.
Reward    raw = 0.80·(2·nDCG@k - 1) + 0.20·(1 - 2·share out of stock); relevance: λ·likeness + (1-λ)·share of wishes.
Solved    raw ≥ 0.95.
Harder    more constraints, tighter limits, longer lists, likeness counts more; details unsaid; changes on the way.

Knows no customer, no engine. Likeness is what `catalog.rerank` shows; λ grows from 0.4 to 0.8 with difficulty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.attributes import RATING, attribute
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, SEARCHING, Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.tasks.narrowing import DELIVERY, attributes_of, limit, slack
from ecom_rlve.tasks.ranking import (
    FULL,
    MOST_LUCK,
    PAGE,
    PASS,
    Wanted,
    acceptable,
    faults,
    ideal,
    is_hopeless,
    lazy_orders,
    luck,
    positions,
    quality,
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

INSTEAD_OF, WISHES = "instead_of", "wishes"
NDCG_TO_PASS: Final = (1 + (PASS - 0.20) / 0.80) / 2
"""nDCG from which a list of acceptable products is correct."""
TRIES, TASTES = 320, 4
NEAR: Final = 500
"""Products of a type up to which the most similar ones are looked for among all of them."""
EVEN: Final = 60
"""λ in percent as somebody takes it who is told only that both count."""
STANDING: Final = Offer(0)
"""The forms on offer: this environment brings none of its own."""
P_VISITED: Final = 0.5
DAYS_BACK: Final = 7


@dataclass(frozen=True, slots=True)
class Taste:
    """What the customer goes by among acceptable products."""

    original: ProductId
    """What is sold out."""
    days: int
    """How many days ago they looked at it; 0: they name it by its title."""
    title: str
    wishes: tuple[Constraint, ...]
    """What would be nice."""
    likeness: int
    """λ in percent; the wishes count for the rest."""


@dataclass(frozen=True, slots=True)
class Goal:
    noun: str
    plural: str
    first: Wanted
    then: Wanted | None
    """What is wanted after a change of mind."""
    taste: Taste
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
    """Ids of the alternatives recommended, best first, as many as the customer asked for."""


class Substitution:
    name: ClassVar[str] = "substitution"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = ("m", "k_rec", *EVERYWHERE, *SEARCHING, "p_oos")
    instructions: ClassVar[str] = (
        "What the customer wants is sold out, and they want to be shown a number of alternatives that meet everything "
        "they require. Find all that do, in stock, and hand in the best ones in order, best first: compare each with "
        "the sold-out product (the score of catalog.rerank), and count how many of the customer's softer wishes it "
        "meets; both matter. Ask what would be nice to have, and find out what they left unsaid."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw what is sold out, constraints and wishes under which no short cut gives the right list."""
        for attempt in range(TRIES):
            problem = _Draw(world, difficulty, rng, relaxed=attempt // 40).problem()
            if problem is not None:
                return replace(problem, redraws=attempt)
        raise GenerationError(f"no sold-out product with alternatives worth ranking was found in {TRIES} tries")

    def brief(self, goal: Goal) -> Brief:
        """Return what is sold out, constraints, length and wishes as the customer has them in mind."""
        wanted, taste = goal.wanted, goal.taste
        named = f"the sold-out one I looked at {ago(taste.days)}" if taste.days else f"the sold-out {taste.title}"
        facts = [
            Fact(Constraint("category", "eq", wanted.category)),
            Fact(Constraint("quantity", "eq", wanted.k)),
            Fact(Constraint(INSTEAD_OF, "eq", named), detail=taste.days),
            *map(Fact, wanted.constraints),
            Fact(Constraint(WISHES, "eq", " and ".join(map(_spoken, taste.wishes)))),
        ]
        told = tuple(replace(f, withheld=f.topic in goal.unsaid) for f in facts)
        return Brief("replace", (Request("recommendation", goal.noun, goal.plural, told, open=True),))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after a change of mind; what sells out is the shelf's business."""
        return replace(goal, changed=True) if event.kind == "switch" else goal

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Judge the first k products against the acceptable ones in their best order."""
        wanted = goal.wanted
        given = answer.product_ids if answer is not None else []
        places = positions(world, wanted, given)
        gains = relevance(world.catalog, goal.taste, wanted, acceptable(world, wanted))
        ndcg = quality([p.row for p in places], gains, wanted.k)
        gone = sum(not p.in_stock for p in places) / wanted.k
        raw = round(0.80 * (2 * ndcg - 1) + 0.20 * (1 - 2 * gone), 12)
        correct = raw >= PASS
        wrong = () if correct else faults(places, gains, wanted, world, (WISHES,))
        parts = {"ndcg": ndcg, "out_of_stock": gone, "surplus": float(max(0, len(given) - wanted.k))}
        return Score(raw, is_correct=correct, parts=parts, faults=wrong)

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what was wanted, and the best list as the shelf stands."""
        gains = relevance(world.catalog, goal.taste, goal.wanted, acceptable(world, goal.wanted))
        return revealed(world, self.brief(goal), goal.wanted, gains)

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance that a blind order of the acceptable products passes."""
        goal, world = problem.goal, problem.world
        for event in problem.events:
            goal, world = self.amend(goal, event), world.with_stock(dict.fromkeys(event.sold_out, 0))
        wanted = goal.wanted
        return luck(relevance(world.catalog, goal.taste, wanted, acceptable(world, wanted)), wanted.k, NDCG_TO_PASS)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Read out the reference solution."""
        script = problem.goal.script
        assert script is not None, "a problem drawn has a reference solution"
        for action in script.actions:  # noqa: UP028 (a tuple cannot be sent what is observed)
            yield action
        return script.answer


def parts(catalog: Catalog, taste: Taste, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return likeness and share of wishes met of each row, in thousandths."""
    original = catalog.row_of(taste.original)
    assert original is not None, "a goal compares with a product of the shop"
    index = np.asarray(rows, dtype=np.int64)
    met = np.zeros(len(rows), dtype=np.int64)
    for wish in taste.wishes:
        met += catalog.mask(index, (wish,), STANDING)
    shares = (FULL * met // len(taste.wishes)).tolist()
    return list(zip(catalog.similarity(original, rows), shares, strict=True))


def relevance(
    catalog: Catalog, taste: Taste, _wanted: Wanted, rows: Sequence[int], likeness: int | None = None
) -> dict[int, int]:
    """Return what each row is worth; `likeness`: another λ than the customer's, in percent."""
    percent = taste.likeness if likeness is None else likeness
    worth = parts(catalog, taste, rows)
    return {row: percent * alike + (100 - percent) * met for row, (alike, met) in zip(rows, worth, strict=True)}


def shortcuts_fail(world: World, wanted: Wanted, taste: Taste, gains: Mapping[int, int]) -> bool:
    """Whether weighing both passes, while one alone, any of them, and likeness without constraints do not."""
    catalog, k, rows = world.catalog, wanted.k, tuple(gains)
    if luck(gains, k, NDCG_TO_PASS) > MOST_LUCK:
        return False
    if quality(ideal(relevance(catalog, taste, wanted, rows, EVEN), k), gains, k) < NDCG_TO_PASS:
        return False
    popular, asked = catalog.column("rating_count"), words_of(wanted.constraints)
    orders = [
        ideal(relevance(catalog, taste, wanted, rows, 100), k),
        ideal(relevance(catalog, taste, wanted, rows, 0), k),
        ideal({row: int(popular[row]) for row in rows}, k),
        _most_alike(catalog, taste, wanted),
        *lazy_orders(world, wanted, f"{k} {catalog.taxonomy.leaf(wanted.category).many} {asked}"),
        *lazy_orders(world, wanted, f"{taste.title} {asked}"),
    ]
    return all(quality(order, gains, k) < NDCG_TO_PASS for order in orders)


def _most_alike(catalog: Catalog, taste: Taste, wanted: Wanted) -> list[int]:
    """Return the products of the type most like the original, whatever they meet; in a big category its brand's."""
    original = catalog.row_of(taste.original)
    assert original is not None, "a goal compares with a product of the shop"
    rows = catalog.category_rows(wanted.category)
    if len(rows) > NEAR:
        rows = catalog.brand_rows(wanted.category, catalog.product(original).brand)
    others = [row for row in rows if row != original]
    return ideal(dict(zip(others, catalog.similarity(original, others), strict=True)), wanted.k)


class _Draw:
    """One try at a problem."""

    def __init__(self, world: World, difficulty: Difficulty, rng: Stream, relaxed: int) -> None:
        self.world, self.difficulty, self.rng, self.relaxed = world, difficulty, rng, relaxed
        self.catalog: Catalog = world.catalog

    def problem(self) -> Problem[Goal] | None:
        """Return a problem, or None where this draw leads to none that is worth solving."""
        original = self.rng.below(len(self.catalog))
        leaf = self.catalog.leaf(original)
        if leaf.denied or len(self.catalog.category_rows(leaf.key)) < self.difficulty.k_rec + SPARE + 1:
            return None
        drawn = draft(self.world, self.difficulty, self.rng, original, self.relaxed, without=True)
        if drawn is None:
            return None
        final = drawn.wanted(switched=True)
        for _ in range(TASTES):
            taste = self._taste(original, drawn)
            if taste is None:
                continue
            worth = remembered(drawn, partial(relevance, self.catalog, taste))
            if is_hopeless(worth(final, drawn.acceptable((), switched=True)), final.k, NDCG_TO_PASS):
                return None
            happens = fate(drawn, worth, self.catalog.id_of, self.difficulty.p_oos, self.rng)
            rows = drawn.acceptable((*happens.gone, *happens.sold), switched=True)
            if len(rows) >= final.k + SPARE and shortcuts_fail(self.world, final, taste, worth(final, rows)):
                return self._settled(Goal(leaf.one, leaf.many, drawn.first, drawn.then, taste), drawn, happens, worth)
        return None

    def _taste(self, original: int, drawn: Draft) -> Taste | None:
        wishes = self._wishes(original, drawn)
        if not wishes:
            return None
        product = self.catalog.product(original)
        days = self.rng.between(1, DAYS_BACK) if self.rng.chance(P_VISITED) or not self._is_found(original) else 0
        likeness = min(80, 40 + 5 * self.difficulty.level)
        return Taste(product.id, days, product.title, wishes, likeness)

    def _is_found(self, row: int) -> bool:
        """Whether a search for its title shows a product among the first."""
        title, category = self.catalog.title(row), self.catalog.leaf(row).key
        within = (Constraint("category", "eq", category),)
        page = self.catalog.search(title, within, sort="relevance", limit=PAGE // 2, offer=self.world.offer)
        return row in page.rows

    def _wishes(self, original: int, drawn: Draft) -> tuple[Constraint, ...]:
        """Return two or three wishes that some of the acceptable products meet and some do not; or none."""
        bound = {c.attribute for c in drawn.first.constraints}
        index = np.asarray(drawn.rows, dtype=np.int64)
        count = 2 + (self.difficulty.level >= 6)
        wishes: list[Constraint] = []
        for name in self.rng.shuffled(attributes_of(self.catalog, original)):
            own = int(self.catalog.column(name)[self.rng.choice(drawn.rows)])
            if own < 0 or name in bound or len(wishes) == count:
                continue
            wish = limit(self.catalog, name, own, slack(self.difficulty.level, self.rng))
            met = int(self.catalog.mask(index, (wish,), self.world.offer).sum())
            if 0 < met < len(index):
                wishes.append(wish)
        return tuple(wishes) if len(wishes) >= 2 else ()

    def _settled(self, goal: Goal, drawn: Draft, happens: Fate, worth: Worth) -> Problem[Goal] | None:
        """Return the problem with what is left unsaid, the visits, the shelf and the reference solution."""
        taste, p = goal.taste, self.difficulty.p_missing
        unsaid = (WISHES, *(c.attribute for c in goal.first.constraints if self.rng.chance(p)))
        original = self.catalog.row_of(taste.original) or 0
        pointed = [(original, taste.days)] if taste.days else []
        world = visits_around(self.world, goal.first.category, pointed, self.rng, but=original)
        world = world.with_stock({self.catalog.id_of(row): 0 for row in (original, *happens.gone)})
        first = ToolCall("user.get_visit_history", {})
        if not taste.days:
            filters = {"category": {"eq": goal.first.category}}
            first = ToolCall("catalog.search", {"query": taste.title, "filters": filters, "top_k": PAGE})
        questions = {slot: _question(slot) for slot in unsaid}
        hidden = tuple(wish for wish in taste.wishes if wish.attribute not in (RATING, DELIVERY))
        course = Course(first, taste.original, questions, goal.plural, self.difficulty.B_tool, hidden)
        written = reference_script(world, drawn, happens, course, worth, Answer)
        if written is None:
            return None
        return Problem(replace(goal, unsaid=unsaid, script=written), world, written.reference, happens.events)


def _spoken(wish: Constraint) -> str:
    known = attribute(wish.attribute)
    assert not isinstance(wish.value, tuple), "a wish names one value"
    value = known.show(wish.value)
    if value == f"1 {known.unit}":
        value = value.removesuffix("s")
    if wish.op == "eq":
        return f"{value} as the {known.label}"
    return f"a {known.label} of at {'most' if wish.op == 'max' else 'least'} {value}"


def _question(slot: str) -> str:
    return "what would be nice to have" if slot == WISHES else f"which {attribute(slot).label} would you like"

"""Short lists: what environments share whose answer is a ranked list, from the draw to the verdict.

Knows no taste: what a product is worth, which facts tell it, which short cuts must fail and how the parts of a verdict
are weighed is each environment's own, in the abstract methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final, Generic, TypeVar

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.tasks.lacking import biggest_type
from ecom_rlve.tasks.ranking import (
    PASS,
    Position,
    Wanted,
    acceptable,
    faults,
    ideal,
    luck,
    positions,
    quality,
)
from ecom_rlve.tasks.ranking_plan import Script
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.shortlist_draw import (
    SPARE,
    Course,
    Draft,
    draft,
    fate,
    reference_script,
    visits_around,
)
from ecom_rlve.tasks.task import Event, Oracle, Problem, Score
from ecom_rlve.tasks.tasting import Liking, Tasting, passes, tasted
from ecom_rlve.world.world import World

T = TypeVar("T")
TRIES: Final = 320
TRIES_A_CONSTRAINT: Final = 40
"""Tries after which one constraint fewer is asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    product_ids: list[ProductId]
    """Ids of the products recommended, best first, as many as the customer asked for."""


@dataclass(frozen=True, slots=True)
class Goal(Generic[T]):
    noun: str
    plural: str
    first: Wanted
    then: Wanted | None
    """What is wanted after a change of mind."""
    taste: T
    """What the customer goes by among acceptable products."""
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
class Setting:
    """What surrounds a goal: what is never said at first, what may be, and how one finds what others are like."""

    withheld: str
    """The slot that is always asked for."""
    askable: tuple[str, ...]
    """Slots that may be left unsaid."""
    like: ProductId
    """The product that others are compared with."""
    days: int
    """How many days ago the customer looked at it; 0: they never did."""
    first_call: ToolCall
    """The call that shows it."""
    hidden: tuple[Constraint, ...] = ()
    """Wishes that no card shows."""


class Shortlist(ABC, Generic[T]):
    """A task whose answer is a list of products of one type, best first. T: what a customer goes by."""

    answer_type: ClassVar[type[Answer]] = Answer
    intent: ClassVar[str]
    """Which openings fit."""
    passing: ClassVar[float]
    """nDCG from which a list of acceptable products is correct."""
    taste_slots: ClassVar[tuple[str, ...]]
    """Slots on which the order of acceptable products depends."""
    replaces: ClassVar[bool] = False
    """Whether the list is to replace the very product that it is drawn around, which is sold out."""

    @abstractmethod
    def tasting(
        self, world: World, difficulty: Difficulty, around: int, drawn: Draft, rng: Stream
    ) -> Tasting[T] | None:
        """Return tastes for the products in question, drawn `around` a row; None if there are none."""

    @abstractmethod
    def gains(self, world: World, taste: T, wanted: Wanted, rows: Sequence[int]) -> dict[int, int]:
        """Return what each row is worth to a taste, in whole thousandths."""

    @abstractmethod
    def lazy_orders(self, world: World, wanted: Wanted, taste: T, gone: Set[int]) -> Iterator[Sequence[int]]:
        """Yield what lazy agents hand in that only a look at the catalogue tells, `gone` being out of stock."""

    @abstractmethod
    def facts(self, goal: Goal[T]) -> Sequence[Fact]:
        """Return what the customer knows beside category and length, in the order in which they tell it."""

    @abstractmethod
    def setting(self, goal: Goal[T]) -> Setting:
        """Return what surrounds the goal."""

    @abstractmethod
    def question(self, slot: str) -> str:
        """Return how the reference solution asks for a slot, after "For the mugs: "."""

    @abstractmethod
    def raw(self, goal: Goal[T], places: Sequence[Position], ndcg: float) -> tuple[float, dict[str, float]]:
        """Return the raw score of a list with this nDCG, and what it is made of beside nDCG."""

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal[T]]:
        """Draw constraints and a taste under which no short cut gives the right list."""
        for attempt in range(TRIES):
            problem = self._try(world, difficulty, rng, attempt // TRIES_A_CONSTRAINT)
            if problem is not None:
                return replace(problem, redraws=attempt)
        raise GenerationError(
            f"no short list worth ranking was found in {TRIES} tries: it takes a type with "
            f"{difficulty.k_rec + SPARE + self.replaces} products or more that differ in price, rating and attributes; "
            f"{biggest_type(world.catalog)}"
        )

    def brief(self, goal: Goal[T]) -> Brief:
        """Return type, length, constraints and tastes as the customer has them in mind."""
        wanted = goal.wanted
        kind, length = Constraint("category", "eq", wanted.category), Constraint("quantity", "eq", wanted.k)
        facts = [Fact(kind), Fact(length), *self.facts(goal)]
        told = tuple(replace(f, withheld=True) if f.topic in goal.unsaid else f for f in facts)
        return Brief(self.intent, (Request("recommendation", goal.noun, goal.plural, told, open=True),))

    def amend(self, goal: Goal[T], event: Event) -> Goal[T]:
        """Return the goal after a change of mind; what sells out is the shelf's business."""
        return replace(goal, changed=True) if event.kind == "switch" else goal

    def verify(self, goal: Goal[T], world: World, answer: Answer | None) -> Score:
        """Judge the first k products against the acceptable ones in their best order."""
        wanted = goal.wanted
        given = answer.product_ids if answer is not None else []
        places = positions(world, wanted, given)
        gains = self.gains(world, goal.taste, wanted, acceptable(world, wanted))
        ndcg = quality([p.row for p in places], gains, wanted.k)
        raw, parts = self.raw(goal, places, ndcg)
        correct = raw >= PASS
        wrong = () if correct else faults(places, gains, wanted, world, self.taste_slots)
        parts = {"ndcg": ndcg, **parts, "surplus": float(max(0, len(given) - wanted.k))}
        return Score(raw, is_correct=correct, parts=parts, faults=wrong)

    def writes(self, goal: Goal[T]) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal[T], world: World) -> tuple[Revealed, ...]:
        """Return what was wanted, how many products would do, and the best list as the shelf stands."""
        catalog, wanted = world.catalog, goal.wanted
        gains = self.gains(world, goal.taste, wanted, acceptable(world, wanted))
        best = [{"product_id": catalog.id_of(row), "title": catalog.title(row)} for row in ideal(gains, wanted.k)]
        return tuple({**told, "acceptable": len(gains), "best": best} for told in from_brief(self.brief(goal)))

    def chance(self, problem: Problem[Goal[T]]) -> float:
        """Return the chance that a blind order of the acceptable products passes."""
        goal, world = problem.goal, problem.world
        for event in problem.events:
            goal, world = self.amend(goal, event), world.with_stock(dict.fromkeys(event.sold_out, 0))
        wanted = goal.wanted
        return luck(self.gains(world, goal.taste, wanted, acceptable(world, wanted)), wanted.k, self.passing)

    def oracle(self, problem: Problem[Goal[T]]) -> Oracle[Answer]:
        """Read out the reference solution."""
        script = problem.goal.script
        assert script is not None, "a problem drawn has a reference solution"
        for action in script.actions:  # noqa: UP028 (a tuple cannot be sent what is observed)
            yield action
        return script.answer

    def _try(self, world: World, difficulty: Difficulty, rng: Stream, relaxed: int) -> Problem[Goal[T]] | None:
        """Return a problem, or None where this draw leads to none that is worth solving."""
        catalog = world.catalog
        around = rng.below(len(catalog))
        leaf = catalog.leaf(around)
        if leaf.denied or len(catalog.category_rows(leaf.key)) < difficulty.k_rec + SPARE + self.replaces:
            return None
        drawn = draft(world, difficulty, rng, around, relaxed, without=self.replaces)
        if drawn is None:
            return None
        tasting = self.tasting(world, difficulty, around, drawn, rng)
        if tasting is None:
            return None
        final = drawn.wanted(switched=True)
        for taste, liking in tasted(tasting, drawn.pool, drawn.outs, final.k, SPARE, self.passing):
            lazy = self.lazy_orders(world, final, taste, {*liking.gone, *liking.sold})
            if not any(passes(order, liking.gains, final.k, self.passing) for order in lazy):
                goal = Goal(leaf.one, leaf.many, drawn.first, drawn.then, taste)
                return self._settled(world, difficulty, goal, (drawn, liking), rng)
        return None

    def _settled(
        self, world: World, difficulty: Difficulty, goal: Goal[T], plan: tuple[Draft, Liking], rng: Stream
    ) -> Problem[Goal[T]] | None:
        """Return the problem with what is left unsaid, the visits, the shelf and the reference solution."""
        setting, catalog, (drawn, liking) = self.setting(goal), world.catalog, plan
        happens = fate(drawn, liking, catalog.id_of, rng)
        unsaid = (setting.withheld, *(slot for slot in setting.askable if rng.chance(difficulty.p_missing)))
        like = world.row(setting.like)
        pointed = [(like, setting.days)] if setting.days else []
        gone = (like, *happens.gone) if self.replaces else happens.gone
        world = visits_around(world, goal.first.category, pointed, rng, but=like if self.replaces else None)
        if gone:
            world = world.with_stock({catalog.id_of(row): 0 for row in gone})
        questions = {slot: self.question(slot) for slot in unsaid}
        course = Course(setting.first_call, setting.like, questions, goal.plural, difficulty.B_tool, setting.hidden)
        written = reference_script(world, drawn, happens, course, partial(self.gains, world, goal.taste), Answer)
        if written is None:
            return None
        return Problem(replace(goal, unsaid=unsaid, script=written), world, written.reference, happens.events)


def ago(days: int) -> str:
    """Return "yesterday", "3 days ago"."""
    return "yesterday" if days == 1 else f"{days} days ago"


def asked_plainly(slot: str) -> str:
    """Return the plain question for the value of an attribute."""
    return f"which {attribute(slot).label} would you like"

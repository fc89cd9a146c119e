"""How a bundle's goal is drawn: project, things, conditions, what should match, the budget, and what will change.

Knows no verdict and no words. Every goal drawn has a bundle within its budget, before and after everything planned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import bundle_plan
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.tasks.bundle_optimum import Bundle, Memo, Place, Sharing, cheapest, cheapest_row
from ecom_rlve.tasks.bundle_plan import AT_THE_END, Step
from ecom_rlve.tasks.conditions import condition, condition_on
from ecom_rlve.tasks.lacking import biggest_type
from ecom_rlve.tasks.projects import Project, projects
from ecom_rlve.tasks.task import Event, Problem
from ecom_rlve.world.world import World

MOST_THINGS = 12
MOST_LINKED = 4
"""Things that have to agree, at most."""
LEAST_SLACK, MOST_SLACK = 0.05, 0.5
"""A budget exceeds the cheapest bundle by a share between these; the upper end falls with difficulty."""
P_BUDGET_CHANGES = 0.3
"""Share of changes of mind that are about the budget."""
TRIES = 60


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing the project takes."""

    category: str
    noun: str
    plural: str
    facts: tuple[Fact, ...] = ()
    """Its conditions in force."""
    switched: tuple[Fact, ...] = ()
    """Its conditions after the change of mind; empty if there is none about it."""

    @property
    def place(self) -> Place:
        """Return what fills it."""
        return Place(self.category, tuple(f.constraint for f in self.facts))


@dataclass(frozen=True, slots=True)
class Goal:
    """What the customer has in mind."""

    project: Project
    things: tuple[Thing, ...]
    budget: int
    """US cents."""
    budget_withheld: bool = False
    switched_budget: int | None = None
    """What it becomes after a change of mind."""
    sharing: Sharing | None = None
    sharing_withheld: bool = False
    plan: tuple[Step, ...] = ()
    """The reference solution, turn by turn."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Return what fills each thing, with the conditions in force."""
        return tuple(thing.place for thing in self.things)


def draw(world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
    """Return a drawn problem.

    Raises:
        GenerationError: This catalogue offers too little for any project.
    """
    for attempt in range(TRIES):
        problem = _Draw(world, difficulty, rng).problem()
        if problem is not None:
            return replace(problem, redraws=attempt)
    raise GenerationError(
        f"no project could be planned in {TRIES} tries: it takes types with several products in stock that differ in "
        f"price and attributes; {biggest_type(world.catalog)}"
    )


class _Draw:
    """One attempt."""

    def __init__(self, world: World, difficulty: Difficulty, rng: Stream) -> None:
        self.world, self.difficulty, self.rng = world, difficulty, rng
        self.memo: Memo = {}
        self.events: list[Event] = []
        self.switched_topic = ""

    def problem(self) -> Problem[Goal] | None:
        """Return the problem, or None where it has no solution or too easy a one."""
        project, categories, self.sharing = self._project()
        things = self._with_conditions(categories)
        first = self._best(things)
        if first is None:
            return None
        first = self._sold_out(things, first, at_end=False)
        later, best = self._changed(things, first)
        best = self._sold_out([replace(t, facts=t.switched or t.facts) for t in later], best, at_end=True)
        base = max(first.cost, best.cost)
        budget = self._budget(base)
        budget_switch = any(e.kind == "switch" and e.request == 0 for e in self.events)
        goal = Goal(
            project=project,
            things=later,
            budget=budget,
            budget_withheld=self.rng.chance(self.difficulty.p_missing),
            switched_budget=self._other_budget(base, budget) if budget_switch else None,
            sharing=self.sharing,
            sharing_withheld=self.sharing is not None and self.rng.chance(self.difficulty.p_missing),
        )
        return None if self._ignoring_passes(later, budget) else self._planned(goal)

    def _project(self) -> tuple[Project, list[str], Sharing | None]:
        """Return a project, the categories of its things, and what some of them should agree in."""
        leaves = self.world.catalog.taxonomy.leaves
        able = [p for p in projects() if sum(key in leaves for key in p.needs) >= 2]
        if not able:
            raise GenerationError(
                f"this shop has the things of no project: it takes two types or more of one of {len(projects())} "
                f"projects, for {projects()[0].noun} say {projects()[0].needs[0]} and {projects()[0].needs[1]}"
            )
        project = self.rng.choice(able)
        needs = [key for key in project.needs if key in leaves and not leaves[key].denied]
        count = min(MOST_THINGS, 3 + self.difficulty.level // 2, len(needs))
        linked, attribute = self._linked(project, needs, count)
        others = self.rng.sample([key for key in needs if key not in linked], count - len(linked))
        chosen = [key for key in needs if key in linked or key in others]
        values = _common_values([self.world.catalog.values_of(key, attribute) for key in linked]) if linked else ()
        if len(values) < 2:
            return project, chosen, None
        return project, chosen, Sharing(attribute, tuple(i for i, key in enumerate(chosen) if key in linked), values)

    def _linked(self, project: Project, needs: Sequence[str], count: int) -> tuple[list[str], str]:
        """Return the categories that should agree, and in what; none in the easier half of the easiest episodes."""
        able = [a for a in project.alike if sum(key in needs for key in a.categories) >= 2]
        if not self.rng.chance(self.difficulty.chance(0, 4)) or not able:
            return [], ""
        alike = self.rng.choice(able)
        there = [key for key in alike.categories if key in needs]
        most = min(MOST_LINKED, len(there), max(2, count // 2))
        return self.rng.sample(there, self.rng.between(2, most)), alike.attribute

    def _with_conditions(self, categories: Sequence[str]) -> tuple[Thing, ...]:
        """Return the things with m conditions spread over them, fewer where the shop offers no more."""
        facts: list[list[Fact]] = [[] for _ in categories]
        order = self.rng.shuffled(range(len(categories)))
        for k in range(self.difficulty.m):
            i = order[k % len(order)]
            found = self._condition(i, categories[i], [f.constraint for f in facts[i]])
            if found is not None:
                facts[i].append(Fact(found, withheld=self.rng.chance(self.difficulty.p_missing)))
        leaves = self.world.catalog.taxonomy.leaves
        return tuple(
            Thing(key, leaves[key].one, leaves[key].many, tuple(own))
            for key, own in zip(categories, facts, strict=True)
        )

    def _condition(self, i: int, category: str, held: Sequence[Constraint]) -> Constraint | None:
        """Return one more condition on a thing that something in stock still meets, or None."""
        without = {c.attribute for c in held}
        if self.sharing is not None and i in self.sharing.places:
            without.add(self.sharing.attribute)
        catalog, cheap = self.world.catalog, self._row(category, held)
        found = condition(catalog, category, self.rng, without=without, against=cheap)
        if found is None or self._row(category, (*held, found)) is None:
            return None
        return found

    def _row(self, category: str, constraints: Sequence[Constraint]) -> int | None:
        return cheapest_row(self.world, category, constraints, self.memo)

    def _best(self, things: Sequence[Thing]) -> Bundle | None:
        return cheapest(self.world, [thing.place for thing in things], self.sharing, self.memo)

    def _sold_out(self, things: Sequence[Thing], best: Bundle, *, at_end: bool) -> Bundle:
        """Sell products of the best bundle out, each by half of the chance, now or at the end; return the best then.

        Nothing is sold out where no bundle would be left.
        """
        p = self.difficulty.p_oos / 2
        hit = {i: self.world.catalog.id_of(row) for i, row in enumerate(best.rows) if self.rng.chance(p)}
        if not hit:
            return best
        before, self.world = self.world, self.world.with_stock(dict.fromkeys(hit.values(), 0))
        memo, gone_rows = self.memo, {best.rows[i] for i in hit}
        self.memo = {key: row for key, row in memo.items() if row not in gone_rows}
        left = self._best(things)
        if left is None:
            self.world, self.memo = before, memo
            return best
        if at_end:
            self.events.extend(Event("sell_out", AT_THE_END, i + 1, (gone,), (gone,)) for i, gone in hit.items())
        return left

    def _changed(self, things: tuple[Thing, ...], best: Bundle) -> tuple[tuple[Thing, ...], Bundle]:
        """Return the things with what a change of mind makes of one, and the best bundle after it."""
        if not self.rng.chance(self.difficulty.p_switch):
            return things, best
        turn = self.rng.between(1, 2 + len(things))
        having = [i for i, thing in enumerate(things) if thing.facts]
        if having and not self.rng.chance(P_BUDGET_CHANGES):
            i = self.rng.choice(having)
            switched = self._other_mind(things[i])
            changed = tuple(replace(t, facts=switched) if k == i else t for k, t in enumerate(things))
            then = self._best(changed) if switched else None
            if then is None:
                return things, best
            self.events.append(Event("switch", turn, i + 1))
            return tuple(replace(t, switched=switched) if k == i else t for k, t in enumerate(things)), then
        self.switched_topic = "budget"
        self.events.append(Event("switch", turn, 0))
        return things, best

    def _other_mind(self, thing: Thing) -> tuple[Fact, ...]:
        """Return a thing's facts with another value of one of them; nothing where the shop has no other."""
        old = self.rng.choice(thing.facts)
        found = condition_on(self.world.catalog, thing.category, old.topic, self.rng, old.constraint)
        if found is None:
            return ()
        self.switched_topic = old.topic
        return tuple(Fact(found) if f is old else f for f in thing.facts)

    def _budget(self, base: int) -> int:
        """Return a budget that exceeds `base` (cents) by some slack, in whole dollars."""
        top = LEAST_SLACK + (MOST_SLACK - LEAST_SLACK) * math.exp(-self.difficulty.level / 8)
        share = LEAST_SLACK + (top - LEAST_SLACK) * self.rng.random()
        return 100 * math.ceil(base * (1 + share) / 100)

    def _other_budget(self, base: int, budget: int) -> int:
        other = self._budget(base)
        return other if other != budget else budget + 100 * math.ceil(base / 5_000)

    def _ignoring_passes(self, things: Sequence[Thing], budget: int) -> bool:
        """Whether the cheapest of each category, conditions ignored, would meet them all and the budget."""
        cost = 0
        for thing in things:
            row = self._row(thing.category, ())
            facts = thing.switched or thing.facts
            if row is None or row != self._row(thing.category, tuple(f.constraint for f in facts)):
                return False
            cost += int(self.world.catalog.column("price")[row])
        return cost <= budget

    def _planned(self, goal: Goal) -> Problem[Goal]:
        """Return the problem with the reference solution's turns worked out."""
        at_end = [e for e in self.events if e.kind == "sell_out"]
        world = self.world
        for event in at_end:
            stock = {id_: units for id_, units in world.stock.items() if id_ not in event.sold_out}
            world = replace(world, stock=stock)
        project = ["budget"] * goal.budget_withheld + ["match"] * goal.sharing_withheld
        unsaid = [project, *([f.topic for f in thing.facts if f.withheld] for thing in goal.things)]
        linked = goal.sharing.places if goal.sharing is not None else ()
        count = len(goal.sharing.values) if goal.sharing is not None else 0
        values = [range(count) if i in linked else (-1,) for i in range(len(goal.things))]
        steps = bundle_plan.plan(unsaid, values, self.events, self.switched_topic, self.difficulty.B_tool)
        reference = bundle_plan.reference(steps, sum(map(len, unsaid)))
        return Problem(replace(goal, plan=steps), world, reference, tuple(self.events))


def _common_values(lists: Sequence[Sequence[str | int]]) -> tuple[str | int, ...]:
    return tuple(value for value in lists[0] if all(value in other for other in lists[1:]))

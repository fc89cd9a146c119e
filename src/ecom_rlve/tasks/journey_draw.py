"""Several problems of different environments in one world: drawn one after another, so that none disturbs another.

Knows the environments by their protocol alone; what becomes of the errands is `tasks.journey`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.lacking import types_sold
from ecom_rlve.tasks.task import Event, Problem, Reference, Task
from ecom_rlve.world.records import Visit
from ecom_rlve.world.world import World

AnyTask = Task[Any, Any]
TRIES = 12
"""Draws of one errand before another kind of errand is taken."""
WORLDS = 8
"""Worlds tried: a bundle of many things may find the categories it needs taken by other errands."""
LATEST = 3
"""Turn of an errand by whose end the customer interrupts it at the latest."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One errand as it was drawn."""

    task: AnyTask
    goal: Any  # the goal of its task
    reference: Reference
    events: tuple[Event, ...]
    redraws: int = 0
    """Draws thrown away for it, those that were about another errand's things included."""
    interrupted_at: int = 0
    """The turn of its own at whose end the customer brings up the next errand; 0 if they let it be."""


def draw_legs(
    world: World, tasks: Sequence[AnyTask], count: int, difficulty: Difficulty, rng: Stream
) -> tuple[World, tuple[Drawn, ...]]:
    """Return one world and `count` errands in it, in the order in which the customer brings them up.

    Args:
        world: Where it takes place.
        tasks: What may be drawn, each at most once, in the order in which the world must come to be.
        count: How many.
        difficulty: Of each errand.
        rng: Where it is drawn.

    Raises:
        GenerationError: Fewer than `count` of `tasks` have a problem here.
    """
    most = 0
    for _ in range(WORLDS):
        shared, legs = _in_one_world(world, tasks, count, difficulty, rng)
        if len(legs) == count:
            return shared, legs
        most = max(most, len(legs))
    raise GenerationError(
        f"only {most} of {count} errands could be drawn in one world: it takes types enough that no two errands are "
        f"about the same; {types_sold(world.catalog)}"
    )


def _in_one_world(
    world: World, tasks: Sequence[AnyTask], count: int, difficulty: Difficulty, rng: Stream
) -> tuple[World, tuple[Drawn, ...]]:
    """Return one world and as many of `count` errands as were found to go together."""
    # What is on offer is settled before anything is ordered, described or compared.
    world = replace(world, offer=Offer(1 + rng.below(2**47)))
    wished = rng.shuffled(tasks)
    chosen, spare = set(wished[:count]), wished[count:]
    problems: list[tuple[AnyTask, Problem[Any]]] = []
    for task in tasks:
        if task not in chosen:
            continue
        problem = _beside(world, task, problems, difficulty, rng)
        if problem is None and spare:
            chosen.add(spare.pop())
        elif problem is not None:
            world = problem.world
            problems.append((task, problem))
    world = replace(world, visits=_all_visits(world, problems))
    drawn = [Drawn(task, p.goal, p.reference, p.events, p.redraws) for task, p in rng.shuffled(problems)]
    return world, tuple(_interrupted(drawn, difficulty, rng))


def _beside(
    world: World, task: AnyTask, others: Sequence[tuple[AnyTask, Problem[Any]]], difficulty: Difficulty, rng: Stream
) -> Problem[Any] | None:
    """Return a problem that is about other categories than those there are; None if none was found."""
    taken = {category for other, problem in others for category in _categories(other, problem)}
    for attempt in range(TRIES):
        try:
            problem = task.generate(world, difficulty, rng)
        except GenerationError:
            return None
        if taken.isdisjoint(_categories(task, problem)):
            return replace(problem, redraws=problem.redraws + attempt)
    return None


def _categories(task: AnyTask, problem: Problem[Any]) -> Iterator[str]:
    """Yield the categories that an errand is about, before and after what will happen."""
    goal = problem.goal
    for event in (None, *problem.events):
        goal = goal if event is None else task.amend(goal, event)
        for request in task.brief(goal).requests:
            for fact in (*request.facts, *request.fallback):
                if fact.topic == "category" and isinstance(fact.constraint.value, str):
                    yield fact.constraint.value


def _all_visits(world: World, problems: Sequence[tuple[AnyTask, Problem[Any]]]) -> tuple[Visit, ...]:
    """Return what the customer looked at lately for all errands together, newest first.

    A product of a category that is another errand's own matter is left out: "the lamp I looked at" must stay one lamp.
    """
    kept: dict[Visit, None] = {}
    for task, problem in problems:
        foreign = {c for other, its in problems if other is not task for c in _categories(other, its)}
        kept.update(
            dict.fromkeys(v for v in problem.world.visits if world.product(v.product_id).category not in foreign)
        )
    return tuple(sorted(kept, key=lambda visit: (-visit.day.toordinal(), visit.product_id)))


def _interrupted(drawn: Sequence[Drawn], difficulty: Difficulty, rng: Stream) -> Iterator[Drawn]:
    """Yield the errands, some of which the customer will interrupt with the next one.

    Only those in which nothing else will happen: a change of mind about one thing while they talk of another would
    be a riddle.
    """
    for number, leg in enumerate(drawn, start=1):
        interrupts, turn = rng.chance(difficulty.p_switch), 1 + rng.below(min(LATEST, max(1, leg.reference.turns - 1)))
        fits = number < len(drawn) and not leg.events and leg.reference.turns > 1
        yield replace(leg, interrupted_at=turn) if interrupts and fits else leg

"""Journey: serve a customer who came for several things, one after another, in one shop.

Goal      two to five errands, each the goal of another environment, all in one world.
Answer    for every errand: leg (its number) and what its environment asks for; final for that errand.
Reward    raw = mean of the errands' own raw; -1 for one that was never submitted or was given up.
Solved    every errand is right by its own verdict.
Harder    more errands, each of them harder; the customer brings up another errand before one is settled.

Knows no customer, no engine, and no environment but by its protocol. How errands share a world: `tasks.journey_draw`.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, ClassVar, Final, Literal, get_origin, get_type_hints

from annotated_types import MaxLen

from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.core.difficulty import EVERYWHERE, Difficulty
from ecom_rlve.core.ids import LineId, OrderId, PassageId, ProductId
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Errand, several
from ecom_rlve.tasks.bundle_planning import BundlePlanning
from ecom_rlve.tasks.cart_building import CartBuilding
from ecom_rlve.tasks.journey_draw import AnyTask, Drawn, draw_legs
from ecom_rlve.tasks.order_tracking import OrderTracking
from ecom_rlve.tasks.policy_qa import PolicyQa
from ecom_rlve.tasks.product_discovery import ProductDiscovery
from ecom_rlve.tasks.returns import Declined, Returns
from ecom_rlve.tasks.reveal import Revealed
from ecom_rlve.tasks.substitution import Substitution
from ecom_rlve.tasks.task import Event, Fault, Oracle, Problem, Reference, Score, Taken
from ecom_rlve.world.orders import Status
from ecom_rlve.world.returns import Reason
from ecom_rlve.world.world import World

ERRANDS: Final[tuple[AnyTask, ...]] = (
    PolicyQa(), CartBuilding(), Returns(), OrderTracking(), Substitution(), ProductDiscovery(), BundlePlanning(),
)  # fmt: skip
"""What a customer may come for, in the order in which the world comes to be: who is a member before what they may
return, what is on offer and sold out before what is compared."""
MOST_ERRANDS = 5


@dataclass(frozen=True, slots=True)
class Submitted:
    """An errand's answer, and the world as it was then."""

    answer: Any  # an answer of the errand's task
    world: World


@dataclass(frozen=True, slots=True)
class Goal:
    legs: tuple[Drawn, ...]
    """In the order in which the customer brings them up."""
    raised: int = 1
    """How many they have brought up."""
    submitted: tuple[Submitted | None, ...] = ()
    """By errand."""


@dataclass(frozen=True, slots=True)
class Answer:
    leg: int
    """The number of the errand that this settles, from 1, as the customer counted them"""
    product_ids: Annotated[tuple[ProductId, ...], MaxLen(200)] = ()
    """For recommendations, alternatives and projects: the products chosen, best first"""
    order_id: OrderId | None = None
    """For returns and order tracking: the order that the customer means"""
    line_id: LineId | None = None
    """For returns: the line of it"""
    outcome: Literal["refund", "exchange", "declined", ""] = ""
    """For returns: refund, exchange, or declined where the policy refuses the return"""
    reason: Reason | Declined | Literal[""] = ""
    """For returns: the customer's reason; where declined, why: window_passed, final_sale, opened or used"""
    status: Status | Literal[""] = ""
    """For order tracking: how the order stands"""
    eta: str = ""
    """For order tracking: the expected day of arrival as YYYY-MM-DD, if the customer asked for it"""
    carrier: str = ""
    """For order tracking: who brings it, if the customer asked for it"""
    value: str | bool | int | float = ""
    """For policy questions: what holds: a number, yes or no, a date as YYYY-MM-DD, or the word that the rule uses"""
    unit: str = ""
    """For policy questions: the unit of a number; else left out"""
    passage_id: PassageId | None = None
    """For policy questions: the passage whose rule decides"""


class Journey:
    name: ClassVar[str] = "journey"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = (*EVERYWHERE, "H_orders")
    instructions: ClassVar[str] = (
        "The customer comes with several errands, one after another, and numbers them as they come up; they may bring "
        "up the next one before the last is settled, and come back to it. Settle every errand and submit it with its "
        "number as `leg`: a submission is final for that errand, and the job is finished with the last one. An errand "
        "can be any of these, and its submission holds what is asked for there:\n"
    ) + "\n".join(f"- {task.instructions}" for task in ERRANDS)

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw the errands, the world they share, and where the customer interrupts one with the next."""
        count = min(MOST_ERRANDS, 2 + difficulty.level // 4)
        world, legs = draw_legs(world, ERRANDS, count, difficulty, rng)
        goal = Goal(legs, submitted=(None,) * len(legs))
        parts = [leg.reference for leg in legs]
        turns, budget = sum(r.turns for r in parts), sum(r.budget for r in parts)
        reference = Reference(turns, sum(r.free for r in parts), sum(r.calls for r in parts), budget)
        return Problem(goal, world, reference, _events(goal, 0), sum(leg.redraws for leg in legs))

    def brief(self, goal: Goal) -> Brief:
        """Return all errands, and which of them are open."""
        return several(tuple(Errand(leg.task.brief(leg.goal), _state(goal, i)) for i, leg in enumerate(goal.legs)))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal once an errand has changed, or another one has come up."""
        if event.kind == "interrupt":
            return replace(goal, raised=goal.raised + 1)
        i = event.leg - 1
        leg = goal.legs[i]
        own = replace(event, leg=0, request=event.request - _first_request(goal, i))
        return _with_leg(goal, i, replace(leg, goal=leg.task.amend(leg.goal, own)))

    def take(self, goal: Goal, world: World, answer: Answer) -> Taken[Goal]:
        """Note an errand's answer, and bring up the next one if none is open; other numbers change nothing."""
        i = answer.leg - 1
        if not 0 <= i < goal.raised or goal.submitted[i] is not None:
            return Taken(goal, over=False)
        part = Submitted(_part(goal.legs[i].task, answer), world)
        goal = replace(goal, submitted=(*goal.submitted[:i], part, *goal.submitted[i + 1 :]))
        if any(_state(goal, k) == "open" for k in range(goal.raised)):
            return Taken(goal, over=False)
        if goal.raised == len(goal.legs):
            return Taken(goal, over=True)
        return Taken(replace(goal, raised=goal.raised + 1), over=False, events=_events(goal, goal.raised))

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Judge every errand that was submitted, by its own verdict."""
        raws, parts, faults = list[float](), dict[str, float](), list[Fault]()
        for i, (leg, submitted) in enumerate(zip(goal.legs, goal.submitted, strict=True)):
            if submitted is None or _says_nothing(submitted.answer):
                raws.append(-1.0)
                faults.append(Fault("partial_journey"))
            else:
                score = leg.task.verify(leg.goal, _as_it_was(submitted.world, world), submitted.answer)
                raws.append(score.raw)
                first = _first_request(goal, i)
                faults.extend(replace(f, request=f.request + first if f.request >= 0 else -1) for f in score.faults)
            parts[leg.task.name] = raws[-1]
        return Score(math.fsum(raws) / len(raws), not faults, parts, tuple(faults))

    def writes(self, goal: Goal) -> frozenset[str]:
        """What any of its errands may change."""
        return frozenset[str]().union(*(leg.task.writes(leg.goal) for leg in goal.legs))

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what each errand was about, numbered."""
        return tuple(
            {**part, "noun": f"{number}. {part['noun']}"}
            for number, leg in enumerate(goal.legs, start=1)
            for part in leg.task.reveal(leg.goal, world)
        )

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance to pass every errand blindly."""
        return math.prod(leg.task.chance(_alone(leg, problem.world)) for leg in problem.goal.legs)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Settle one errand after another, each with its own oracle, and the one that comes between first."""
        i = 0
        while True:
            answer, raised = yield from _settle(problem, i)
            if raised == len(problem.goal.legs):
                return answer
            yield Action(answer=answer)
            i = raised


def _settle(problem: Problem[Goal], i: int) -> Generator[Action, Observation, tuple[Answer, int]]:
    """Play errand `i` up to its submission; return that, and how many errands have been brought up by then."""
    leg, raised = problem.goal.legs[i], i + 1
    walk, heard, turn = leg.task.oracle(_alone(leg, problem.world)), None, 0
    while True:
        try:
            action = next(walk) if heard is None else walk.send(heard)
        except StopIteration as end:
            return _whole(i + 1, end.value), raised
        answer = None if action.answer is None else _whole(i + 1, action.answer)
        heard, turn = (yield replace(action, answer=answer)), turn + 1
        if turn == leg.interrupted_at:
            between, raised = yield from _settle(problem, i + 1)
            yield Action(answer=between)


def _alone(leg: Drawn, world: World) -> Problem[Any]:
    return Problem(leg.goal, world, leg.reference, leg.events)


def _events(goal: Goal, i: int) -> tuple[Event, ...]:
    """Return what is planned for errand `i`; turns are counted from when it comes up."""
    leg, first = goal.legs[i], _first_request(goal, i)
    own = tuple(replace(event, leg=i + 1, request=event.request + first) for event in leg.events)
    if not leg.interrupted_at:
        return own
    return (*own, Event("interrupt", leg.interrupted_at, -1, leg=i + 1, then=_events(goal, i + 1)))


def _first_request(goal: Goal, i: int) -> int:
    """Return where the requests of errand `i` begin among those of all."""
    return sum(len(leg.task.brief(leg.goal).requests) for leg in goal.legs[:i])


def _state(goal: Goal, i: int) -> Literal["later", "open", "closed"]:
    if i >= goal.raised:
        return "later"
    return "open" if goal.submitted[i] is None else "closed"


def _with_leg(goal: Goal, i: int, leg: Drawn) -> Goal:
    return replace(goal, legs=(*goal.legs[:i], leg, *goal.legs[i + 1 :]))


def _as_it_was(then: World, now: World) -> World:
    """Return the world as it was at a submission, with what has been written since: that is never forgotten."""
    return replace(then, cart=now.cart, returns=now.returns)


def _part(task: AnyTask, answer: Answer) -> Any:  # Any: the answer of that task
    """Return what an answer says for one kind of errand."""
    hints = get_type_hints(task.answer_type)
    values = {f.name: getattr(answer, f.name) for f in fields(task.answer_type)}
    return task.answer_type(**{name: list(v) if get_origin(hints[name]) is list else v for name, v in values.items()})


def _whole(leg: int, part: Any) -> Answer:  # Any: an answer of some task
    """Return an errand's answer as one of the journey."""
    values = {f.name: getattr(part, f.name) for f in fields(part)}
    return Answer(leg, **{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})  # pyright: ignore[reportArgumentType, reportUnknownArgumentType, reportUnknownVariableType] (the fields are the same: a test compares them)


def _says_nothing(part: Any) -> bool:  # Any: an answer of some task
    """Whether every field of an answer that has fields is empty: the errand was given up."""
    values = [getattr(part, f.name) for f in fields(part)]
    return bool(values) and not any(value not in ("", None, (), []) for value in values)

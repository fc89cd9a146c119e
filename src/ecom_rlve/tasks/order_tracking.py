"""Order tracking: tell the customer how one of their orders stands.

Goal      an order among look-alikes, and what the customer wants to know of it.
Answer    order_id, status; eta and carrier where asked.
Reward    raw = 2·(0.5·id + 0.5·facts) - 1, facts = share of what was asked or told that is right; 0 unseen.
Solved    all exact, and the order's status was looked up.
Harder    more look-alikes (H_orders); what tells them apart unsaid; the customer corrects which order they mean.

Knows no customer, no engine. Orders and how people speak of them: `tasks.order_history`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Final, Literal

from ecom_rlve.core.attributes import Value, attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import OrderId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import talk_plan
from ecom_rlve.tasks.amounts import date_of
from ecom_rlve.tasks.brief import IN_WORDS, Brief, Fact, Request
from ecom_rlve.tasks.order_history import ITEM, Place, draw_history, telling
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.talk_plan import Change, PlannedTurn
from ecom_rlve.tasks.task import Event, Fault, Oracle, Problem, Score
from ecom_rlve.tools.order import STATUS_SEEN
from ecom_rlve.world.orders import Order, Status
from ecom_rlve.world.world import World

QUESTION = "question"
Asked = Literal["order_where", "order_when", "order_carrier"]
ASKED: Final[tuple[Asked, ...]] = ("order_where", "order_when", "order_carrier")
TRIES = 50


@dataclass(frozen=True, slots=True)
class Meant:
    """One order the customer may mean, and how they tell it."""

    order_id: OrderId
    status: Status
    eta: date | None
    carrier: str
    said: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Goal:
    asked: Asked
    first: Meant
    then: Meant
    """What they mean after a correction; the same where there is none."""
    withheld: frozenset[str]
    alike: int
    """How many orders look like the one meant, it included."""
    changed: bool = False
    """Whether the correction has been made."""
    plan: tuple[PlannedTurn, ...] = ()

    @property
    def in_force(self) -> Meant:
        """The order meant now."""
        return self.then if self.changed else self.first


@dataclass(frozen=True, slots=True)
class Answer:
    order_id: OrderId | None = None
    """The order that the customer means"""
    status: Status | Literal[""] = ""
    """How it stands: processing, packed, shipped, in_transit, out_for_delivery, delayed or delivered"""
    eta: str = ""
    """The expected day of arrival as YYYY-MM-DD, if the customer asked for it"""
    carrier: str = ""
    """Who brings it, if the customer asked for it"""


class OrderTracking:
    name: ClassVar[str] = "order_tracking"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = (*EVERYWHERE, "H_orders")
    instructions: ClassVar[str] = (
        "The customer wants to know how one of their orders stands. Find out which one they mean among those that "
        "look alike, look up its status, and submit what they asked for. Tell an eta or a carrier only where they "
        "asked for it."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw an order history, the order meant, and what is asked of it."""
        for attempt in range(TRIES):
            drawn, places = draw_history(world, difficulty.H_orders, rng, delivered=False)
            asked = rng.choice(ASKED)
            fit = [place for place in places if _can_tell(place.order, asked)]
            if fit:
                return replace(self._problem(drawn, fit, asked, difficulty, rng), redraws=attempt)
        raise GenerationError(f"no order that can be asked about was drawn in {TRIES} tries")

    def _problem(
        self, world: World, fit: Sequence[Place], asked: Asked, difficulty: Difficulty, rng: Stream
    ) -> Problem[Goal]:
        meant = rng.sample(fit, min(2, len(fit)))
        changes, turn = rng.chance(difficulty.p_switch), rng.between(1, 4)
        if not changes:
            meant = meant[:1]
        ways = telling(world, meant, rng)
        first, *rest = (_meant(place.order, way) for place, way in zip(meant, ways, strict=True))
        then = rest[0] if rest else first
        topics = [t for t in first.said if t != ITEM]
        withheld = frozenset(t for t in topics if rng.chance(difficulty.p_missing))
        unsaid = [t for t in topics if t in withheld]
        corrected = tuple(t for t in first.said if first.said[t] != then.said[t])
        stages = (("order.list",), ("order.get_status",))
        change = Change(turn, corrected, stages, keeps=("order.list",)) if corrected else None
        plan = talk_plan.plan([(0, topic) for topic in unsaid], stages, difficulty.B_tool, change)
        events = (Event("switch", turn, 0),) if change else ()
        goal = Goal(asked, first, then, withheld, difficulty.H_orders + 1, plan=plan)
        return Problem(goal, world, talk_plan.reference(plan, len(unsaid)), events)

    def brief(self, goal: Goal) -> Brief:
        """Return the question, and how the customer tells the order meant now."""
        asked = Fact(Constraint(QUESTION, "eq", goal.asked))
        told = (Fact(Constraint(t, "eq", v), withheld=t in goal.withheld) for t, v in goal.in_force.said.items())
        return Brief("track_order", (Request(IN_WORDS, "order", "orders", (asked, *told)),))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after the correction."""
        return replace(goal, changed=True)

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Compare order and facts with the history."""
        meant = goal.in_force
        if answer is None or answer == Answer():
            fault = Fault("wrong_order", 0, topics=tuple(meant.said), target=meant.order_id)
            return Score(-1.0, is_correct=False, parts={"id": 0.0, "facts": 0.0}, faults=(fault,))
        right = answer.order_id == meant.order_id
        told = [answer.status == meant.status]
        # What is told unasked has to be true as well: nobody is paid for making it up.
        if goal.asked == "order_when" or answer.eta:
            told.append(meant.eta is not None and date_of(answer.eta) == meant.eta)
        if goal.asked == "order_carrier" or answer.carrier:
            told.append(answer.carrier.strip().casefold() == meant.carrier.casefold())
        seen = (STATUS_SEEN, meant.order_id) in world.consulted
        # A guess is no fact: else the most frequent status, told unseen, would be worth more than an honest mistake.
        looked = seen or (STATUS_SEEN, answer.order_id) in world.consulted
        facts = sum(told) / len(told) if looked else 0.0
        correct = right and all(told) and seen
        parts = {"id": float(right), "facts": facts, "looked_up": float(seen)}
        return Score(right + facts - 1, correct, parts, () if correct else (_fault(meant, right=right),))

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what the customer had in mind."""
        return from_brief(self.brief(goal))

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance of picking the order among those that look alike."""
        return 1 / problem.goal.alike

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Ask for what is unsaid, list the orders, look up the one meant, answer."""
        goal = problem.goal
        for turn in goal.plan:
            meant = goal.then if turn.changed else goal.first
            if turn.submits:
                yield Action(answer=_answer(goal.asked, meant))
            elif turn.topics:
                yield Action(_question(turn.topics))
            else:
                args = {"order.list": dict[str, str](), "order.get_status": {"order_id": meant.order_id}}
                yield Action("", tuple(ToolCall(name, args[name]) for name in turn.calls))
        return _answer(goal.asked, goal.then)


def _can_tell(order: Order, asked: Asked) -> bool:
    if asked == "order_when":
        return order.eta is not None
    return bool(order.carrier) or asked == "order_where"


def _meant(order: Order, said: Mapping[str, Value]) -> Meant:
    return Meant(order.id, order.status, order.eta, order.carrier, said)


def _fault(meant: Meant, *, right: bool) -> Fault:
    """Return what is wrong: the order, or what was told of the right one."""
    return Fault("constraint_ignored" if right else "wrong_order", 0, topics=tuple(meant.said), target=meant.order_id)


def _answer(asked: Asked, meant: Meant) -> Answer:
    eta = meant.eta.isoformat() if asked == "order_when" and meant.eta else ""
    return Answer(meant.order_id, meant.status, eta, meant.carrier if asked == "order_carrier" else "")


def _question(topics: Sequence[str]) -> str:
    return f"Could you tell me the {' and the '.join(attribute(t).label for t in topics)}?"

"""Returns: send back the right line of the right order, exchange it, or decline for the right reason.

Goal      a delivered line among look-alikes, the item's state, a refund or a replacement that meets wishes.
Answer    order_id, line_id, outcome: refund / exchange / declined, reason.
Reward    raw = 0.45·r_sel + 0.45·r_ret + 0.10·r_rep : line chosen, exactly the right write made, replacement fits.
Solved    all parts are 1; declining counts only after the check was made on that line.
Harder    more look-alikes; days close to the end of a window; rules that turn on more; details unsaid; corrections.

Knows no customer, no engine. What may be returned is `world.returns`, the same for tools, generator and verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import ClassVar, Literal

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.difficulty import EVERYWHERE, Difficulty
from ecom_rlve.core.ids import LineId, OrderId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import return_plan, talk_plan
from ecom_rlve.tasks.brief import IN_WORDS, Brief, Fact, Request
from ecom_rlve.tasks.order_history import ITEM, Place, draw_history, telling
from ecom_rlve.tasks.return_plan import Case, Goal, case_of, delivered, draw_replacement, near_a_limit, on_final_sale
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.talk_plan import Change, PlannedTurn, Slot
from ecom_rlve.tasks.task import Event, Fault, FaultCause, Oracle, Problem, Score
from ecom_rlve.tools.returns import CHECKED
from ecom_rlve.world.orders import Return
from ecom_rlve.world.returns import METHODS, STATE, Reason, ruling
from ecom_rlve.world.world import World

QUESTION = "question"
W_SELECT, W_RETURN, W_REPLACE = 0.45, 0.45, 0.10
OLDEST = 110
P_ELIGIBLE, P_EXCHANGE, P_DAMAGED = 0.6, 0.6, 0.3
P_BY_STATE = 0.8
"""Chance that what is refused is refused for the state of the item, where more turns on it than the shop knows."""
HISTORIES = 6
"""Order histories drawn at most, until the eligibility of a line turns on about as much as it should."""
CHANCE_OF_REASON = 0.2
REASONS_GIVEN = ("change of mind", "wrong size", "wrong item", "late delivery")

Declined = Literal["window_passed", "final_sale", "opened", "used"]


@dataclass(frozen=True, slots=True)
class Answer:
    order_id: OrderId | None = None
    """The order that the customer means"""
    line_id: LineId | None = None
    """The line of it"""
    outcome: Literal["refund", "exchange", "declined", ""] = ""
    """What came of it: refund, exchange, or declined where the policy refuses the return"""
    reason: Reason | Declined | Literal[""] = ""
    """The customer's reason; where declined, why: window_passed, final_sale, opened (hygiene goods) or used"""


class Returns:
    name: ClassVar[str] = "returns"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = (*EVERYWHERE, "H_orders", "B_branch")
    instructions: ClassVar[str] = (
        "The customer wants to send something back, for a refund or in exchange for something else. Find out which "
        "line of which order they mean, check whether the policy allows it, asking for the state of the item where it "
        "depends on that, and start exactly this return or exchange; or decline it, for the right reason, where the "
        "policy refuses it. Start nothing that is not allowed."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw an order history, the line meant, the state of the item and what the customer wants for it."""
        world, meant, first, state = _drawn_case(world, difficulty, rng)
        changes, turn = rng.chance(difficulty.p_switch), rng.between(1, 5)
        ways = telling(world, meant if changes else meant[:1], rng)
        then = case_of(world, meant[1], state, ways[1]) if changes else first
        first = replace(first, said=ways[0])
        then = first if not changes else then
        reason = "damage" if state["damaged"] == "yes" else rng.choice(REASONS_GIVEN)
        wish = (
            draw_replacement(world, [place.line for place in meant], difficulty.m, rng)
            if rng.chance(P_EXCHANGE)
            else None
        )
        goal = Goal(first, then, state, reason, rng.choice(METHODS), wish, frozenset(), difficulty.H_orders + 1)
        return _planned(goal, world, difficulty, turn, rng)

    def brief(self, goal: Goal) -> Brief:
        """Return which line the customer means, the state of the item, and what they want for it."""
        wants = "return_refund" if goal.replacement is None else "return_exchange"
        facts = [Fact(Constraint(QUESTION, "eq", wants))]
        for topic, value in goal.told.items():
            facts.append(Fact(Constraint(topic, "eq", value), withheld=(0, topic) in goal.withheld))
        requests = [Request(IN_WORDS, "return", "returns", tuple(facts))]
        if goal.replacement is not None:
            wishes = [Fact(Constraint("category", "eq", goal.replacement.category))]
            wishes.extend(Fact(c, withheld=(1, c.attribute) in goal.withheld) for c in goal.replacement.constraints)
            requests.append(Request(IN_WORDS, "replacement", "replacements", tuple(wishes)))
        return Brief("start_return", tuple(requests))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after the correction."""
        return replace(goal, changed=True)

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Compare what was chosen, what was started and what is sent instead with the goal."""
        case, made = goal.in_force, world.returns
        if (answer is None and not made) or (answer == Answer() and not made):
            fault = Fault("wrong_order", 0, topics=tuple(case.said), target=case.order_id)
            return Score(-1.0, is_correct=False, parts={"select": 0.0, "return": 0.0, "replace": 0.0}, faults=(fault,))
        chosen = _chosen(answer, made)
        select = float(chosen == (case.order_id, case.line_id))
        right = float(_is_right(goal, world, answer))
        fits = float(_replacement_fits(goal, world))
        raw = W_SELECT * select + W_RETURN * right + W_REPLACE * fits
        correct = select == right == fits == 1.0
        parts = {"select": select, "return": right, "replace": fits}
        faults = () if correct else (_fault(goal, made, answer, select=bool(select)),)
        return Score(1.0 if correct else raw, correct, parts, faults)

    def writes(self, goal: Goal) -> frozenset[str]:
        """Only returns are started."""
        return frozenset({"returns"})

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what the customer had in mind."""
        return from_brief(self.brief(goal))

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance of picking the line among those that look alike, and the reason among five."""
        return CHANCE_OF_REASON / problem.goal.alike

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Ask for what is unsaid, check the line meant, start what is allowed, answer."""
        return (yield from return_plan.walk(problem.goal, _answer))


def _planned(goal: Goal, world: World, difficulty: Difficulty, turn: int, rng: Stream) -> Problem[Goal]:
    """Return the problem, with what is withheld and what the reference solution takes."""
    slots = [(0, t) for t in goal.told if t != ITEM]
    slots += [(1, c.attribute) for c in (goal.replacement.constraints if goal.replacement else ())]
    withheld = frozenset(slot for slot in slots if rng.chance(difficulty.p_missing))
    unsaid = [slot for slot in slots if slot in withheld]
    # How long a refusal takes must not tell from the budget that it is one.
    rulings = product((True, False), repeat=2)
    plans = {both: _plan(_ruled(goal, *both), unsaid, difficulty, turn) for both in rulings}
    plan, changes = plans[goal.first.is_eligible, goal.then.is_eligible]
    otherwise = max(len(other) for other, _ in plans.values())
    events = (Event("switch", turn, 0, (goal.first.order_id, goal.first.line_id)),) if changes else ()
    reference = replace(talk_plan.reference(plan, len(unsaid)), otherwise=otherwise + 1)
    return Problem(replace(goal, withheld=withheld, plan=plan), world, reference, events)


def _ruled(goal: Goal, first: bool, then: bool) -> Goal:
    """Return the goal if the policy allowed, or refused, the one return and the other."""
    cases = replace(goal.first, is_eligible=first), replace(goal.then, is_eligible=then)
    return replace(goal, first=cases[0], then=cases[1])


def _plan(
    goal: Goal, unsaid: Sequence[Slot], difficulty: Difficulty, turn: int
) -> tuple[tuple[PlannedTurn, ...], bool]:
    """Return the turns of the reference solution, and whether the customer corrects which line they mean."""
    corrected = tuple(t for t in goal.first.said if goal.first.said[t] != goal.then.said[t])
    change = None
    if corrected:
        keeps = ("order.list", "catalog.search", "catalog.get_variants")
        then = return_plan.stages(goal, goal.then)
        change = Change(turn, corrected, then, keeps, ("return.initiate", "return.exchange"))
    return talk_plan.plan(unsaid, return_plan.stages(goal, goal.first), difficulty.B_tool, change), bool(corrected)


def _drawn_case(
    world: World, difficulty: Difficulty, rng: Stream
) -> tuple[World, Sequence[Place], Case, Mapping[str, Value]]:
    """Return an order history, two lines of it that look alike, and the first one's case with the state of the item.

    What was ordered, and when it came, decides what the eligibility turns on: several histories are drawn, and the
    first is taken that turns on as much as it should, else the nearest.
    """
    eligible, found = rng.chance(P_ELIGIBLE), list[tuple[World, Sequence[Place], Case, Mapping[str, Value]]]()
    for _ in range(HISTORIES):
        found.append(_history_and_case(world, difficulty, rng, eligible=eligible))
        if _off(*found[-1][:3], difficulty.B_branch) <= 1 and found[-1][2].is_eligible == eligible:
            return found[-1]
    return min(found, key=lambda drawn: (drawn[2].is_eligible != eligible, _off(*drawn[:3], difficulty.B_branch)))


def _off(world: World, meant: Sequence[Place], case: Case, branches: int) -> int:
    """Return how far a case is from turning on `branches` circumstances, half of which only the customer can tell."""
    told = len(ruling(world, meant[0].order, meant[0].line).depends_on)
    return abs(case.turns_on - branches) + 2 * abs(told - min(len(STATE), branches // 2))


def _history_and_case(
    world: World, difficulty: Difficulty, rng: Stream, *, eligible: bool
) -> tuple[World, Sequence[Place], Case, Mapping[str, Value]]:
    world, places = draw_history(world, difficulty.H_orders, rng, delivered=True, oldest=OLDEST)
    close, meant = rng.chance(0.7 * difficulty.chance(4, 1.5)), rng.sample(places, 2)
    if not eligible:
        world, meant[0] = _refused(world, meant[0], difficulty.B_branch, rng)
    if close:
        world, meant[0] = near_a_limit(world, meant[0], rng)
    return world, meant, *_drawn_state(world, meant[0], difficulty, rng, eligible=eligible)


def _drawn_state(
    world: World, place: Place, difficulty: Difficulty, rng: Stream, *, eligible: bool
) -> tuple[Case, Mapping[str, Value]]:
    """Return a case of one line and the state of the item, allowed or not, that turns on enough circumstances."""
    damaged = "yes" if rng.chance(P_DAMAGED) else "no"
    states = [s for values in product(("yes", "no"), repeat=len(STATE)) if _is_possible(s := _state(values))]
    drawn = [(case_of(world, place, state, {}), state) for state in rng.shuffled(states)]
    return min(
        drawn,
        key=lambda d: (
            d[0].is_eligible != eligible,
            d[1]["damaged"] != damaged,
            abs(d[0].turns_on - difficulty.B_branch),
        ),
    )


def _refused(world: World, place: Place, branches: int, rng: Stream) -> tuple[World, Place]:
    """Return the world in which there is more reason to refuse a line: it arrived long ago, or was on final sale.

    Where much is to be found out, mostly as it is: then the state of the item has to decide.
    """
    change = rng.below(3)
    if branches > len(STATE) and rng.chance(P_BY_STATE):
        return world, place
    if change == 0:
        return on_final_sale(world, place)
    return delivered(world, place, OLDEST) if change == 1 else (world, place)


def _state(values: tuple[str, ...]) -> Mapping[str, Value]:
    return dict(zip(STATE, values, strict=True))


def _is_possible(state: Mapping[str, Value]) -> bool:
    """Whether an item can be in this state: what was used has been opened."""
    return state["opened"] == "yes" or state["used"] == "no"


def _chosen(answer: Answer | None, made: tuple[Return, ...]) -> tuple[str | None, str | None]:
    if answer is not None and answer != Answer():
        return answer.order_id, answer.line_id
    return (made[0].order_id, made[0].line_id) if len(made) == 1 else (None, None)


def _is_right(goal: Goal, world: World, answer: Answer | None) -> bool:
    """Whether exactly the right write was made, and what was answered agrees with it."""
    case, expected = goal.in_force, _answer(goal)
    told = (
        answer is None or answer == Answer() or (answer.outcome, answer.reason) == (expected.outcome, expected.reason)
    )
    if not case.is_eligible:
        named = answer is not None and answer.outcome == "declined"
        return not world.returns and named and told and (CHECKED, case.line_id) in world.consulted
    if len(world.returns) != 1:
        return False
    made = world.returns[0]
    reason, method = (goal.reason_code, goal.method) if goal.replacement is None else ("", "exchange")
    done = (made.order_id, made.line_id, made.reason, made.method)
    return told and done == (case.order_id, case.line_id, reason, method)


def _replacement_fits(goal: Goal, world: World) -> bool:
    """Whether what is sent instead fits; where nothing is to be sent, whether nothing is."""
    sent = [r.product_id for r in world.returns if r.product_id is not None]
    if goal.replacement is None or not goal.in_force.is_eligible:
        return not sent
    return len(sent) == 1 and goal.replacement.fits(world.product(sent[0]), goal.in_force)


def _answer(goal: Goal) -> Answer:
    case = goal.in_force
    if not case.is_eligible:
        return Answer(case.order_id, case.line_id, "declined", case.declined_for)  # pyright: ignore[reportArgumentType] (codes of the policy's data)
    outcome = "refund" if goal.replacement is None else "exchange"
    return Answer(case.order_id, case.line_id, outcome, goal.reason_code)


def _fault(goal: Goal, made: tuple[Return, ...], answer: Answer | None, *, select: bool) -> Fault:
    """Return the gravest thing that is wrong."""
    case = goal.in_force
    topics = tuple(goal.told)
    order = _chosen(answer, made)[0]
    cause: FaultCause = "constraint_ignored"
    if not select:
        cause = "wrong_line" if order == case.order_id else "wrong_order"
        topics = tuple(case.said)
    elif made and not case.is_eligible:
        cause = "ineligible_write"
    elif len(made) > 1:
        cause = "collateral_write"
    elif not made or (answer is not None and answer.outcome == "declined"):
        cause, topics = "policy_misread", STATE
    return Fault(cause, 0, topics=topics, target=case.order_id)

"""Order tracking: what the customer says singles out one order, and the verdict is exact."""

from dataclasses import replace

import pytest

from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.ids import IN_WORDS
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.order_history import AGE, BACKGROUND, ITEM, RANK, all_said
from ecom_rlve.tasks.order_tracking import Answer, OrderTracking, _answer
from ecom_rlve.tools.order import STATUS_SEEN

TASK = OrderTracking()
DIFFICULTIES = (0, 3, 6, 9, 12, 16, 20)


def problems(catalog, seeds=12):
    for d in DIFFICULTIES:
        for seed in range(seeds):
            yield draw(TASK, EpisodeSpec("order_tracking", d, seed), catalog)


def test_what_is_said_fits_one_line_and_no_other(catalog):
    for problem in problems(catalog):
        for meant in (problem.goal.first, problem.goal.then):
            said = meant.said
            fit = [p for p, values in all_said(problem.world) if all(values.get(t) == v for t, v in said.items())]
            assert [place.order.id for place in fit] == [meant.order_id]


def test_the_type_alone_never_tells_which(catalog):
    for problem in problems(catalog):
        same = [v for _, v in all_said(problem.world) if v[ITEM] == problem.goal.first.said[ITEM]]
        assert len(same) >= problem.goal.alike
        assert len(problem.world.orders) == problem.goal.alike + BACKGROUND


def test_histories_are_sound(catalog):
    for problem in problems(catalog):
        world = problem.world
        ids = [order.id for order in world.orders]
        lines = [line.id for order in world.orders for line in order.lines]
        assert len(set(ids)) == len(ids)
        assert len(set(lines)) == len(lines)
        assert all(IN_WORDS.fullmatch(i) for i in (*ids, *lines))
        assert [o.placed for o in world.orders] == sorted({o.placed for o in world.orders}, reverse=True)
        for order in world.orders:
            days = [stamp.day for stamp in order.timeline]
            assert days == sorted(days)
            assert order.placed <= days[0]
            assert days[-1] <= world.today
            assert (order.eta is None) == (order.status == "delivered")
            assert order.eta is None or order.eta > world.today
            assert bool(order.carrier) == (order.status not in ("processing", "packed"))
            for line in order.lines:
                assert world.variant(line.product_id, line.variant_id).product_id == line.product_id


def test_what_is_asked_can_be_told(catalog):
    for problem in problems(catalog):
        goal = problem.goal
        for meant in (goal.first, goal.then):
            assert goal.asked != "order_when" or meant.eta is not None
            assert goal.asked != "order_carrier" or meant.carrier


def test_there_are_as_many_look_alikes_as_the_axis_says(catalog):
    for count in (1, 4, 9):
        for seed in range(5):
            spec = EpisodeSpec("order_tracking", 2, seed, {"H_orders": count})
            assert draw(TASK, spec, catalog).goal.alike == count + 1


def test_the_verdict_is_exact_in_every_part(catalog):
    for problem in problems(catalog, 4):
        goal = replace(problem.goal, changed=True)
        world = problem.world.recorded(STATUS_SEEN, goal.then.order_id)
        good = _answer(goal.asked, goal.then)
        assert TASK.verify(goal, world, good).is_correct
        assert TASK.verify(goal, world, good).raw == 1.0
        assert not TASK.verify(goal, problem.world, good).is_correct  # never looked up
        other = next(o for o in problem.world.orders if o.id != good.order_id)
        wrong_order = TASK.verify(goal, world, replace(good, order_id=other.id))
        assert (wrong_order.raw, wrong_order.faults[0].cause) == (0.0, "wrong_order")
        status = "packed" if good.status != "packed" else "delayed"
        wrong_status = TASK.verify(goal, world, replace(good, status=status))
        assert not wrong_status.is_correct
        assert 0.0 <= wrong_status.raw < 1.0
        if goal.asked == "order_when":
            assert TASK.verify(goal, world, replace(good, eta="2001-01-01")).raw == 0.5
        if goal.asked == "order_carrier":
            assert TASK.verify(goal, world, replace(good, carrier="nobody")).raw == 0.5
            assert TASK.verify(goal, world, replace(good, carrier=good.carrier.upper())).is_correct
            assert TASK.verify(goal, world, replace(good, carrier="")).raw == 0.5
        else:
            assert not TASK.verify(goal, world, replace(good, carrier="nobody")).is_correct
        for empty in (None, Answer()):
            assert TASK.verify(goal, world, empty).raw == -1.0


def test_a_correction_means_another_order(catalog):
    corrected = [p.goal for p in problems(catalog) if p.events]
    assert len(corrected) > 8
    for goal in corrected:
        assert goal.first.order_id != goal.then.order_id
        assert goal.first.said.keys() == goal.then.said.keys()
        assert goal.first.said[ITEM] == goal.then.said[ITEM]


def test_rank_counts_from_the_oldest(catalog):
    for problem in problems(catalog, 3):
        said = all_said(problem.world)
        kind = problem.goal.first.said[ITEM]
        mine = sorted(((v[AGE], v[RANK]) for _, v in said if v[ITEM] == kind), reverse=True)
        assert [rank for _, rank in mine][:2] == ["first", "second"]


SPEC = "order_tracking-v0/d0/s3?p_missing=0&p_switch=0"


@pytest.mark.parametrize(
    ("look", "change", "cause"),
    [
        ((), {}, "hallucinated_id"),
        (("order.list",), {"order_id": "other"}, "wrong_order"),
        (("order.list", "order.get_status"), {"status": "delayed"}, "constraint_ignored"),
        (("order.list",), {}, "constraint_ignored"),
    ],
)
def test_failures_are_told_apart(catalog, look, change, cause):
    env = Env(catalog)
    env.reset(SPEC)
    goal = env.episode.goal
    good = _answer(goal.asked, goal.first)
    for name in look:
        args = {"order_id": good.order_id} if name == "order.get_status" else {}
        env.step(Action("", (ToolCall(name, args),)))
    if change.get("order_id") == "other":
        change = {"order_id": next(o.id for o in env.episode.world.orders if o.id != good.order_id)}
    if change.get("status") == good.status:
        change = {"status": "packed"}
    env.step(Action(answer=replace(good, **change)))
    assert env.episode.verdict.cause == cause


def test_an_unasked_order_is_never_asked(catalog):
    env = Env(catalog)
    env.reset("order_tracking-v0/d0/s3?p_missing=1.0&p_switch=0")
    env.step(Action("", (ToolCall("order.list", {}),)))
    goal = env.episode.goal
    other = next(o.id for o in env.episode.world.orders if o.id != goal.first.order_id)
    env.step(Action(answer=Answer(other, "packed")))
    assert env.episode.verdict.cause == "never_asked"


def test_checkout_is_refused(catalog):
    env = Env(catalog)
    env.reset(SPEC)
    step = env.step(Action("", (ToolCall("order.checkout", {"address_id": "ADDR1", "payment_id": "PAY1"}),)))
    assert step.observation.results[0].error == "not_requested"


def test_orders_of_others_are_not_found(catalog):
    env = Env(catalog)
    env.reset(SPEC)
    step = env.step(Action("", (ToolCall("order.get_status", {"order_id": "O123456"}),)))
    assert step.observation.results[0].error == "not_found"
    step = env.step(Action("", (ToolCall("order.list", {"days": 1}),)))
    assert all(order.days_ago <= 1 for order in step.observation.results[0].view.orders)

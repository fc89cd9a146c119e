"""Returns: eligibility has one source, the verdict wants exactly the right write, and no final write is rushed."""

from dataclasses import replace
from itertools import product

import pytest

from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import ReturnId
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.order_history import ITEM, all_said
from ecom_rlve.tasks.returns import Answer, Returns, _answer
from ecom_rlve.tools.returns import CHECKED
from ecom_rlve.world.orders import Return
from ecom_rlve.world.policy import policy
from ecom_rlve.world.returns import STATE, records, ruling, start

TASK = Returns()
DIFFICULTIES = (0, 3, 6, 9, 12, 16, 20)


def problems(catalog, seeds=12):
    for d in DIFFICULTIES:
        for seed in range(seeds):
            yield draw(TASK, EpisodeSpec("returns", d, seed), catalog)


def line_of(world, case):
    order = world.order(case.order_id)
    return order, order.line(case.line_id)


def test_what_is_said_fits_one_line_and_no_other(catalog):
    for problem in problems(catalog):
        for case in (problem.goal.first, problem.goal.then):
            fit = [p for p, v in all_said(problem.world) if all(v.get(t) == said for t, said in case.said.items())]
            assert [place.line.id for place in fit] == [case.line_id]
            assert len([v for _, v in all_said(problem.world) if v[ITEM] == case.said[ITEM]]) >= problem.goal.alike


def test_the_tool_and_the_verdict_read_the_same_rules(catalog):
    for problem in problems(catalog):
        for case in (problem.goal.first, problem.goal.then):
            order, line = line_of(problem.world, case)
            found = ruling(problem.world, order, line)
            known = records(problem.world, order, line)
            rule = policy().returns.decide({**known, **problem.goal.state})
            assert case.is_eligible == (rule.value == "yes")
            assert case.declined_for == rule.code
            assert rule in found.rules
            values = {
                policy().returns.decide({**known, **dict(zip(STATE, v, strict=True))}).value
                for v in product(("yes", "no"), repeat=3)
            }
            assert found.eligible == ("depends" if len(values) == 2 else next(iter(values)))


def test_what_depends_is_all_there_is_to_ask(catalog):
    """Whatever state the item is in besides `depends_on`, the outcome and its reason are the same."""
    for problem in problems(catalog, 5):
        order, line = line_of(problem.world, problem.goal.first)
        found, known = ruling(problem.world, order, line), records(problem.world, order, line)
        fixed = {name: problem.goal.state[name] for name in found.depends_on}
        free = [name for name in STATE if name not in fixed]
        outcomes = {
            (r.value, r.code)
            for v in product(("yes", "no"), repeat=len(free))
            for r in [policy().returns.decide({**known, **fixed, **dict(zip(free, v, strict=True))})]
        }
        assert len(outcomes) == 1


def test_every_outcome_occurs_and_states_are_possible(catalog):
    answers = set()
    for problem in problems(catalog, 40):
        goal = problem.goal
        answers.add((_answer(goal).outcome, _answer(goal).reason))
        assert goal.state["opened"] == "yes" or goal.state["used"] == "no"
        assert (goal.reason == "damage") == (goal.state["damaged"] == "yes")
    assert {"refund", "exchange", "declined"} == {outcome for outcome, _ in answers}
    assert {"window_passed", "final_sale", "opened", "used"} <= {reason for _, reason in answers}


def test_some_product_fits_every_replacement(catalog):
    for problem in problems(catalog, 8):
        wish = problem.goal.replacement
        if wish is None:
            continue
        rows = catalog.category_rows(wish.category)
        for case in (problem.goal.first, problem.goal.then):
            fit = [r for r in rows if wish.fits(catalog.product(r), case) and catalog.product(r).stock > 0]
            assert fit


def acted(catalog, spec, change=None, *, answer=None):
    """Play a problem's right calls, some argument changed, and submit."""
    env = Env(catalog)
    env.reset(spec)
    goal = env.episode.goal
    case = goal.first
    env.step(Action("", (ToolCall("order.list", {}),)))
    env.step(Action("", (ToolCall("return.check_eligibility", {"order_id": case.order_id, "line_id": case.line_id}),)))
    for args in change or ():
        env.step(Action("", (ToolCall("return.initiate", args),)))
    if not env.episode.is_over:
        env.step(Action(answer=answer or _answer(goal)))
    return env


def spec_where(catalog, holds):
    for seed in range(400):
        spec = EpisodeSpec("returns", 0, seed, {"p_missing": 0.0, "p_switch": 0.0})
        problem = draw(TASK, spec, catalog)
        if holds(problem):
            return spec, problem
    raise AssertionError("no such episode")


def is_refund(problem):
    return problem.goal.first.is_eligible and problem.goal.replacement is None


def right_write(goal):
    case = goal.first
    return {"order_id": case.order_id, "line_id": case.line_id, "reason": goal.reason_code, "method": goal.method}


def other_line(problem):
    orders = [o for o in problem.world.orders if o.id != problem.goal.first.order_id and o.delivered]
    for order in orders:
        for line in order.lines:
            if ruling(problem.world, order, line).eligible != "no":
                return {"order_id": order.id, "line_id": line.id}
    return None


def test_the_right_return_passes_and_every_other_fails(catalog):
    spec, problem = spec_where(catalog, lambda p: is_refund(p) and other_line(p))
    goal = problem.goal
    right = right_write(goal)
    assert acted(catalog, spec, [right]).episode.verdict.is_correct
    assert acted(catalog, spec, [right, right]).episode.verdict.is_correct  # the same call again starts nothing new
    wrong_reason = "wrong_size" if goal.reason_code != "wrong_size" else "wrong_item"
    wrong_method = "mail" if goal.method != "mail" else "pickup"
    cases = [
        ([{**right, "reason": wrong_reason}], "constraint_ignored"),
        ([{**right, "method": wrong_method}], "constraint_ignored"),
        ([right, {**right, **other_line(problem)}], "collateral_write"),
        ([], "policy_misread"),
    ]
    for calls, cause in cases:
        verdict = acted(catalog, spec, calls).episode.verdict
        assert not verdict.is_correct
        assert verdict.cause == cause
    elsewhere = {**right, **other_line(problem)}
    answer = replace(_answer(goal), order_id=elsewhere["order_id"], line_id=elsewhere["line_id"])
    assert acted(catalog, spec, [elsewhere], answer=answer).episode.verdict.cause == "wrong_order"
    line = next((ln for ln in problem.world.order(goal.first.order_id).lines if ln.id != goal.first.line_id), None)
    if line is not None:
        answer = replace(_answer(goal), line_id=line.id)
        assert acted(catalog, spec, [], answer=answer).episode.verdict.cause == "wrong_line"


def test_declining_counts_only_after_the_check(catalog):
    spec, problem = spec_where(catalog, lambda p: not p.goal.first.is_eligible)
    goal = problem.goal
    good = _answer(goal)
    checked = problem.world.recorded(CHECKED, goal.first.line_id)
    assert TASK.verify(goal, checked, good).is_correct
    assert not TASK.verify(goal, problem.world, good).is_correct
    other = "used" if good.reason != "used" else "final_sale"
    assert TASK.verify(goal, checked, replace(good, reason=other)).faults[0].cause == "policy_misread"
    assert TASK.verify(goal, checked, None).raw == TASK.verify(goal, checked, Answer()).raw == -1.0
    assert acted(catalog, spec).episode.verdict.is_correct


def test_an_ineligible_write_is_told(catalog):
    def depends(problem):
        order, line = line_of(problem.world, problem.goal.first)
        refused = not problem.goal.first.is_eligible
        return refused and ruling(problem.world, order, line).eligible == "depends"

    spec, problem = spec_where(catalog, depends)
    answer = replace(_answer(problem.goal), outcome="refund", reason=problem.goal.reason_code)
    env = acted(catalog, spec, [right_write(problem.goal)], answer=answer)
    assert env.episode.verdict.cause == "ineligible_write"


def test_the_shop_refuses_what_no_state_could_allow(catalog):
    def never(problem):
        order, line = line_of(problem.world, problem.goal.first)
        return ruling(problem.world, order, line).eligible == "no"

    spec, problem = spec_where(catalog, never)
    env = acted(catalog, spec, [right_write(problem.goal)])
    results = [r for t in env.episode.turns for r in t.results]
    assert results[-1].error == "not_eligible"
    assert env.episode.verdict.is_correct


def test_a_second_return_of_a_line_is_refused(catalog):
    spec, problem = spec_where(catalog, is_refund)
    right = right_write(problem.goal)
    method = "mail" if right["method"] != "mail" else "pickup"
    env = acted(catalog, spec, [right, right, {**right, "method": method}])
    shown = [r for t in env.episode.turns for r in t.results if r.name == "return.initiate"]
    assert shown[0].view == shown[1].view
    assert shown[2].error == "already_returned"
    assert len(env.episode.world.returns) == 1


def test_without_an_answer_the_only_write_is_the_selection(catalog):
    _, problem = spec_where(catalog, is_refund)
    goal = problem.goal
    env = acted(catalog, EpisodeSpec("returns", 0, 0), [])
    assert env.episode.is_over
    made = acted(catalog, *[spec_where(catalog, is_refund)[0]], [right_write(goal)]).episode.world
    assert TASK.verify(goal, made, None).is_correct


def test_what_is_final_waits_for_a_change_of_mind(catalog):
    """A start that meets an unfired correction is held back, and the customer is heard first."""
    for seed in range(60):
        spec = EpisodeSpec("returns", 12, seed, {"p_switch": 1.0, "p_missing": 0.0, "B_tool": 3})
        problem = draw(TASK, spec, catalog)
        goal = problem.goal
        if problem.events and problem.events[0].turn > 1 and is_refund(problem):
            break
    env = Env(catalog)
    env.reset(spec)
    for call in (ToolCall("order.list", {}), ToolCall("return.initiate", right_write(goal))):
        step = env.call(call)
    assert step.observation.results[-1].error == "not_requested"
    assert env.episode.world.returns == ()
    assert env.episode.goal.changed
    step = env.call(ToolCall("message_user", {"text": "One moment, please."}))
    assert step.observation.message
    assert env.episode.turns[-1].reply.act == "switch"


@pytest.mark.parametrize("d", [6, 14])
def test_every_slot_can_be_learnt_by_asking(catalog, d):
    from ecom_rlve.agents.oracle import solve

    for seed in range(12):
        env = Env(catalog)
        env.reset(EpisodeSpec("returns", d, seed, {"p_missing": 1.0, "p_noise": 0.0}))
        solve(env)
        settled = {slot for t in env.episode.turns if t.reply for slot in t.reply.settled}
        assert settled >= env.episode.goal.withheld


def test_what_has_not_arrived_has_no_eligibility(catalog):
    problem = next(iter(problems(catalog, 1)))
    order, line = line_of(problem.world, problem.goal.first)
    assert ruling(problem.world, order, line).known["days_since_delivery"] >= 0
    on_its_way = replace(order, timeline=(replace(order.timeline[-1], status="shipped"),))
    with pytest.raises(ToolError) as refusal:
        records(problem.world, on_its_way, line)
    assert refusal.value.code == "not_eligible"


def test_nothing_sold_out_is_sent_in_exchange(catalog):
    problem = next(p for p in problems(catalog) if p.goal.first.is_eligible and p.goal.replacement is not None)
    goal, world = problem.goal, problem.world
    wanted = world.catalog.id_of(next(row for row in range(len(world.catalog)) if world.catalog.product(row).stock > 0))
    form = next(v.id for v in world.variants(wanted) if v.stock > 0)
    asked = Return(ReturnId(""), goal.first.order_id, goal.first.line_id, "damage", "exchange", wanted, form)
    after, made = start(world, asked)
    assert after.returns[-1] == made == replace(asked, id=made.id)
    with pytest.raises(ToolError) as refusal:
        start(world.with_stock({wanted: 0}), asked)
    assert refusal.value.code == "out_of_stock"

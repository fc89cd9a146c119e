"""Policy questions: what is drawn can be answered from what is told, and the verdict is exact."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.amounts import agreement, amount_of, date_of, truth_of
from ecom_rlve.tasks.brief import IN_WORDS
from ecom_rlve.tasks.policy_qa import Answer, PolicyQa
from ecom_rlve.world.clauses import variables
from ecom_rlve.world.policy import policy, telling_values

TASK = PolicyQa()
DIFFICULTIES = (0, 3, 6, 9, 12, 16, 20)


def problems(catalog, seeds=12):
    for d in DIFFICULTIES:
        for seed in range(seeds):
            yield draw(TASK, EpisodeSpec("policy_qa", d, seed), catalog)


def right(problem):
    goal = problem.goal
    section = policy().sections[goal.section]
    return section, section.decide(goal.in_force)


def test_the_answer_is_determined_by_what_is_told(catalog):
    """Best accuracy attainable is 1: every case that agrees with the facts told is decided alike."""
    for problem in problems(catalog):
        section, rule = right(problem)
        told = {f.constraint.attribute: f.constraint.value for f in TASK.brief(problem.goal).requests[0].facts}
        assert told.pop("question") == problem.goal.section
        clauses = [r.when for r in section.rules]
        unknown = [n for n in section.variables if n not in told]
        for values in product(*(telling_values(n, clauses) for n in unknown)):
            assert section.decide({**told, **dict(zip(unknown, values, strict=True))}) is rule


def test_the_question_alone_determines_nothing(catalog):
    """Without the circumstances at least two answers are possible."""
    for problem in problems(catalog, 6):
        section, _ = right(problem)
        assert len({rule.id for rule in section.rules}) > 1


def test_a_question_turns_on_as_many_circumstances_as_the_axis_says(catalog):
    for count in range(1, 8):
        for seed in range(10):
            spec = EpisodeSpec("policy_qa", 5, seed, {"B_branch": count})
            assert len(policy().sections[draw(TASK, spec, catalog).goal.section].variables) == count


def test_values_lie_in_the_range_of_their_circumstance(catalog):
    for problem in problems(catalog):
        for name, value in {**problem.goal.case, **problem.goal.corrected}.items():
            known = variables()[name]
            assert value in known.values if known.values else known.low <= value <= known.high


def test_deciding_rules_are_drawn_evenly(catalog):
    first = sum(
        right(p)[0].page[0] is right(p)[1]
        for p in (draw(TASK, EpisodeSpec("policy_qa", 9, seed), catalog) for seed in range(300))
    )
    assert 300 / 4.5 * 0.6 < first < 300 / 4.5 * 1.5


def test_a_correction_changes_the_deciding_rule(catalog):
    changed = 0
    for problem in problems(catalog):
        goal = problem.goal
        section = policy().sections[goal.section]
        if problem.events:
            changed += 1
            assert section.decide(goal.case) is not section.decide(goal.corrected)
            assert sum(goal.case[n] != goal.corrected[n] for n in goal.case) == 1
            assert TASK.amend(goal, problem.events[0]).in_force == goal.corrected
        else:
            assert goal.case == goal.corrected
    assert changed > 10


def test_the_profile_agrees_with_what_is_told(catalog):
    for problem in problems(catalog):
        if "member" in problem.goal.case:
            assert problem.world.profile.member == (problem.goal.case["member"] == "yes")


def test_the_brief_is_told_in_words(catalog):
    for problem in problems(catalog, 3):
        (request,) = TASK.brief(problem.goal).requests
        assert request.kind == IN_WORDS
        assert not request.facts[0].withheld


@pytest.mark.parametrize(
    ("value", "unit", "canonical", "amount"),
    [
        (30, "days", "days", 30),
        (30.0, "day", "days", 30),
        ("30", "days", "days", 30),
        ("30 days", "", "days", 30),
        (3, "weeks", "days", 21),
        (2, "years", "months", 24),
        ("$6", "", "USD", 6),
        ("6.00", "USD", "USD", 6),
        (600, "cents", "USD", 6),
        ("1,200", "points", "points", 1200),
        ("15%", "", "percent", 15),
        (-5, "USD", "USD", -5),
        (30, "", "days", None),
        (30, "USD", "days", None),
        ("thirty", "days", "days", None),
        (True, "days", "days", None),
        ("", "", "days", None),
    ],
)
def test_amounts_are_read_with_their_units(value, unit, canonical, amount):
    assert amount_of(value, unit, canonical) == (None if amount is None else Decimal(amount))


def test_agreement_of_numbers_is_the_formula():
    assert agreement(30, Decimal(30)) == 1.0
    assert agreement(30, Decimal(15)) == agreement(15, Decimal(30)) == 2 * 0.5**4 - 1
    assert agreement(0, Decimal(0)) == 1.0
    assert agreement(0, Decimal(1)) == agreement(1, Decimal(0)) == agreement(5, Decimal(-5)) == -1.0
    assert -1 < agreement(100, Decimal(1)) < agreement(100, Decimal(99)) < 1


def test_dates_and_truths_are_read_exactly():
    assert date_of("2025-03-04") == date(2025, 3, 4)
    assert date_of("March 4") is None
    assert [truth_of(v) for v in (True, False, "Yes", "no.", "maybe", 1)] == [True, False, True, False, None, None]


def test_the_verdict_needs_value_and_passage(catalog):
    for problem in problems(catalog, 4):
        goal = problem.goal
        section, rule = right(problem)
        run = TASK.oracle(replace(problem, goal=replace(goal, plan=())))
        with pytest.raises(StopIteration) as end:
            next(run)
        good = end.value.value
        force = replace(goal, changed=True)
        assert TASK.verify(force, problem.world, good).is_correct
        other = next(r for r in section.rules if r.id != good.passage_id)
        wrong_passage = TASK.verify(force, problem.world, replace(good, passage_id=other.id))
        assert not wrong_passage.is_correct
        assert wrong_passage.raw == 1.0
        wrong_value = TASK.verify(force, problem.world, replace(good, value="nothing of the kind"))
        assert not wrong_value.is_correct
        assert wrong_value.raw == -1.0
        for empty in (None, Answer()):
            score = TASK.verify(force, problem.world, empty)
            assert (score.raw, score.is_correct) == (-1.0, False)
        assert 0 < TASK.chance(problem) <= 0.5
        assert rule in section.rules


def played(catalog, spec, *actions):
    env = Env(catalog)
    env.reset(spec)
    for action in actions:
        env.step(action)
    return env


SPEC = "policy_qa-v0/d0/s0?p_missing=1.0&p_switch=0&B_branch=2"


def test_failures_are_told_apart(catalog):
    env = Env(catalog)
    env.reset(SPEC)
    section = policy().sections[env.episode.goal.section]
    rule = section.decide(env.episode.goal.in_force)
    wrong = next(r for r in section.rules if r is not rule)
    look = Action("", (ToolCall("policy.search", {"query": section.title}),))
    answer = Action(answer=Answer("nothing", "", wrong.id))

    assert played(catalog, SPEC, Action(answer=Answer())).episode.verdict.cause == "gave_up"
    elsewhere = Action("", (ToolCall("policy.search", {"query": "customs"}),))
    assert played(catalog, SPEC, elsewhere, Action(answer=Answer("x"))).episode.verdict.cause == "search_miss"
    assert played(catalog, SPEC, look, answer).episode.verdict.cause == "never_asked"
    env.reset(SPEC)
    plan = env.task.oracle(draw(TASK, EpisodeSpec.parse(SPEC), catalog))
    env.step(next(plan))
    env.step(look)
    env.step(answer)
    assert env.episode.verdict.cause == "policy_misread"
    unseen = Action(answer=Answer("x", "", "RULE9999"))
    assert played(catalog, SPEC, look, unseen).episode.verdict.cause == "hallucinated_id"


def test_an_answer_in_words_is_thanked_for_and_does_not_end_anything(catalog):
    env = played(catalog, SPEC, Action("You can send it back within 30 days of delivery."))
    reply = env.episode.turns[-1].reply
    assert reply.act == "continue"
    assert reply.text
    assert not env.episode.is_over


def test_every_circumstance_can_be_learnt_by_asking(catalog):
    for d in (9, 14, 20):
        for seed in range(10):
            env = Env(catalog)
            env.reset(EpisodeSpec("policy_qa", d, seed, {"p_missing": 1.0}))
            solve(env)
            settled = {slot for t in env.episode.turns if t.reply for slot in t.reply.settled}
            assert {name for _, name in settled} >= set(policy().sections[env.episode.goal.section].variables)

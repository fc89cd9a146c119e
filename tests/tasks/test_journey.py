"""Journeys: errands that share a world and do not disturb each other, submissions by number, interruptions."""

from dataclasses import fields
from typing import get_type_hints

import pytest

from ecom_rlve.agents.oracle import solve, solve_with
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.rng import stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.journey import ERRANDS, MOST_ERRANDS, Answer, Journey
from ecom_rlve.tasks.journey_draw import draw_legs
from ecom_rlve.tasks.order_history import all_said
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.world.blank import blank

JOURNEY = "journey-v0"
GRID = [(d, seed) for d in (0, 3, 6, 9, 12, 20) for seed in range(8)]


def problem_of(catalog, d, seed):
    return draw(Journey(), EpisodeSpec(JOURNEY, d, seed), catalog)


def begin(catalog, d, seed):
    env = Env(catalog)
    env.reset(EpisodeSpec(JOURNEY, d, seed))
    return env


def first_interrupted(catalog, but_not_second=False):
    """Return a difficulty and seed whose first errand is interrupted."""
    legs = ((s, problem_of(catalog, 9, s).goal.legs) for s in range(100))
    return next(
        (9, s)
        for s, (first, second, *_) in legs
        if first.interrupted_at and not (but_not_second and second.interrupted_at)
    )


def test_errands_are_those_of_all_other_environments():
    assert {task.name for task in ERRANDS} == TASKS.keys() - {"journey"}


def test_an_answer_has_the_fields_of_every_errand_with_their_types():
    own = get_type_hints(Answer)
    for task in ERRANDS:
        for name, hint in get_type_hints(task.answer_type).items():
            assert own[name] == hint or name == "product_ids", (task.name, name)
    used = {f.name for task in ERRANDS for f in fields(task.answer_type)}
    assert used == {f.name for f in fields(Answer)} - {"leg"}


@pytest.mark.parametrize(("d", "count"), [(0, 2), (3, 2), (4, 3), (8, 4), (12, 5), (20, 5)])
def test_the_number_of_errands_follows_the_formula_without_repetition(catalog, d, count):
    for seed in range(6):
        names = [leg.task.name for leg in problem_of(catalog, d, seed).goal.legs]
        assert len(names) == len(set(names)) == count <= MOST_ERRANDS


def test_each_kind_of_errand_comes_first_about_as_often(catalog):
    first = [problem_of(catalog, 0, seed).goal.legs[0].task.name for seed in range(140)]
    assert all(8 <= first.count(task.name) <= 35 for task in ERRANDS), first


@pytest.mark.parametrize(("d", "seed"), GRID)
def test_what_an_errand_is_about_is_no_other_errands_matter(catalog, d, seed):
    problem = problem_of(catalog, d, seed)
    briefs = [leg.task.brief(leg.goal) for leg in problem.goal.legs]
    own = [
        {f.constraint.value for r in brief.requests for f in (*r.facts, *r.fallback) if f.topic == "category"}
        for brief in briefs
    ]
    for i, mine in enumerate(own):
        assert all(mine.isdisjoint(other) for other in own[i + 1 :])
    visited = [v.product_id for v in problem.world.visits]
    assert len(visited) == len(set(visited))


@pytest.mark.parametrize(("d", "seed"), GRID)
def test_orders_that_errands_are_about_stay_singled_out_in_the_one_history(catalog, d, seed):
    problem = problem_of(catalog, d, seed)
    lines = all_said(problem.world)
    for leg in problem.goal.legs:
        if leg.task.name in ("returns", "order_tracking"):
            for meant in (leg.goal.first, leg.goal.then):
                fit = [p for p, values in lines if all(values.get(t) == v for t, v in meant.said.items())]
                assert [p.order.id for p in fit] == [meant.order_id]
    ids = [line.id for order in problem.world.orders for line in order.lines]
    assert len(ids) == len(set(ids))
    days = [order.placed for order in problem.world.orders]
    assert days == sorted(days, reverse=True)


def test_too_few_kinds_of_errands_are_a_clear_error(catalog):
    difficulty = Difficulty.at(0)
    world = blank(catalog, difficulty, stream(1, "world"))
    with pytest.raises(GenerationError, match="only 1 of 2 errands"):
        draw_legs(world, ERRANDS[:1], 2, difficulty, stream(1, "goal"))


def test_every_errand_of_the_oracle_is_right_and_counts_equally(catalog):
    env = begin(catalog, 9, 3)
    solve(env)
    parts = env.episode.verdict.reward.parts
    assert parts == {leg.task.name: 1.0 for leg in env.episode.goal.legs}


def given_up(env, which):
    """Play like the oracle, but hand in nothing for the errands whose numbers are in `which`."""

    def change(action, done):
        answer = action.answer
        return Action("", answer=Answer(answer.leg)) if answer is not None and answer.leg in which else action

    return solve_with(env, change)


def test_one_errand_given_up_spoils_the_journey_and_is_called_a_part_of_it(catalog):
    seed = next(s for s in range(50) if not any(leg.events for leg in problem_of(catalog, 3, s).goal.legs))
    number = next(
        i for i, leg in enumerate(problem_of(catalog, 3, seed).goal.legs, 1) if leg.task.name != "cart_building"
    )
    env = begin(catalog, 3, seed)
    given_up(env, {number})
    verdict = env.episode.verdict
    assert not verdict.is_correct
    assert verdict.cause == "partial_journey"
    assert verdict.reward.raw == 0.0, "one of two is right, one is worth -1"


def test_giving_up_every_errand_at_once_is_worth_what_giving_up_is_worth_elsewhere(catalog):
    seed = next(
        s
        for s in range(50)
        if all(x.task.name != "cart_building" and not x.events for x in problem_of(catalog, 0, s).goal.legs)
    )
    env = begin(catalog, 0, seed)
    env.step({"answer": {"leg": 1, "done": True}})
    env.step({"answer": {"leg": 2, "done": True}})
    verdict = env.episode.verdict
    assert (verdict.end, verdict.cause, verdict.reward.raw) == ("answered", "gave_up", -1.0)


@pytest.mark.parametrize("number", [-1, 0, 2, 3, 99])
def test_an_errand_that_was_not_brought_up_cannot_be_submitted(catalog, number):
    env = begin(catalog, 4, 1)
    goal = env.episode.goal
    step = env.step({"answer": {"leg": number, "done": True}})
    assert not step.terminated
    assert env.episode.goal == goal
    assert step.observation.message
    solve_rest = env.fork()
    assert not solve_rest.episode.is_over


def test_a_submission_is_final_for_its_errand(catalog):
    env = begin(catalog, 0, 2)
    env.step({"answer": {"leg": 1, "done": True}})
    goal = env.episode.goal
    assert goal.submitted[0] is not None
    assert goal.raised == 2
    step = env.step({"answer": {"leg": 1, "order_id": None, "eta": "2026-01-01", "done": True}})
    assert env.episode.goal == goal
    assert not step.terminated


def test_a_write_after_the_submission_still_counts_against_a_cart(catalog):
    d, seed = next(
        (0, s)
        for s in range(100)
        if problem_of(catalog, 0, s).goal.legs[0].task.name == "cart_building"
        and not problem_of(catalog, 0, s).goal.legs[0].events
    )
    env = begin(catalog, d, seed)
    extra = catalog.id_of(7)

    def change(action, done):
        settled = any(a.answer is not None and a.answer.leg == 1 for a in done)
        again = any(c.name == "cart.add" and c.args["product_id"] == extra for a in done for c in a.calls)
        if settled and not again and action.answer is not None:
            return Action("", (ToolCall("cart.add", {"product_id": extra}),), action.answer)
        return action

    solve_with(env, change)
    assert not env.episode.verdict.is_correct


def test_an_interruption_brings_up_the_next_errand_and_leads_back(catalog):
    d, seed = first_interrupted(catalog)
    env = begin(catalog, d, seed)
    solve(env)
    episode = env.episode
    assert episode.verdict.is_correct
    turn = episode.goal.legs[0].interrupted_at
    fired = [e.kind for e in episode.turns[turn - 1].fired]
    assert fired == ["interrupt"]
    assert "second" in episode.turns[turn - 1].reply.text.lower()
    order = [t.action.answer.leg for t in episode.turns if t.action.answer is not None]
    assert order.index(2) < order.index(1)
    back = episode.turns[next(i for i, t in enumerate(episode.turns) if t.action.answer and t.action.answer.leg == 2)]
    assert "first" in back.reply.text or "third" in back.reply.text or back.fired


def test_a_submission_before_the_interruption_is_held_up_and_taken_later(catalog):
    d, seed = first_interrupted(catalog)
    env = begin(catalog, d, seed)
    step = env.step({"answer": {"leg": 1, "done": True}})
    assert env.episode.goal.submitted[0] is None
    assert env.episode.goal.raised == 2
    assert "second" in step.observation.message.lower()


def test_each_errand_is_worded_by_its_number(catalog):
    env = begin(catalog, 12, 4)
    solve(env)
    episode = env.episode
    texts = [episode.opening.text, *(t.reply.text for t in episode.turns if t.reply)]
    for ordinal in ("first", "second", "third", "fourth", "fifth"):
        assert any(f"{ordinal} " in text.lower() for text in texts), ordinal


def test_openings_differ(catalog):
    env = Env(catalog)
    texts = {env.reset(EpisodeSpec(JOURNEY, 3, seed))[0].message for seed in range(150)}
    assert len(texts) >= 145


def test_while_two_errands_are_open_the_customer_hears_which_one_is_meant(catalog):
    d, seed = first_interrupted(catalog, but_not_second=True)
    env = begin(catalog, d, seed)
    while env.episode.goal.raised < 2:
        env.step(Action("One moment, please."))
    said = {}
    for number, ordinal in enumerate(("first", "second")):
        branch = env.fork()
        word = branch.episode.belief.matter[0]
        branch.step(Action(f"About your {ordinal} {word}: is there anything else I should know?"))
        reply = branch.episode.turns[-1].reply
        legs = branch.episode.goal.legs
        first = [0, len(legs[0].task.brief(legs[0].goal).requests)][number]
        size = len(legs[number].task.brief(legs[number].goal).requests)
        assert all(first <= request < first + size for request, _ in (*reply.said, *reply.settled)), reply
        said[ordinal] = reply.text
    assert said["first"] != said["second"]


def test_where_errands_need_the_same_categories_another_world_is_drawn(catalog):
    for seed in (11, 59):  # The bundle's many things leave no room beside the others at first.
        assert len(problem_of(catalog, 16, seed).goal.legs) == 5

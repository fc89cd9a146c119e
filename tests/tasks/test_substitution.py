"""Substitution: what the generator promises, and what the verdict makes of any list."""

import pytest
from tests.tasks.shortlists import LEVELS, SEEDS, after, brute, drawn, ended, ids, meets, ndcg

from ecom_rlve.tasks.shortlist import Answer
from ecom_rlve.tasks.substitution import NDCG_TO_PASS, WISHES, Substitution
from ecom_rlve.testing import Grid, check_task

TASK = Substitution()
QUIET = "?p_oos=0&p_switch=0&B_tool=20&T_max=30"


@pytest.fixture(scope="module")
def problems(catalog):
    return {(d, seed): drawn(TASK, catalog, d, seed) for d in LEVELS for seed in range(SEEDS)}


def relevance(goal, world, row):
    """λ of likeness and the rest of the wishes met, from the product's own page."""
    taste = goal.taste
    alike = world.catalog.similarity(world.catalog.row_of(taste.original), [row])[0]
    met = sum(meets(world, row, (wish,)) for wish in taste.wishes)
    return taste.likeness * alike + (100 - taste.likeness) * (1000 * met // len(taste.wishes))


def ranked(goal, world):
    rows = brute(world, goal.wanted)
    return sorted(rows, key=lambda row: (-relevance(goal, world, row), row))


def test_the_original_is_sold_out_and_no_answer(problems):
    for problem in problems.values():
        goal, world = after(TASK, problem)
        original = goal.taste.original
        assert world.product(original).stock == 0
        assert world.product(original).category == goal.wanted.category
        assert world.catalog.row_of(original) not in brute(world, goal.wanted)
        best = ids(world, ranked(goal, world))
        assert not TASK.verify(goal, world, Answer([original, *best[: goal.wanted.k - 1]])).is_correct


def test_the_original_can_be_found(problems):
    for problem in problems.values():
        taste, visits = problem.goal.taste, problem.world.visits
        mine = [v for v in visits if v.product_id == taste.original]
        assert len(mine) == (taste.days > 0)
        if taste.days:
            days = (problem.world.today - mine[0].day).days
            assert days == taste.days
            same_day = [v for v in visits if v.day == mine[0].day]
            kinds = [problem.world.product(v.product_id).category for v in same_day]
            assert kinds.count(problem.goal.wanted.category) == 1


def test_enough_products_are_acceptable(problems):
    for (d, seed), problem in problems.items():
        goal, world = after(TASK, problem)
        assert goal.wanted.k == min(10, 3 + d // 3)
        assert goal.wanted.k + 2 <= len(brute(world, goal.wanted)) <= 200, (d, seed)
        assert goal.taste.likeness == min(80, 40 + 5 * d)


def test_the_verdict_is_the_formula(problems):
    for (_, seed), problem in problems.items():
        goal, world = after(TASK, problem)
        order, k = ranked(goal, world), goal.wanted.k
        assert TASK.verify(goal, world, Answer(ids(world, order))).raw == 1.0
        home = list(world.catalog.category_rows(goal.wanted.category))
        given = list(dict.fromkeys(home[(seed + 5 * i) % len(home)] for i in range(k)))
        given = [row for row in given if world.catalog.id_of(row) != goal.taste.original]
        gains = [relevance(goal, world, row) if row in order else 0 for row in given]
        best = [relevance(goal, world, row) for row in order[:k]]
        there = sum(world.product(world.catalog.id_of(row)).stock > 0 for row in given)
        expected = 0.8 * (2 * ndcg(gains, best) - 1) + 0.2 * (1 - 2 * (k - there) / k)
        assert TASK.verify(goal, world, Answer(ids(world, given))).raw == pytest.approx(expected)
        assert TASK.verify(goal, world, Answer([])).raw == -1.0


def test_shortcuts_fail(problems):
    for problem in problems.values():
        goal, world = after(TASK, problem)
        order, k = ranked(goal, world), goal.wanted.k
        best = [relevance(goal, world, row) for row in order[:k]]
        original = world.catalog.row_of(goal.taste.original)
        home = [row for row in world.catalog.category_rows(goal.wanted.category) if row != original]
        for rows in (home, sorted(order)):
            alike = world.catalog.similarity(original, rows)
            lazy = [row for _, row in sorted(zip(alike, rows, strict=True), key=lambda pair: (-pair[0], pair[1]))][:k]
            assert ndcg([relevance(goal, world, row) if row in order else 0 for row in lazy], best) < NDCG_TO_PASS
        assert TASK.chance(problem) <= 0.02


def test_wishes_are_told_when_asked(problems):
    for problem in problems.values():
        facts = {f.topic: f for f in TASK.brief(problem.goal).requests[0].facts}
        assert facts[WISHES].withheld
        assert not facts["instead_of"].withheld
        bound = {c.attribute for c in problem.goal.wanted.constraints}
        assert not bound & {wish.attribute for wish in problem.goal.taste.wishes}


def worst(env):
    goal, world = env.episode.goal, env.episode.world
    return Answer(ids(world, ranked(goal, world)[::-1][: goal.wanted.k]))


def test_causes(catalog):
    spec = f"substitution-v0/d3/s1{QUIET}"
    assert ended(TASK, catalog, spec, lambda env: Answer([])).cause == "gave_up"
    assert ended(TASK, catalog, spec, worst).cause == "wrong_product"
    assert ended(TASK, catalog, f"{spec}&p_missing=0", worst, ask=False).cause == "never_asked"
    assert ended(TASK, catalog, spec, lambda env: Answer(worst(env).product_ids[:-1])).cause == "missing_item"


def test_the_contract(catalog):
    check_task(TASK, catalog, Grid((0, 7, 15), 4))

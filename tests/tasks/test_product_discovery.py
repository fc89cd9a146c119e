"""Product discovery: what the generator promises, and what the verdict makes of any list."""

import pytest
from tests.tasks.shortlists import LEVELS, SEEDS, after, brute, drawn, ended, ids, meets, ndcg

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.product_discovery import KEYS, NDCG_TO_PASS, PRIORITIES, ProductDiscovery
from ecom_rlve.tasks.shortlist import Answer
from ecom_rlve.testing import Grid, check_task

TASK = ProductDiscovery()
QUIET = "?p_oos=0&p_switch=0&B_tool=20&T_max=30"


@pytest.fixture(scope="module")
def problems(catalog):
    return {(d, seed): drawn(TASK, catalog, d, seed) for d in LEVELS for seed in range(SEEDS)}


def utility(goal, world, row):
    """The customer's utility, from the product's own page."""
    product, taste = world.product(world.catalog.id_of(row)), goal.taste
    limit = next(c.value for c in goal.wanted.constraints if c.attribute == "price")
    parts = (
        1000 - 1000 * product.price // limit,
        20 * product.rating,
        1000 - 1000 * product.delivery_days // 14,
        1000 * (product.brand == taste.brand),
        world.catalog.similarity(world.catalog.row_of(taste.like), [row])[0],
    )
    return sum(w * p for w, p in zip(taste.weights, parts, strict=True))


def ranked(goal, world):
    rows = brute(world, goal.wanted)
    return sorted(rows, key=lambda row: (-utility(goal, world, row), row))


def raw_of(goal, world, given):
    return TASK.verify(goal, world, Answer(given)).raw


def test_enough_products_meet_the_constraints_and_none_is_idle(problems):
    for (d, seed), problem in problems.items():
        goal, world = after(TASK, problem)
        rows = brute(world, goal.wanted)
        assert goal.wanted.k == min(10, 3 + d // 3)
        assert goal.wanted.k + 2 <= len(rows) <= 200, (d, seed)
        names = [c.attribute for c in goal.wanted.constraints]
        assert "price" in names
        assert len(set(names)) == len(names) <= 2 + d // 2
        for c in problem.goal.first.constraints:
            assert c.op == {"low": "max", "high": "min", "": "eq"}[attribute(c.attribute).better]


def test_the_best_list_is_worth_one_and_any_place_lost_fails(problems):
    for problem in problems.values():
        goal, world = after(TASK, problem)
        best = ids(world, ranked(goal, world))
        k = goal.wanted.k
        assert raw_of(goal, world, best[:k]) == 1.0
        assert raw_of(goal, world, best) == 1.0
        for spoilt in (best[: k - 1], [*best[: k - 1], best[0]], [*best[: k - 1], "P000000"]):
            assert not TASK.verify(goal, world, Answer(spoilt)).is_correct


def test_nothing_is_worth_nothing(problems):
    for problem in problems.values():
        goal, world = after(TASK, problem)
        assert raw_of(goal, world, []) == -1.0
        assert TASK.verify(goal, world, None).raw == -1.0


def test_the_verdict_is_the_formula(problems):
    for (d, seed), problem in problems.items():
        goal, world = after(TASK, problem)
        home = list(world.catalog.category_rows(goal.wanted.category))
        order, k = ranked(goal, world), goal.wanted.k
        given = [home[(seed + 3 * i) % len(home)] for i in range(k)]
        given = list(dict.fromkeys(given))
        gains = [utility(goal, world, row) if row in order else 0 for row in given]
        best = [utility(goal, world, row) for row in order[:k]]
        cs, met, there = goal.wanted.constraints, 0.0, 0
        for row in given:
            held = world.catalog.mask
            share = sum(bool(held(range(row, row + 1), (c,), world.offer)[0]) for c in cs) / len(cs)
            met += share ** (4 + d // 4)
            there += world.product(world.catalog.id_of(row)).stock > 0
        expected = 0.55 * (2 * ndcg(gains, best) - 1) + 0.35 * (2 * met / k - 1) + 0.1 * (1 - 2 * (k - there) / k)
        assert raw_of(goal, world, ids(world, given)) == pytest.approx(expected)


def test_the_order_told_suffices_and_one_key_does_not(problems):
    for problem in problems.values():
        goal, world = after(TASK, problem)
        rows, k = ranked(goal, world), goal.wanted.k
        best = [utility(goal, world, row) for row in rows[:k]]
        product = {row: world.product(world.catalog.id_of(row)) for row in rows}
        for key in (
            lambda row: product[row].price,  # noqa: B023
            lambda row: -product[row].rating,  # noqa: B023
            lambda row: product[row].delivery_days,  # noqa: B023
            lambda row: -product[row].rating_count,  # noqa: B023
        ):
            lazy = sorted(sorted(rows), key=key)[:k]
            assert ndcg([utility(goal, world, row) for row in lazy], best) < NDCG_TO_PASS
        assert TASK.chance(problem) <= 0.02


def test_all_that_counts_is_said_or_can_be_asked(problems):
    for problem in problems.values():
        facts = {f.topic: f for f in TASK.brief(problem.goal).requests[0].facts}
        assert facts[PRIORITIES].withheld
        assert not facts["quantity"].withheld
        assert {*facts} >= {"brand", "similar_to", *(c.attribute for c in problem.goal.first.constraints)}
        told = str(facts[PRIORITIES].constraint.value).split(", then ")
        assert len(told) == len(KEYS)
        assert told[0].split()[0] in {"price", "rating", "delivery", "brand", "similarity"}


def test_what_sells_out_counts_as_gone(problems):
    seen = 0
    for problem in problems.values():
        for event in problem.events:
            if event.kind == "sell_out":
                goal, world = after(TASK, problem)
                seen += 1
                assert world.product(event.sold_out[0]).stock == 0
                assert world.catalog.row_of(event.sold_out[0]) not in brute(world, goal.wanted)
    assert seen


def spec(d, seed, more=QUIET):
    return f"product_discovery-v0/d{d}/s{seed}{more}"


def worst(env):
    goal, world = env.episode.goal, env.episode.world
    return Answer(ids(world, ranked(goal, world)[::-1][: goal.wanted.k]))


def breaking(env):
    """The best list with one product that was shown and breaks a constraint."""
    goal, world = env.episode.goal, env.episode.world
    able = ranked(goal, world)
    shown = [row for i in env.episode.shown if (row := world.catalog.row_of(i)) is not None]
    home = world.catalog.category_rows(goal.wanted.category)
    bad = next(row for row in sorted(shown) if row in home and not meets(world, row, goal.wanted.constraints))
    return Answer(ids(world, [bad, *able[: goal.wanted.k - 1]]))


def test_causes(catalog):
    assert ended(TASK, catalog, spec(3, 1), lambda env: Answer([])).cause == "gave_up"
    assert ended(TASK, catalog, spec(3, 1), worst).cause == "wrong_product"
    assert ended(TASK, catalog, spec(3, 1, f"{QUIET}&p_missing=0"), worst, ask=False).cause == "never_asked"
    short = ended(TASK, catalog, spec(3, 1), lambda env: Answer(worst(env).product_ids[:-1]))
    assert short.cause == "missing_item"


def search(**filters):
    return Action("", (ToolCall("catalog.search", {"filters": filters, "top_k": 50}),))


def test_a_constraint_ignored(catalog):
    env = Env(catalog)
    for seed in range(3):
        env.reset(spec(3, seed, f"{QUIET}&p_missing=0"))
        env.step(Action("What matters most to you?"))
        env.step(search(category=env.episode.goal.wanted.category))
        env.step(Action("", (), breaking(env)))
        assert env.episode.verdict.cause == "constraint_ignored"


def test_a_best_product_never_seen(catalog):
    env, causes = Env(catalog), []
    for seed in range(12):
        env.reset(spec(0, seed))
        goal, world = env.episode.goal, env.episode.world
        best = ranked(goal, world)
        price = world.product(world.catalog.id_of(best[0])).price / 100
        for band in ({"max": price - 0.01}, {"min": price + 0.01}):
            env.step(search(category=goal.wanted.category, price=band))
        shown = [i for i in ids(world, best) if i in env.episode.shown]
        if len(shown) >= goal.wanted.k:
            env.step(Action("", (), Answer(shown[::-1][: goal.wanted.k])))
            causes.append(env.episode.verdict.cause)
    assert "search_miss" in causes
    assert set(causes) <= {"search_miss", ""}


def test_the_contract(catalog):
    check_task(TASK, catalog, Grid((0, 7, 15), 4))

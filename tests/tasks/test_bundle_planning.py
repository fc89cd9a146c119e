"""Bundle planning: what the generator promises, by brute force, and what the verdict makes of any answer."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.bundle_draw import LEAST_SLACK, MOST_SLACK
from ecom_rlve.tasks.bundle_optimum import Place, cheapest
from ecom_rlve.tasks.bundle_plan import AT_THE_END, reference
from ecom_rlve.tasks.bundle_planning import Answer, BundlePlanning
from ecom_rlve.tasks.conditions import attributes_of
from ecom_rlve.tasks.projects import projects

TASK = BundlePlanning()
LEVELS = (0, 1, 3, 6, 9, 12, 16, 20)
SEEDS = 30


def problem_of(catalog, d, seed, **axes):
    return draw(TASK, EpisodeSpec("bundle_planning-v0", d, seed, axes), catalog)


@pytest.fixture(scope="module")
def problems(catalog):
    return {(d, seed): problem_of(catalog, d, seed) for d in LEVELS for seed in range(SEEDS)}


def at_the_end(problem):
    """The goal and the world once everything planned has happened."""
    goal, world = problem.goal, problem.world
    for event in problem.events:
        goal, world = TASK.amend(goal, event), world.with_stock(dict.fromkeys(event.sold_out, 0))
    return goal, world


def best(goal, world):
    return tuple(world.catalog.id_of(row) for row in cheapest(world, goal.places, goal.sharing).rows)


def values_of(world, product, attribute):
    """Every value of an attribute in which a product can be had."""
    options = [v.options[attribute] for v in world.variants(product.id) if attribute in v.options]
    return set(options or [product.value(attribute)]) - {None}


def candidates(world, place):
    """What fills a place, found product by product, without columns."""
    products = (world.product(world.catalog.id_of(r)) for r in world.catalog.category_rows(place.category))
    return [p for p in products if p.stock > 0 and all(c.holds(p) for c in place.constraints)]


def brute_force(goal, world):
    """The cost of the cheapest bundle among all combinations."""
    linked = goal.sharing.places if goal.sharing is not None else ()
    costs = []
    for chosen in itertools.product(*(candidates(world, place) for place in goal.places)):
        shared = [values_of(world, chosen[i], goal.sharing.attribute) for i in linked]
        if not shared or set.intersection(*shared):
            costs.append(sum(p.price for p in chosen))
    return min(costs)


def integer_program(goal, world):
    """The cost of the cheapest bundle as a solver finds it: one product a place, one value for what must match."""
    found = [candidates(world, place) for place in goal.places]
    linked = goal.sharing.places if goal.sharing is not None else ()
    shared = goal.sharing.values if linked else ()
    chosen = [(i, product) for i, products in enumerate(found) for product in products]
    costs = [product.price for _, product in chosen] + [0] * len(shared)
    rows, low, high = [], [], []
    for i in range(len(found)):
        rows.append([float(at == i) for at, _ in chosen] + [0.0] * len(shared))
        low.append(1)
        high.append(1)
    if shared:
        rows.append([0.0] * len(chosen) + [1.0] * len(shared))
        low.append(1)
        high.append(1)
    for k, (i, product) in enumerate(chosen):
        if i in linked:  # It can only be taken where one of its values is the one that all share.
            has = values_of(world, product, goal.sharing.attribute)
            rows.append([float(j == k) for j in range(len(chosen))] + [-float(value in has) for value in shared])
            low.append(-np.inf)
            high.append(0)
    solved = milp(costs, constraints=LinearConstraint(rows, low, high), integrality=1, bounds=Bounds(0, 1))
    assert solved.success, solved.message
    return round(solved.fun)


# What the generator promises.


def test_projects_are_many_and_real(catalog):
    assert len(projects()) >= 12
    for project in projects():
        assert len(set(project.needs)) == len(project.needs) >= 12
        assert not any(catalog.taxonomy.leaf(key).denied for key in project.needs)
        for alike in project.alike:
            assert set(alike.categories) <= set(project.needs)
            lists = [set(catalog.values_of(key, alike.attribute)) for key in alike.categories]
            assert len(set.intersection(*lists)) >= 2, (project.key, alike)


@pytest.mark.parametrize("d", [0, 1])
def test_the_optimum_is_exact(catalog, d):
    for seed in range(25):
        goal, world = at_the_end(problem_of(catalog, d, seed, p_oos=0.5, p_switch=0.5))
        assert cheapest(world, goal.places, goal.sharing).cost == brute_force(goal, world), (d, seed)


@pytest.mark.parametrize("d", LEVELS)
def test_the_optimum_is_what_an_integer_program_finds(problems, d):
    for seed in range(SEEDS):
        for goal, world in ((problems[d, seed].goal, problems[d, seed].world), at_the_end(problems[d, seed])):
            assert cheapest(world, goal.places, goal.sharing).cost == integer_program(goal, world)


def test_sizes_follow_the_level(problems):
    for (d, _), problem in problems.items():
        goal = problem.goal
        assert len(goal.things) == min(12, 3 + d // 2)
        assert len({t.category for t in goal.things}) == len(goal.things)
        assert {t.category for t in goal.things} <= set(goal.project.needs)
        assert 1 <= sum(len(t.facts) for t in goal.things) <= 2 + d // 2


def test_a_budget_leaves_room_before_and_after_everything_planned(problems):
    for (d, seed), problem in problems.items():
        goal, world = at_the_end(problem)
        costs = [cheapest(w, g.places, g.sharing).cost for g, w in ((problem.goal, problem.world), (goal, world))]
        for budget in (problem.goal.budget, goal.budget):
            assert budget >= (1 + LEAST_SLACK) * max(costs), (d, seed)
            assert budget <= (1 + MOST_SLACK) * max(costs) * 1.1 + 100, (d, seed)


def test_budgets_get_tighter(problems):
    def slack(d):
        found = []
        for seed in range(SEEDS):
            goal, world = at_the_end(problems[d, seed])
            found.append(goal.budget / cheapest(world, goal.places, goal.sharing).cost)
        return sum(found) / SEEDS

    assert slack(0) > slack(9) > slack(20)


def test_conditions_do_not_depend_on_the_form_taken(problems, catalog):
    for problem in problems.values():
        for thing in problem.goal.things:
            for fact in (*thing.facts, *thing.switched):
                assert fact.topic in attributes_of(catalog, thing.category)


def test_ignoring_every_condition_never_passes(problems):
    for (d, seed), problem in problems.items():
        goal, world = at_the_end(problem)
        bare = cheapest(world, [Place(p.category) for p in goal.places], None)
        ids = tuple(world.catalog.id_of(row) for row in bare.rows)
        assert not TASK.verify(goal, world, Answer(ids)).is_correct, (d, seed)


def test_the_cheapest_bundle_is_right_at_the_end(problems):
    for problem in problems.values():
        goal, world = at_the_end(problem)
        score = TASK.verify(goal, world, Answer(best(goal, world)))
        assert (score.raw, score.is_correct, score.parts["regret"]) == (1.0, True, 0.0)


def test_sell_outs_hit_what_would_have_been_bought(problems):
    events = [e for p in problems.values() for e in p.events if e.kind == "sell_out"]
    assert events
    assert all(e.turn == AT_THE_END and e.sold_out == e.touches for e in events)
    for problem in problems.values():
        goal, _ = at_the_end(problem)
        gone = {i for e in problem.events for i in e.sold_out}
        assert gone <= set(best(goal, problem.world))


def test_a_change_of_mind_changes_one_value(catalog):
    kinds = set()
    for seed in range(40):
        problem = problem_of(catalog, 6, seed, p_switch=1.0, p_oos=0.0)
        for event in problem.events:
            before, after = TASK.brief(problem.goal), TASK.brief(TASK.amend(problem.goal, event))
            pairs = zip(before.requests, after.requests, strict=True)
            changed = [
                (i, a.constraint.attribute)
                for i, (old, new) in enumerate(pairs)
                for a, b in zip(old.facts, new.facts, strict=True)
                if a.constraint != b.constraint
            ]
            assert [i for i, _ in changed] == [event.request]
            kinds.add(event.request == 0)
    assert kinds == {True, False}


def test_the_reference_is_what_the_plan_costs(problems):
    for problem in problems.values():
        unsaid = sum(f.withheld for r in TASK.brief(problem.goal).requests for f in r.facts)
        assert reference(problem.goal.plan, unsaid) == problem.reference


def test_chance_is_small_and_positive(problems):
    assert all(0 < TASK.chance(p) < 0.3 for p in problems.values())
    means = [sum(TASK.chance(problems[d, seed]) for seed in range(SEEDS)) / SEEDS for d in (0, 6, 20)]
    assert 0.05 > means[0] > means[1] > means[2]


# What the verdict makes of an answer.


@pytest.fixture(scope="module")
def linked(problems):
    """A problem with a budget, conditions and things that should match; its goal, world and cheapest bundle."""
    for problem in problems.values():
        goal, world = at_the_end(problem)
        if goal.sharing is not None and len(goal.things) >= 4:
            return goal, world, best(goal, world)
    raise AssertionError("no problem with things that should match")


def causes(score):
    return [fault.cause for fault in score.faults]


def test_the_order_of_ids_does_not_matter(linked):
    goal, world, ids = linked
    assert TASK.verify(goal, world, Answer(ids[::-1])) == TASK.verify(goal, world, Answer(ids))


@pytest.mark.parametrize("answer", [None, Answer(), Answer(())])
def test_nothing_is_worth_least(linked, answer):
    goal, world, _ = linked
    score = TASK.verify(goal, world, answer)
    assert (score.raw, score.is_correct) == (-1.0, False)
    assert set(causes(score)) == {"missing_item"}


def test_a_missing_thing_costs_recall(linked):
    goal, world, ids = linked
    score, n = TASK.verify(goal, world, Answer(ids[:-1])), len(ids)
    assert score.parts["f1"] == pytest.approx(2 * (n - 1) / (2 * n - 1))
    assert causes(score) == ["missing_item"]
    assert score.faults[0].product_id == ids[-1]


def test_superfluous_and_unknown_and_repeated_ids_cost_precision(linked):
    goal, world, ids = linked
    other = next(p for p in ("PZZZZZZ", "P000000") if world.catalog.row_of(p) is None)
    for extra in (other, ids[0]):
        loose = replace(goal, budget=goal.budget * 10)
        score, n = TASK.verify(loose, world, Answer((*ids, extra))), len(ids)
        assert score.parts["f1"] == pytest.approx(2 * n / (2 * n + 1))
        assert causes(score) == ["extra_item"]


def test_two_products_that_would_both_do_fill_nothing(linked):
    goal, world, ids = linked
    free = next(i for i in range(len(ids)) if i not in goal.sharing.places)
    second = next(p.id for p in candidates(world, goal.places[free]) if p.id != ids[free])
    score = TASK.verify(replace(goal, budget=goal.budget * 10), world, Answer((*ids, second)))
    assert score.parts["f1"] == pytest.approx(2 * (len(ids) - 1) / (2 * len(ids) + 1))
    assert "extra_item" in causes(score)


def test_one_wrong_attribute_fails(problems):
    tried = 0
    for problem in list(problems.values())[:80]:
        goal, world = at_the_end(problem)
        ids = best(goal, world)
        for i, place in enumerate(goal.places):
            loose = [p for p in candidates(world, Place(place.category)) if p not in candidates(world, place)]
            if not place.constraints or not loose:
                continue
            wrong = (*ids[:i], loose[0].id, *ids[i + 1 :])
            score = TASK.verify(replace(goal, budget=goal.budget * 10), world, Answer(wrong))
            assert not score.is_correct
            assert "constraint_ignored" in causes(score)
            tried += 1
    assert tried > 50


def test_what_is_sold_out_fills_nothing(linked):
    goal, world, ids = linked
    score = TASK.verify(goal, world.with_stock({ids[0]: 0}), Answer(ids))
    assert not score.is_correct
    assert "wrong_product" in causes(score)


def test_what_should_match_and_does_not(problems):
    found = 0
    for problem in problems.values():
        goal, world = at_the_end(problem)
        if goal.sharing is None:
            continue
        ids, (first, second, *_) = best(goal, world), goal.sharing.places
        held = values_of(world, world.product(ids[second]), goal.sharing.attribute)
        others = [
            p for p in candidates(world, goal.places[first]) if not values_of(world, p, goal.sharing.attribute) & held
        ]
        if others and len(goal.sharing.places) == 2:
            wrong = (*ids[:first], others[0].id, *ids[first + 1 :])
            score = TASK.verify(replace(goal, budget=goal.budget * 10), world, Answer(wrong))
            assert causes(score) == ["constraint_ignored"]
            assert score.faults[0].topics == ("match",)
            found += 1
    assert found > 5


def test_too_dear_a_bundle_fails_by_how_much_it_exceeds(linked):
    goal, world, ids = linked
    cost = sum(world.product(i).price for i in ids)
    tight = replace(goal, budget=cost - 1)
    score = TASK.verify(tight, world, Answer(ids))
    assert causes(score) == ["over_budget"]
    assert score.raw == pytest.approx(1 - 2 / (cost - 1))
    assert TASK.verify(replace(goal, budget=cost), world, Answer(ids)).is_correct
    assert TASK.verify(replace(goal, budget=1), world, Answer(ids)).raw == -1.0


# In play: one failure for every cause.


def look(category, **filters):
    return ToolCall("catalog.search", {"filters": {"category": category, **filters}, "sort": "price"})


def play(catalog, name, pick):
    """Look every thing up with `pick`'s filters and hand in the first result of each."""
    env = Env(catalog)
    env.reset(name)
    ids = []
    for i, thing in enumerate(env.episode.goal.things):
        filters = pick(env.episode.goal, i)
        if filters is not None:
            page = env.step(Action("", (look(thing.category, **filters),))).observation.results[0].view
            ids.extend(card.product_id for card in page.results[:1])
    env.step(Action("", answer=Answer(tuple(ids))))
    return env.episode.verdict


def conditions(goal, i):
    from ecom_rlve.core.attributes import attribute

    facts = [f.constraint for f in goal.things[i].facts]
    return {"in_stock": "yes"} | {c.attribute: {c.op: attribute(c.attribute).outside(c.value)} for c in facts}


STEADY = "p_missing=0.0&p_oos=0.0&p_switch=0.0"


def test_causes_in_play(catalog):
    seen = set()
    for seed in range(12):
        name = f"bundle_planning-v0/d0/s{seed}?{STEADY}"
        seen.add(play(catalog, name, lambda goal, i: {"in_stock": "yes"}).cause)
        seen.add(play(catalog, name, lambda goal, i: conditions(goal, i) if i else None).cause)
        seen.add(play(catalog, f"bundle_planning-v0/d0/s{seed}?p_missing=1.0&p_oos=0.0&p_switch=0.0",
                      lambda goal, i: {"in_stock": "yes"}).cause)  # fmt: skip
    assert {"constraint_ignored", "search_miss", "never_asked"} <= seen


def test_an_answer_of_nothing_but_wrong_products_is_no_giving_up(catalog):
    env = Env(catalog)
    env.reset(f"bundle_planning-v0/d0/s1?{STEADY}")
    page = env.step(Action("", (look("pet/cat_food"),))).observation.results[0].view
    env.step(Action("", answer=Answer((page.results[0].product_id,))))
    assert env.episode.verdict.score.raw == -1.0
    assert env.episode.verdict.cause == "search_miss"
    env.reset(f"bundle_planning-v0/d0/s1?{STEADY}")
    env.step(Action("", answer=Answer()))
    assert env.episode.verdict.cause == "gave_up"

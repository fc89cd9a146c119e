"""Cart building: what the generator promises, and what the verdict makes of any cart."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom_rlve.core.metrics import f1
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.cart_building import Answer, CartBuilding
from ecom_rlve.tasks.cart_wants import ENOUGH
from ecom_rlve.tasks.describe import VISITED
from ecom_rlve.world import cart

TASK = CartBuilding()
LEVELS = (0, 1, 2, 4, 6, 9, 12, 16, 20)
SEEDS = 60


def problem_of(catalog, d, seed, **axes):
    return draw(TASK, EpisodeSpec("cart_building-v0", d, seed, axes), catalog)


@pytest.fixture(scope="module")
def problems(catalog):
    return {(d, seed): problem_of(catalog, d, seed) for d in LEVELS for seed in range(SEEDS)}


def forms_of(problem):
    """Every exact thing that is wanted at some time, with whether it is wanted at the end."""
    for want in problem.goal.wants:
        for form in (want.first, want.fallback, want.switched):
            if form is not None:
                yield want, form


def buyable(world, product):
    """Every set of values in which a product can be bought."""
    return [{**product.attributes, **v.options, **own(product)} for v in world.variants(product.id)]


def own(product):
    return {name: product.value(name) for name in ("category", "brand", "price", "rating", "delivery_days", "title")}


def fits(world, product, facts):
    asked = [f.constraint for f in facts if f.topic != "quantity"]
    return any(all(c.admits(values.get(c.attribute)) for c in asked) for values in buyable(world, product))


def test_as_many_wants_as_the_level_says_and_no_two_of_a_type(problems):
    for (d, seed), problem in problems.items():
        wants = problem.goal.wants
        assert len(wants) == min(5, 1 + d // 3)
        types = [problem.world.product(w.first.product_id).category for w in wants]
        assert len(set(types)) == len(types), (d, seed)
        for want, key in zip(wants, types, strict=True):
            leaf = problem.world.catalog.taxonomy.leaf(key)
            assert leaf.noun in want.noun or leaf.plural in want.noun
            assert leaf.plural in want.plural or leaf.noun in want.plural


def test_no_want_is_of_a_denied_type(problems):
    for problem in problems.values():
        leaves = problem.world.catalog.taxonomy.leaves
        for _, form in forms_of(problem):
            assert not leaves[problem.world.product(form.product_id).category].denied
        for visit in problem.world.visits:
            assert not leaves[problem.world.product(visit.product_id).category].denied


def test_every_description_fits_its_product_and_no_other_of_the_shop(problems):
    """By brute force over every product of the shop, in every form it can be bought in."""
    for name, problem in problems.items():
        if name[1] >= 20:
            continue
        world = problem.world
        products = [world.catalog.product(row) for row in range(len(world.catalog))]
        for _, form in forms_of(problem):
            if any(f.slot == VISITED for f in form.facts):
                continue
            category = form.facts[0].constraint.value
            rivals = [p for p in products if p.category == category and fits(world, p, form.facts)]
            assert [p.id for p in rivals] == [form.product_id], (name, form)


def test_a_visit_pointed_at_is_the_only_one_of_its_type_on_that_day(problems):
    pointed = 0
    for name, problem in problems.items():
        world = problem.world
        for _, form in forms_of(problem):
            visited = next((f for f in form.facts if f.slot == VISITED), None)
            if visited is None:
                continue
            pointed += 1
            there = [
                v.product_id
                for v in world.visits
                if (world.today - v.day).days == visited.detail
                and world.product(v.product_id).category == form.facts[0].constraint.value
            ]
            assert there == [form.product_id], name
            assert world.product(form.product_id).title == visited.constraint.value
    assert pointed > 100


def test_visits_are_told_newest_first_and_hold_more_than_what_is_pointed_at(problems):
    for name, problem in problems.items():
        days = [v.day for v in problem.world.visits]
        assert days == sorted(days, reverse=True), name
        assert all(d < problem.world.today for d in days)
    assert sum(len(p.world.visits) for p in problems.values()) > 3 * len(problems)


def test_a_variant_fact_singles_out_one_form_of_the_product(problems):
    seen = 0
    for name, problem in problems.items():
        for _, form in forms_of(problem):
            if form.variant_id is None:
                continue
            seen += 1
            world, asked = problem.world, [f.constraint for f in form.facts if f.topic != "quantity"]
            product = world.product(form.product_id)
            right = [
                v.id
                for v in world.variants(form.product_id)
                if all(c.admits({**product.attributes, **own(product), **v.options}.get(c.attribute)) for c in asked)
            ]
            assert right == [form.variant_id], (name, form)
    assert seen > 300


def test_where_any_variant_will_do_nothing_is_said_of_it(problems):
    for name, problem in problems.items():
        for _, form in forms_of(problem):
            if form.variant_id is None:
                row = problem.world.row(form.product_id)
                assert problem.world.catalog.variant_attribute(row) not in {f.topic for f in form.facts}, name


def test_facts_come_category_first_and_quantity_last(problems):
    for problem in problems.values():
        for _, form in forms_of(problem):
            topics = [f.topic for f in form.facts]
            assert topics[0] == "category"
            assert topics[-1] == "quantity"
            assert len(set(topics)) == len(topics)
            assert not form.facts[0].withheld
            assert form.facts[-1].constraint.value == form.quantity
            assert not (form.quantity == 1 and form.facts[-1].withheld)


def test_whatever_is_right_at_the_end_is_on_the_shelf_in_time(problems):
    for name, problem in problems.items():
        goal, world = problem.goal, problem.world
        for event in problem.events:
            goal = TASK.amend(goal, event)
            world = world.with_stock(dict.fromkeys(event.sold_out, 0))
        for want in goal.wants:
            form = want.in_force
            assert world.on_shelf(form.product_id, form.variant_id) >= ENOUGH >= form.quantity, name
        bought = world
        for want in goal.wants:
            bought = cart.add(bought, want.in_force.product_id, want.in_force.variant_id, want.in_force.quantity)
        assert TASK.verify(goal, bought, Answer()).is_correct


def test_what_is_sold_out_cannot_be_bought(problems):
    sold = 0
    for name, problem in problems.items():
        after = problem.world.with_stock({i: 0 for e in problem.events for i in e.sold_out})
        for want in problem.goal.wants:
            if want.fallback is None:
                continue
            sold += 1
            assert after.on_shelf(want.first.product_id, want.first.variant_id) == 0, name
            assert want.fallback != want.first
            assert not any(f.withheld for f in want.fallback.facts)
            if not want.changed:
                assert problem.world.on_shelf(want.first.product_id, want.first.variant_id) >= ENOUGH, name
    assert sold > 100


def test_a_change_of_mind_changes_exactly_one_thing_and_never_hides_it(problems):
    switched = 0
    for problem in problems.values():
        for want in problem.goal.wants:
            if want.switched is None:
                continue
            switched += 1
            pairs = list(zip(want.first.facts, want.switched.facts, strict=True))
            changed = [b for a, b in pairs if a.constraint != b.constraint]
            assert len(changed) == 1
            assert not changed[0].withheld
            assert want.switched.product_id == want.first.product_id
            assert want.fallback is None
    assert switched > 50


def test_generation_is_a_function_of_the_name(catalog, problems):
    for d, seed in ((0, 0), (6, 3), (20, 7)):
        again = problem_of(catalog, d, seed)
        assert again == problems[d, seed]
        assert repr(again.goal) == repr(problems[d, seed].goal)


def test_seeds_give_different_problems(problems):
    for d in LEVELS:
        assert len({repr(problems[d, s].goal.wants) for s in range(SEEDS)}) == SEEDS


def within(hits, n, p, sigmas=4):
    return abs(hits - n * p) <= sigmas * math.sqrt(n * p * (1 - p)) + 1


@pytest.fixture(scope="module")
def many(catalog):
    return {d: [problem_of(catalog, d, s) for s in range(250)] for d in (0, 3, 6, 10)}


@pytest.mark.parametrize("d", [0, 3, 6, 10])
def test_rates_follow_their_formulas(many, d):
    wants = [w for p in many[d] for w in p.goal.wants]
    firsts = [w.first for w in wants]
    n = len(firsts)
    assert within(sum(f.variant_id is not None for f in firsts), n, 1 / (1 + math.exp(-(d - 2) / 1.5)))
    assert within(sum(f.quantity > 1 for f in firsts), n, min(0.5, 0.1 * d))
    withholdable = [
        fact
        for form in firsts
        for fact in form.facts
        if fact.topic not in ("category", VISITED) and not (fact.topic == "quantity" and fact.constraint.value == 1)
    ]
    missing = 0.8 / (1 + math.exp(-(d - 3) / 1.5))
    assert within(sum(f.withheld for f in withholdable), len(withholdable), missing)
    assert within(sum(any(f.slot == VISITED for f in form.facts) for form in firsts), n, 0.3)
    steady = sum(any(w.fallback is None for w in p.goal.wants) for p in many[d])
    switches = sum(e.kind == "switch" for p in many[d] for e in p.events)
    assert within(switches, steady, 0.6 / (1 + math.exp(-(d - 5) / 2)))


@pytest.mark.parametrize("d", [3, 6, 10])
def test_sell_outs_come_nearly_as_often_as_their_axis_says(many, d):
    """Nearly: where the shop has nothing else of the type, the want stays in stock."""
    wants = [w for p in many[d] for w in p.goal.wants]
    share = sum(w.fallback is not None for w in wants) / len(wants)
    assert 0.6 * min(0.5, 0.05 * d) <= share <= min(0.5, 0.05 * d) + 4 * math.sqrt(0.25 / len(wants))


def test_quantities_are_two_to_four(many):
    seen = Counter(w.first.quantity for p in many[10] for w in p.goal.wants)
    assert set(seen) == {1, 2, 3, 4}
    assert all(within(seen[q], seen[2] + seen[3] + seen[4], 1 / 3) for q in (2, 3, 4))


def test_the_place_of_the_wanted_variant_is_uniform(many):
    places = Counter()
    for problems in many.values():
        for problem in problems:
            for want in problem.goal.wants:
                form = want.first
                if form.variant_id is not None:
                    ids = [v.id for v in problem.world.variants(form.product_id)]
                    places[ids.index(form.variant_id)] += 1
    expected = sum(places.values()) / 3
    assert expected > 200
    # 99.9 % quantile of chi-square with 2 degrees of freedom.
    assert sum((places[i] - expected) ** 2 / expected for i in range(3)) < 13.8


def test_a_lazy_pick_is_no_description(problems):
    """What words describe is neither the cheapest nor the best rated of its brand and type."""
    for name, problem in problems.items():
        world = problem.world
        for _, form in forms_of(problem):
            if any(f.slot == VISITED for f in form.facts):
                continue
            product = world.product(form.product_id)
            rivals = [world.catalog.product(r) for r in world.catalog.brand_rows(product.category, product.brand)]
            assert product.price > min(p.price for p in rivals), name
            assert product.rating < max(p.rating for p in rivals), name


def test_the_chance_of_a_blind_pick_is_a_chance(problems):
    for problem in problems.values():
        assert 0 < TASK.chance(problem) <= 1
    blind = {d: sum(TASK.chance(problems[d, s]) for s in range(SEEDS)) / SEEDS for d in LEVELS}
    assert blind[20] < blind[6] < blind[0] < 0.5


def test_the_brief_holds_no_id(problems):
    for problem in problems.values():
        text = repr(TASK.brief(problem.goal))
        for _, form in forms_of(problem):
            assert form.product_id not in text
            assert form.variant_id is None or form.variant_id not in text


def test_the_world_of_a_problem_cannot_be_changed(problems):
    with pytest.raises(TypeError):
        problems[0, 0].world.stock["P000000"] = 1


@pytest.fixture(scope="module")
def named(problems):
    """The problem of a level and a seed."""
    return lambda name: problems[name]


def pieces(problem):
    """Things that may lie in a cart: what is wanted, other forms of it, and strangers."""
    world = problem.world
    found = []
    for _, form in forms_of(problem):
        found += [(form.product_id, v.id) for v in world.variants(form.product_id)]
        found.append((form.product_id, None))
    found += [(world.catalog.id_of(row), None) for row in (3, 500, 1200)]
    return list(dict.fromkeys(found))


def filled(world, units):
    world = world.with_stock({i: 99 for ids, _ in units for i in ids if i is not None})
    for (product_id, variant_id), quantity in units:
        world = cart.add(world, product_id, variant_id, quantity)
    return world


names = st.tuples(st.sampled_from(LEVELS), st.integers(0, SEEDS - 1))


@given(names, st.data())
def test_the_verdict_is_total_exact_and_in_range(named, name, data):
    problem = named(name)
    lines = data.draw(st.dictionaries(st.sampled_from(pieces(problem)), st.integers(1, 6), max_size=7))
    world = filled(problem.world, list(lines.items()))
    wanted, got = Counter(), Counter()
    free = set()
    for want in problem.goal.wants:
        form = want.in_force
        wanted[form.product_id, form.variant_id] += form.quantity
        free |= {form.product_id} if form.variant_id is None else set()
    for (product_id, variant_id), quantity in lines.items():
        got[product_id, None if product_id in free else variant_id] += quantity
    for answer in (Answer(), None):
        score = TASK.verify(problem.goal, world, answer)
        assert score.raw == 2 * f1(wanted, got) - 1
        assert -1 <= score.raw <= 1
        assert score.is_correct == (wanted == got)
        assert bool(score.faults) == (not score.is_correct)
        assert score.parts == {"f1": f1(wanted, got)}


def right_units(problem):
    return [((w.in_force.product_id, w.in_force.variant_id), w.in_force.quantity) for w in problem.goal.wants]


@given(names, st.randoms(use_true_random=False))
def test_the_order_of_writes_and_the_names_of_lines_do_not_matter(named, name, rnd):
    problem = named(name)
    units = [(key, 1) for key, n in right_units(problem) for _ in range(n)]
    rnd.shuffle(units)
    world = filled(problem.world, [((problem.world.catalog.id_of(3), None), 2)])
    world = cart.remove(filled(world, units), "LN1")
    assert world.cart[0].id != "LN1"
    score = TASK.verify(problem.goal, world, Answer())
    assert score.is_correct
    assert score == TASK.verify(problem.goal, filled(problem.world, right_units(problem)), Answer())


@given(names, st.data())
def test_one_wrong_thing_fails(named, name, data):
    problem = named(name)
    units = right_units(problem)
    at = data.draw(st.integers(0, len(units) - 1))
    (product_id, variant_id), quantity = units[at]
    kinds = [
        "more",
        "less",
        "gone",
        "stranger",
        "other product",
        *(["other variant", "no variant"] if variant_id else []),
    ]
    kind = data.draw(st.sampled_from(kinds))
    stranger = problem.world.catalog.id_of(data.draw(st.integers(0, len(problem.world.catalog) - 1)))
    if stranger in {p for (p, _), _ in units}:
        return
    others = [v.id for v in problem.world.variants(product_id) if v.id != variant_id]
    changed = {
        "more": [((product_id, variant_id), quantity + 1)],
        "less": [((product_id, variant_id), quantity - 1)] if quantity > 1 else [],
        "gone": [],
        "stranger": [((product_id, variant_id), quantity), ((stranger, None), 1)],
        "other product": [((stranger, None), quantity)],
        "other variant": [((product_id, others[0]), quantity)],
        "no variant": [((product_id, None), quantity)],
    }[kind]
    score = TASK.verify(problem.goal, filled(problem.world, units[:at] + changed + units[at + 1 :]), Answer())
    assert not score.is_correct
    assert score.raw < 1
    assert all(-1 <= f.request < len(units) for f in score.faults)


def test_any_variant_or_none_counts_where_none_is_needed(problems):
    tried = 0
    for problem in problems.values():
        for i, want in enumerate(problem.goal.wants):
            form = want.in_force
            if form.variant_id is not None:
                continue
            tried += 1
            units = right_units(problem)
            for variant in (None, *(v.id for v in problem.world.variants(form.product_id))):
                units[i] = ((form.product_id, variant), form.quantity)
                assert TASK.verify(problem.goal, filled(problem.world, units), Answer()).is_correct
    assert tried > 50


def test_an_empty_cart_is_worth_minus_one(problems):
    for problem in problems.values():
        score = TASK.verify(problem.goal, problem.world, None)
        assert score.raw == -1.0
        assert {f.cause for f in score.faults} == {"missing_item"}


def test_amending_twice_is_amending_once(problems):
    for problem in problems.values():
        for event in problem.events:
            once = TASK.amend(problem.goal, event)
            assert TASK.amend(once, event) == once != problem.goal
            assert [w for i, w in enumerate(once.wants) if i != event.request] == [
                w for i, w in enumerate(problem.goal.wants) if i != event.request
            ]


@settings(max_examples=30)
@given(st.integers(0, 30), st.integers(0, 2**64 - 1))
def test_every_name_has_a_problem(catalog, d, seed):
    problem = problem_of(catalog, d, seed)
    assert problem.reference.turns >= 2
    assert problem.reference.calls >= len(problem.goal.wants) * 2 - 1 - problem.reference.turns
    assert replace(problem.world, cart=()) == problem.world

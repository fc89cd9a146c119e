"""Verdicts on bundles and journeys, at the edges too. Every case was missing when a mutant came through."""

from dataclasses import replace

import pytest
from tests.tasks.finding import first, solved

from ecom_rlve.core.product import Constraint
from ecom_rlve.evaluate.card.laws.wrong import wrong_answers
from ecom_rlve.tasks import bundle_optimum
from ecom_rlve.tasks.bundle_optimum import Place, cheapest, rows_by_price
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.world import cart

# Bundles.


def bundle(catalog):
    """A problem of three or more things without anything shared, and its cheapest bundle."""
    found = first(
        catalog, "bundle_planning", lambda p: p.goal.sharing is None and not p.events, d=2, p_switch=0.0, p_oos=0.0
    )
    best = cheapest(found.world, found.goal.places, None)
    return found, tuple(catalog.id_of(row) for row in best.rows), best.cost


def judged(found, ids, **goal):
    task = TASKS["bundle_planning"]
    return task.verify(replace(found.goal, **goal), found.world, task.answer_type(ids))


def test_how_far_a_bundle_is_over_its_budget(catalog):
    found, ids, cost = bundle(catalog)
    for budget, over in ((cost, 0.0), (cost // 2, (cost - cost // 2) / (cost // 2)), (cost // 4, 1.0)):
        assert judged(found, ids, budget=budget).parts["over_budget"] == pytest.approx(min(1.0, over))
    for incomplete in (ids[:-1], ids[:1]):
        score = judged(found, incomplete, budget=1)
        assert (score.raw, "regret" in score.parts) == (-1.0, False)


def test_regret_is_what_the_cheapest_bundle_would_have_saved(catalog):
    found, ids, cost = bundle(catalog)
    for i, place in enumerate(found.goal.places):
        dearer = list(rows_by_price(found.world, place.category, place.constraints))[1:]
        if dearer:
            more = catalog.product(dearer[-1]).price - catalog.product(catalog.row_of(ids[i])).price
            changed = (*ids[:i], catalog.id_of(dearer[-1]), *ids[i + 1 :])
            score = judged(found, changed, budget=10 * cost)
            assert score.is_correct
            assert score.parts["regret"] == pytest.approx(more / cost)
            return
    raise AssertionError("every thing can be filled in one way only")


def test_what_nothing_fills_has_no_bundle(catalog):
    found, _, _ = bundle(catalog)
    impossible = Place(found.goal.places[0].category, (Constraint("price", "max", 0),))
    assert cheapest(found.world, (*found.goal.places, impossible), None) is None


def test_rows_by_price_go_on_beyond_the_first_look(catalog, monkeypatch):
    monkeypatch.setattr(bundle_optimum, "_FIRST_LOOK", 3)
    found, _, _ = bundle(catalog)
    for place in found.goal.places:
        rows = catalog.category_rows(place.category)
        able = [r for r in rows if catalog.product(r).stock > 0]
        expected = sorted(able, key=lambda row: (catalog.product(row).price, row))
        assert list(rows_by_price(found.world, place.category, ())) == expected


# Journeys.


def test_faults_of_an_errand_count_its_requests_among_those_of_all(catalog):
    task, seen = TASKS["journey"], set()
    for seed in range(6):
        episode = solved(catalog, "journey", lambda p: True, d=4, seed_from=seed)
        world, first_request = episode.world, 0
        stranger = next(r for r in range(len(catalog)) if not catalog.leaf(r).denied and catalog.product(r).stock > 9)
        world = cart.add(world, catalog.id_of(stranger), None, 1)
        for i, leg in enumerate(episode.goal.legs):
            submitted = episode.goal.submitted[i]
            spoilt = next((a for _, a in wrong_answers(submitted.answer, world)), submitted.answer)
            changed = (*episode.goal.submitted[:i], replace(submitted, answer=spoilt), *episode.goal.submitted[i + 1 :])
            goal = replace(episode.goal, submitted=changed)
            then = replace(submitted.world, cart=world.cart, returns=world.returns)
            alone, whole = leg.task.verify(leg.goal, then, spoilt), task.verify(goal, world, None)
            own, told = ([(f.cause, f.request) for f in score.faults] for score in (alone, whole))
            if ("partial_journey", -1) not in told:
                assert whole.parts[leg.task.name] == alone.raw
            shifted = {(cause, -1 if request == -1 else first_request + request) for cause, request in own}
            assert shifted <= set(told)
            seen |= {(request, first_request > 0) for _, request in own}
            first_request += len(leg.task.brief(leg.goal).requests)
    assert {(-1, True), (0, True), (1, True)} <= seen

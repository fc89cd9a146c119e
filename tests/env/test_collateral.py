"""Writes that are none of an episode's business are not forgiven, however right the answer (SPEC §11, V7)."""

import pytest

from ecom_rlve.agents.oracle import solve_with
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.collateral import strayed
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.world.orders import Return

OTHERS = [task for task in TASKS.values() if task.name != "cart_building"]


def with_extra(catalog, spec, *calls):
    """Play as the oracle does, with more calls before the last submission."""
    env = Env(catalog)
    env.reset(spec)
    solve_with(env, lambda action, done: Action(action.message, calls, action.answer) if action.answer else action)
    return env.episode


def product(catalog):
    return next(
        catalog.id_of(row)
        for row in range(len(catalog))
        if not catalog.leaf(row).denied and catalog.product(row).stock > 20
    )


@pytest.mark.parametrize("task", OTHERS, ids=lambda task: task.name)
def test_a_cart_that_nobody_asked_for(task, catalog):
    if "cart" in task.writes(with_extra(catalog, f"{task.name}-v0/d2/s1").goal):
        pytest.skip("the cart is its business")
    spec, add = f"{task.name}-v0/d2/s1?p_switch=0&p_oos=0", ToolCall("cart.add", {"product_id": product(catalog)})
    clean, dirty = with_extra(catalog, spec), with_extra(catalog, spec, add)
    assert clean.verdict.is_correct
    assert (dirty.verdict.is_correct, dirty.verdict.reward.raw) == (False, clean.verdict.reward.raw)
    assert dirty.verdict.cause in ("collateral_write", "hallucinated_id")
    assert [f.cause for f in dirty.verdict.score.faults] == ["collateral_write"]


def test_what_is_taken_out_again_is_no_collateral(catalog):
    spec = "policy_qa-v0/d4/s1?p_switch=0"
    calls = (ToolCall("cart.add", {"product_id": product(catalog)}), ToolCall("cart.remove", {"line_id": "LN1"}))
    assert with_extra(catalog, spec, *calls).verdict.is_correct


def test_each_domain_is_told_apart(catalog):
    from dataclasses import replace

    env = Env(catalog)
    env.reset("cart_building-v0/d0/s1")
    world = replace(env.episode.world, returns=(Return("R1", "O1", "LN1", "", "mail"),))
    assert strayed(world, {"cart"}) == ("returns",)
    assert strayed(world, {"returns"}) == ()
    assert strayed(world, set()) == ("returns",)

"""A bug of ours is never the agent's failure: the episode is invalid, its reward None."""

import pytest
from tests.env.play import DONE, begin, call, turn, verdict
from tests.env.scripted import Script

from ecom_rlve.core.errors import SpecError
from ecom_rlve.tasks.registry import all_tasks, task_named

SEARCH = call("catalog.search", query="black")


def assert_invalid(env, step, what):
    assert (step.reward, step.terminated, step.truncated) == (None, True, False)
    assert (verdict(env).end, verdict(env).cause, verdict(env).is_correct) == ("invalid", "invalid", False)
    assert what in verdict(env).detail
    assert what not in step.observation.text()
    with pytest.raises(RuntimeError, match="over"):
        env.step(DONE)


@pytest.mark.parametrize(("name", "what"), [("broken_verifier", "KeyError"), ("out_of_range", "must be in")])
def test_a_verifier(catalog, fakes, name, what):
    env = begin(catalog, f"{name}-v0/d0/s1", Script())
    assert env.step(turn(SEARCH)).reward == 0.0
    while not env.episode.is_over:
        step = env.step(DONE)
    assert_invalid(env, step, what)


def test_a_verifier_at_the_turn_limit(catalog, fakes):
    env = begin(catalog, "broken_verifier-v0/d0/s1", Script())
    while not env.episode.is_over:
        step = env.step(turn())
    assert_invalid(env, step, "KeyError")


def test_an_amendment(catalog, fakes):
    for seed in range(50):
        env = begin(catalog, f"broken_brief-v0/d9/s{seed}", Script())
        if env.episode.waiting:
            break
    assert_invalid(env, env.step(DONE), "no such want")


def test_a_tool(catalog, fakes):
    env = begin(catalog, "broken_tool-v0/d0/s1", Script())
    assert env.step(turn(call("cart.view"))).reward == 0.0
    assert_invalid(env, env.step(turn(SEARCH)), "on fire")


def test_a_tool_called_natively(catalog, fakes):
    env = begin(catalog, "broken_tool-v0/d0/s1", Script())
    assert_invalid(env, env.call(SEARCH), "on fire")


def test_an_installed_environment_is_found_by_name(fakes):
    assert type(task_named("broken_tool-v0")) is fakes["broken_tool"]
    assert set(fakes) < set(all_tasks())


def test_a_name_taken_twice_is_an_error(fakes, tmp_path):
    (tmp_path / "fakes-1.0.dist-info" / "entry_points.txt").write_text(
        "[ecom_rlve.tasks]\nagain = ecom_rlve.tasks.cart_building:CartBuilding\n"
    )
    all_tasks.cache_clear()
    with pytest.raises(SpecError, match="'cart_building' is there twice"):
        all_tasks()


@pytest.mark.parametrize("name", ["cart_bulding-v0", "cart_building-v1", "broken_tool-v0"])
def test_an_environment_that_does_not_exist_is_an_error(name):
    with pytest.raises(SpecError, match=r"unknown environment|is at version 0"):
        task_named(name)


def test_recommending_what_a_house_rule_denies_is_a_hard_failure(catalog, fakes):
    leaf = next(leaf for leaf in catalog.taxonomy.leaves.values() if leaf.denied)
    denied = catalog.id_of(catalog.category_rows(leaf.key)[0])
    env = begin(catalog, "recommends-v0/d0/s1", Script())
    step = env.step({"answer": {"product_ids": [denied]}})
    assert (step.reward, verdict(env).cause) == (-1.0, "policy_misread")


def test_ids_in_an_answer_must_have_been_shown(catalog, fakes):
    env = begin(catalog, "recommends-v0/d0/s1", Script())
    card = env.step(turn(SEARCH)).observation.results[0].view.results[0]
    for _ in range(2):  # The first may meet a change of mind.
        if not env.episode.is_over:
            env.step({"answer": {"product_ids": [card.product_id, "P00000Z", "P00000Z"]}})
    assert verdict(env).reward.unseen_ids == 1
    assert verdict(env).cause == "hallucinated_id"

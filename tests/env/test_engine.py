"""The engine: fates of calls, budgets, ends, grounding, forks."""

from dataclasses import replace

import pytest
from tests.env.play import DONE, ROOMY, add, begin, call, fill, first, idle, inspect, look_up, turn, verdict
from tests.env.scripted import Broken, Script

from ecom_rlve.core.dialogue import Action
from ecom_rlve.env.env import Env
from ecom_rlve.tools.toolbox import TOOLS
from ecom_rlve.users.user import Reply

HISTORY = call("user.get_visit_history")


def plain(episode):
    """One product, nothing to change, any variant."""
    return len(episode.goal.wants) == 1 and not episode.waiting and episode.goal.wants[0].first.variant_id is None


@pytest.fixture
def env(catalog):
    return first(catalog, plain, d=0)


def wanted(env):
    return env.episode.goal.wants[0].in_force


def other_product(env, i=0):
    own = {w.in_force.product_id for w in env.episode.goal.wants}
    rows = env.catalog.category_rows(env.catalog.product(0).category)
    return [p.id for p in map(env.catalog.product, rows) if p.id not in own and p.stock >= 5][i]


def test_the_right_cart_is_a_success(env):
    fill(env)
    observation, reward, terminated, truncated, info = env.step(DONE)
    assert reward == 0.9
    assert (terminated, truncated) == (True, False)
    assert info["verdict"].is_correct
    assert "handed in" in observation.notice
    assert observation.turns_left == 0


def test_a_step_before_reset_or_after_the_end_is_a_runtime_error(env):
    env.step(DONE)
    with pytest.raises(RuntimeError, match="over"):
        env.step(DONE)
    with pytest.raises(RuntimeError, match="over"):
        env.call(HISTORY)
    with pytest.raises(RuntimeError, match="reset"):
        type(env)(env.catalog).step(DONE)


HARD = [
    ("no JSON", "format"),
    ({"tool_calls": "x"}, "format"),
    ({1: 2}, "format"),
    ({"tool_calls": [{"name": "cart.add", "args": {"quantity": float("nan")}}]}, "format"),
    ({"assistant_message": object()}, "format"),
    ({"tool_calls": [{"name": "cart.add", "args": {"quantity": 10**5000}}]}, "format"),
    ({"answer": {"cart": "full"}}, "format"),
    ({"tool_calls": [{"name": "cart.buy", "args": {}}]}, "invalid_tool"),
    ({"tool_calls": [{"name": "cart.add", "args": {}}]}, "invalid_tool"),
    ({"tool_calls": [{"name": "cart.add", "args": {"product_id": "P000000", "quantity": -1}}]}, "invalid_tool"),
    ({"tool_calls": [{"name": "catalog.search", "args": {"query": "\ud800"}}]}, "invalid_tool"),
    (turn(call("cart.buy")), "invalid_tool"),
    (turn(call("cart.add", product=1)), "invalid_tool"),
]


@pytest.mark.parametrize(("action", "cause"), HARD, ids=range(len(HARD)))
def test_what_breaks_a_contract_ends_the_episode_with_minus_one(env, action, cause):
    step = env.step(action)
    assert (step.reward, step.terminated, step.truncated) == (-1.0, True, False)
    assert (verdict(env).end, verdict(env).cause) == ("hard_failure", cause)
    assert verdict(env).detail
    assert verdict(env).detail in step.observation.notice
    assert not verdict(env).is_correct


def test_nested_values_from_python_are_a_format_failure_too(env):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert env.step({"tool_calls": [{"name": "catalog.search", "args": {"filters": deep}}]}).reward == -1.0
    assert verdict(env).cause == "format"


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (call("cart.buy"), "invalid_tool"),
        (call("cart_add", product_id=5), "invalid_tool"),
        (call("message_user"), "format"),
        (call("message_user", text=5), "format"),
        (call("submit", cart=1), "format"),
        (call("cart.add", product_id={1, 2}), "format"),
    ],
)
def test_native_calls_that_break_a_contract_end_it_too(env, bad, cause):
    assert env.call(bad).reward == -1.0
    assert verdict(env).cause == cause


def test_the_wire_name_of_a_tool_is_its_name(env):
    assert env.call(call("user_get_visit_history")).observation.results[0].name == "user.get_visit_history"


def test_a_refusal_is_read_and_the_episode_goes_on(env):
    step = env.step(turn(call("cart.remove", line_id="LN9")))
    assert step.observation.results[0].error == "not_found"
    assert (step.reward, step.terminated, step.truncated) == (0.0, False, False)
    fill(env)
    env.step(DONE)
    assert verdict(env).is_correct


@pytest.mark.parametrize("b_tool", [1, 3])
def test_more_calls_than_allowed_run_none_of_them(catalog, b_tool):
    env = begin(catalog, f"d0/s1?B_tool={b_tool}")
    sold = other_product(env)
    step = env.step(turn(*[call("cart.add", product_id=sold)] * (b_tool + 1)))
    assert (step.reward, verdict(env).cause) == (-1.0, "invalid_tool")
    assert env.episode.world.cart == ()
    assert f"at most {b_tool}" in verdict(env).detail


def test_as_many_calls_as_allowed_are_fine(catalog):
    env = begin(catalog, "d0/s1?B_tool=3")
    assert env.step(turn(HISTORY, HISTORY, HISTORY)).reward == 0.0


def denied_product(catalog):
    leaf = next(leaf for leaf in catalog.taxonomy.leaves.values() if leaf.denied)
    return next(p.id for p in map(catalog.product, catalog.category_rows(leaf.key)) if p.stock)


def test_selling_what_a_house_rule_denies_is_a_hard_failure(env):
    denied = denied_product(env.catalog)
    assert env.step(turn(call("catalog.get_product", product_id=denied))).reward == 0.0
    step = env.step(turn(call("cart.add", product_id=denied)))
    assert (step.reward, verdict(env).cause) == (-1.0, "policy_misread")
    assert env.episode.world.cart == ()


def test_turns_run_out_and_the_cart_is_judged_as_it_stands(env):
    fill(env)
    step = idle(env)
    assert (step.terminated, step.truncated) == (False, True)
    assert verdict(env).end == "out_of_turns"
    assert verdict(env).is_correct
    assert 0.5 <= step.reward < 0.9
    assert len(env.episode.turns) == env.episode.max_turns


def test_turns_that_run_out_over_a_wrong_cart_are_a_failure(env):
    step = idle(env)
    assert (step.reward, verdict(env).cause, step.truncated) == (-0.9, "out_of_turns", True)


def test_a_customer_who_leaves_ends_the_episode(catalog):
    env = first(catalog, plain, d=0, user=lambda: Script([Reply("ragequit", "bye")]))
    step = env.step(turn(say="hello?"))
    assert (step.terminated, step.truncated) == (True, False)
    assert (verdict(env).end, verdict(env).cause) == ("customer_left", "customer_left")
    assert "left" in step.observation.notice


def test_a_customer_who_leaves_a_right_cart_behind_is_a_success(catalog):
    env = first(catalog, plain, d=0, user=lambda: Script([Reply("ragequit", "bye")]))
    fill(env)
    env.step(turn(say="hello?"))
    assert verdict(env).end == "customer_left"
    assert verdict(env).is_correct


def test_the_customer_stays_silent_where_nothing_is_said(catalog):
    script = Script()
    env = first(catalog, plain, d=0, user=lambda: script)
    for _ in range(2):
        assert env.step(turn(HISTORY)).observation.message == ""
    assert script.heard == []
    assert env.step(turn(say="Hello!")).observation.message == "ok"
    assert [h.message for h in script.heard] == ["Hello!"]


def test_the_customer_sees_their_cart_and_what_is_named_and_no_id(catalog):
    script = Script()
    env = first(catalog, plain, d=0, user=lambda: script)
    form = wanted(env)
    fill(env)
    env.step(turn(say=f"I put {form.product_id} into your cart, not P00000Z."))
    heard = script.heard[-1]
    product = env.catalog.product(env.catalog.row_of(form.product_id))
    assert [(i.kind, i.name, i.value("quantity")) for i in heard.items] == [("cart_line", product.title, form.quantity)]
    assert [(i.kind, i.name) for i in heard.shown] == [("product", product.title)]
    assert form.product_id not in repr(heard.items)
    assert heard.changed
    env.step(turn(say="Anything else?"))
    assert not script.heard[-1].changed
    assert script.heard[-1].items == heard.items


def test_the_customer_sees_the_variant_they_get_and_nothing_of_it_where_any_will_be_sent(catalog):
    script = Script()
    env = first(catalog, plain, d=0, user=lambda: script)
    form = wanted(env)
    name = catalog.variant_attribute(catalog.row_of(form.product_id))
    for variant in env.episode.world.variants(form.product_id):
        if variant.stock == 0:
            continue
        twin = env.fork()
        twin.step(turn(add(form, variant_id=variant.id), say="Here."))
        assert script.heard[-1].items[0].value(name) == variant.options[name]
    env.step(turn(add(form), say="Here."))
    seen = script.heard[-1].items[0]
    assert seen.value(name) is None
    assert seen.value("price") == catalog.product(catalog.row_of(form.product_id)).price


def test_free_turns_are_those_that_settle_a_slot_and_no_more_than_were_withheld(catalog):
    settle = [Reply("clarify", "x", ((0, "brand"),), ((0, "brand"),))] * 6
    for d, seed in ((0, 1), (6, 2), (9, 3)):
        env = begin(catalog, f"d{d}/s{seed}{ROOMY}", Script(settle))
        withheld = env.episode.most_free_turns - 1
        for _ in range(6):
            env.step(turn(say="Which brand?"))
        env.step(DONE)
        if not env.episode.is_over:
            env.step(DONE)
        assert verdict(env).reward.free_turns == min(6, withheld + 1)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("clarify", "x", ((0, "brand"),), ()),
        Reply("elaborate", "x", ((0, "brand"),), ((0, "brand"),)),
        Reply("switch", "x", ((0, "brand"),), ((0, "brand"),)),
        Reply("continue", "x", (), ()),
    ],
)
def test_a_turn_that_settles_nothing_is_not_free(catalog, reply):
    env = first(catalog, plain, d=0, user=lambda: Script([reply]))
    env.step(turn(say="Which brand?"))
    env.step(DONE)
    assert verdict(env).reward.free_turns == 0


def test_an_id_used_before_it_was_shown_never_becomes_clean(env):
    form = wanted(env)
    env.step(turn(call("catalog.get_product", product_id=form.product_id)))
    assert env.episode.unseen == (form.product_id,)
    fill(env)
    env.step(DONE)
    assert verdict(env).is_correct
    assert verdict(env).reward.r_hall == pytest.approx(-1 / 3)


def test_an_id_first_seen_in_its_own_words_is_unseen(env):
    env.step(turn(say="I can offer P1A2B3C."))
    env.step(turn(say="As I said, P1A2B3C."))
    assert env.episode.unseen == ("P1A2B3C",)


def test_an_id_counts_once_and_three_are_as_bad_as_many(env):
    for i in range(1, 6):
        env.step(turn(say=f"P00000{i} P00000{i}"))
    env.step(DONE)
    assert verdict(env).reward.unseen_ids == 5
    assert verdict(env).reward.r_hall == -1.0


def test_citing_many_shown_ids_dilutes_nothing(env):
    step = env.step(turn(call("catalog.search", query="black", top_k=50)))
    shown = " ".join(card.product_id for card in step.observation.results[0].view.results)
    env.step(turn(say=f"P1A2B3C {shown}"))
    env.step(turn(say=shown))
    env.step(DONE)
    assert verdict(env).reward.r_hall == pytest.approx(-1 / 3)


def test_what_a_call_of_the_same_turn_shows_may_be_used_by_the_next_call(env):
    form = wanted(env)
    env.step(turn(look_up(form, env.episode.goal.wants[0].noun), add(form)))
    assert env.episode.unseen == ()
    env.step(turn(inspect(form), call("cart.set_quantity", line_id="LN1", quantity=2)))
    assert env.episode.unseen == ()


def test_a_refused_call_shows_nothing(env):
    env.step(turn(call("cart.add", product_id="P00000Z")))
    assert env.episode.shown == frozenset()
    assert env.episode.unseen == ("P00000Z",)


def test_an_exception_in_the_customer_is_no_fault_of_the_agent(catalog):
    env = begin(catalog, "d0/s1", Broken())
    env.step(turn(say="hello"))
    step = env.step(turn(say="hello"))
    assert (step.reward, step.terminated) == (None, True)
    assert (verdict(env).end, verdict(env).cause) == ("invalid", "invalid")
    assert "ZeroDivisionError" in verdict(env).detail
    assert "ZeroDivisionError" not in step.observation.text()


def test_forks_are_independent_and_alike(catalog):
    env = begin(catalog, f"d6/s5{ROOMY}")
    env.step(turn(HISTORY))
    before = env.episode
    twin, third = env.fork(), env.fork()
    fill(env)
    assert twin.episode is before
    assert twin.episode.world.cart == ()
    fill(twin)
    assert twin.episode == env.episode
    env.step(turn(say="Is that all?"))
    twin.step(turn(say="Is that all?"))
    assert twin.episode == env.episode
    third.step(DONE)
    assert not env.episode.is_over


def test_a_fork_at_any_turn_of_the_oracle_ends_as_the_trunk_does(catalog):
    from ecom_rlve.agents.oracle import solve_with

    forks = []
    env = begin(catalog, "d9/s4")

    def remember(action, done):
        forks.append((env.fork(), len(done)))
        return action

    played = []
    solve_with(env, lambda action, done: played.append(action) or remember(action, done))
    assert verdict(env).is_correct
    for fork, at in forks:
        for action in played[at:]:
            fork.step(action)
        assert fork.episode == env.episode


def test_every_prompt_tells_the_budget_and_the_house_rules(env):
    for style in ("json", "native"):
        text = env.system_prompt(style)
        assert f"{env.episode.max_turns} turns" in text
        assert "never sell" in text


def test_messages_alternate_and_hold_all_that_was_said(env):
    fill(env)
    env.step(turn(say="Anything else?"))
    env.step(DONE)
    roles = [m["role"] for m in env.messages()]
    assert roles == ["system", "user", *["assistant", "user"] * 3]
    assert env.messages()[-1]["content"].count("turns_left") == 1


def test_native_messages_answer_every_call_once(env):
    fill(env)
    env.step(turn(say="Anything else?"))
    env.step(turn())
    env.step(turn(HISTORY, done=True))
    open_ids = set()
    for message in env.messages("native")[2:]:
        if message["role"] == "assistant":
            assert not open_ids
            assert message["tool_calls"]
            open_ids = {c["id"] for c in message["tool_calls"]}
        else:
            assert message["role"] == "tool"
            open_ids.remove(message["tool_call_id"])
    assert not open_ids


def test_native_messages_of_turns_without_calls_tell_how_it_ended(env):
    idle(env)
    assert "turn limit" in env.messages("native")[-1]["content"]


def test_the_tools_of_an_environment_include_words_and_answer(env):
    names = [t["function"]["name"] for t in env.tools()]
    assert names[-2:] == ["message_user", "submit"]
    assert len(set(names)) == len(names) == len(TOOLS) + 2


def test_an_action_with_both_words_and_answer_is_judged(env):
    fill(env)
    env.step(replace(DONE, message="All done."))
    assert verdict(env).is_correct
    assert env.episode.turns[-1].action == Action("All done.", (), DONE.answer)


@pytest.mark.parametrize("part", ["episode", "task"])
def test_before_reset_there_is_nothing_to_look_at(catalog, part):
    with pytest.raises(RuntimeError, match=r"call reset\(\) first"):
        getattr(Env(catalog), part)

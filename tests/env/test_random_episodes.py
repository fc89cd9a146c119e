"""Random agents, valid and invalid, in both styles, through whole episodes: nothing breaks, rewards stay in range."""

import json
import math

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.env.play import call, turn, verdict
from tests.env.scripted import Teller

from ecom_rlve.agents.filling import filled
from ecom_rlve.env.env import Env
from ecom_rlve.env.reward import BEST
from ecom_rlve.env.trace import trace_lines
from ecom_rlve.tasks.registry import TASKS

ENVS = [f"{task.name}-v{task.version}" for task in TASKS.values()]

TEXTS = [
    "",
    "How many do you need?",
    "Which brand and which color would you like?",
    "Sorry, that is sold out. What would you like instead?",
    "Anything else?",
    "<think>hm</think> ok",
    "P1A2B3C " * 20,
    "日本語 🛒 \u202e",
    "color brand price size material quantity connector wattage " * 30,
]
BAD = [
    "",
    "hello",
    "[]",
    '{"assistant_message": 1}',
    '{"tool_calls": [{"name": "cart.burn", "args": {}}]}',
    '{"tool_calls": [{"name": "cart.add", "args": {"product_id": "P0", "quantity": 0}}]}',
    {"answer": {"done": False}},
    {"tool_calls": [{"name": "cart.view", "args": {}}] * 60},
]


def tool_calls(shown):
    kinds = ("P", "V", "LN", "O")
    products, variants, lines, orders = ([i for i in shown if i.startswith(k)] or [f"{k}00000Z"] for k in kinds)
    product, variant, line, order = map(st.sampled_from, (products, variants, lines, orders))
    filters = st.sampled_from(
        [{}, {"price": {"max": 50}}, {"color": "black"}, {"in_stock": True}, {"rating": {"min": 4.5}}, {"size": 5}]
    )
    return st.one_of(
        st.builds(lambda q, f, o: call("catalog.search", query=q, filters=f, offset=o),
                  st.sampled_from([*TEXTS[:5], "black", "shoes"]), filters, st.sampled_from([0, 10, 10_000])),
        st.builds(lambda p: call("catalog.get_product", product_id=p), product),
        st.builds(lambda p: call("catalog.get_variants", product_id=p), product),
        st.builds(lambda p, q: call("catalog.rerank", product_ids=[p], **q), product,
                  st.sampled_from([{}, {"query": "x"}, {"like": products[0]}])),
        st.builds(lambda p, v, n: call("cart.add", product_id=p, quantity=n, **v), product,
                  st.one_of(st.just({}), variant.map(lambda v: {"variant_id": v})), st.sampled_from([1, 2, 50, 9_999])),
        st.builds(lambda i, n: call("cart.set_quantity", line_id=i, quantity=n), line, st.integers(1, 12)),
        st.builds(lambda i: call("cart.remove", line_id=i), line),
        st.sampled_from([call("cart.view"), call("user.get_visit_history"), call("datetime.now"), call("order.list")]),
        st.builds(lambda q: call("policy.search", query=q), st.sampled_from(["returns", "delivery", "\ud800", "x"])),
        st.builds(lambda o: call("order.get_status", order_id=o), order),
        st.builds(lambda o, i: call("return.check_eligibility", order_id=o, line_id=i), order, line),
        st.builds(lambda o, i, r: call("return.initiate", order_id=o, line_id=i, reason=r, method="mail"), order, line,
                  st.sampled_from(["damage", "wrong_size"])),
        st.builds(lambda o, i, p, v: call("return.exchange", order_id=o, line_id=i, new_product_id=p, new_variant_id=v),
                  order, line, product, variant),
        st.just(call("order.checkout", address_id="home", payment_id="card")),
    )  # fmt: skip


def answers(env, results):
    """Answers of the right form: empty, or filled from what was shown; at times with a value that cannot be."""
    form = env.task.answer_type
    numbered = {"leg": 1} if "leg" in form.__dataclass_fields__ else {}
    odd = st.sampled_from(["", "yes", "30 days", "\ud800", -1, 10**40, True, ["P00000Z"] * 5, None, 0.5])
    names = sorted(form.__dataclass_fields__) or ["nothing"]
    whole = st.randoms(use_true_random=False).map(lambda r: {**filled(form, results, r.choice), **numbered})
    return st.one_of(
        st.just(numbered), whole, whole, st.builds(lambda w, n, o: {**w, n: o}, whole, st.sampled_from(names), odd)
    )


@pytest.mark.parametrize("name", ENVS)
@settings(max_examples=12, phases=[Phase.generate])
@given(st.data(), st.integers(0, 20), st.integers(0, 10_000), st.booleans(), st.sampled_from(["gated", "published"]))
def test_no_agent_breaks_an_episode(catalog, name, data, d, seed, told, preset):
    env = Env(catalog, Teller() if told and name.startswith("cart_building") else None, preset)
    env.reset(f"{name}/d{d}/s{seed}")
    native = data.draw(st.booleans(), label="native")
    step = None
    while not env.episode.is_over:
        kind = data.draw(st.integers(0, 39), label="kind")
        shown = sorted(env.episode.shown)[:40]
        if kind == 0 and not native:
            step = env.step(data.draw(st.sampled_from(BAD)))
        elif kind < 3:
            results = [r for t in env.episode.turns for r in t.results]
            given_in = data.draw(answers(env, results), label="answer")
            step = env.call(call("submit", **given_in)) if native else env.step({"answer": given_in})
        elif native:
            words = st.sampled_from(TEXTS).map(lambda text: call("message_user", text=text))
            step = env.call(data.draw(st.one_of(tool_calls(shown), words)))
        else:
            most = env.episode.difficulty.B_tool
            calls = data.draw(st.lists(tool_calls(shown), max_size=min(most, 3)))
            step = env.step(turn(*calls, say=data.draw(st.sampled_from(TEXTS))))
        step.observation.text().encode()
    found = verdict(env)
    assert found.end != "invalid", found.detail
    parts = (found.reward.total, found.reward.r_task, found.reward.r_eff, found.reward.r_hall)
    assert all(math.isfinite(x) for x in parts)
    assert -1 <= step.reward <= BEST
    assert (found.cause == "") == found.is_correct
    if found.is_correct and preset == "gated":
        assert found.reward.total >= 0.5
    assert len(env.episode.turns) <= env.episode.max_turns
    lines = trace_lines(
        env.episode, system=env.system_prompt(), agent="random", preset=preset, catalog={"fingerprint": "x"}
    )
    assert all(json.loads(line) for line in lines)
    "\n".join(lines).encode()
    assert all(m["role"] in ("system", "user", "assistant", "tool") for m in env.messages("native"))


@settings(max_examples=25)
@given(st.integers(0, 20), st.integers(0, 10_000))
def test_the_oracle_is_perfect_with_any_customer_that_keeps_the_protocol(catalog, d, seed):
    from ecom_rlve.agents.oracle import solve

    env = Env(catalog, Teller())
    env.reset(f"cart_building-v0/d{d}/s{seed}")
    reference = env.episode.reference
    assert solve(env).reward == BEST
    reward = verdict(env).reward
    assert (reward.turns, reward.free_turns, reward.calls) == (reference.turns, reference.free, reference.calls)

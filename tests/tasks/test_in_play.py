"""Cart building with the customer proper: the reference is what the oracle takes, and nothing leaks."""

import pytest
from tests.env.play import DONE, call, first, turn, verdict

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import Action
from ecom_rlve.env.env import Env


@pytest.mark.parametrize("d", range(21))
def test_the_reference_is_what_the_oracle_takes(catalog, d):
    env = Env(catalog)
    for seed in range(100, 106):
        env.reset(f"cart_building-v0/d{d}/s{seed}")
        reference = env.episode.reference
        assert solve(env).reward == 0.9, env.episode.spec
        reward = verdict(env).reward
        assert (reward.turns, reward.free_turns, reward.calls) == (reference.turns, reference.free, reference.calls)


@pytest.mark.parametrize("d", [0, 5, 12, 20])
def test_neither_the_seed_nor_an_id_of_the_goal_is_seen_before_the_first_turn(catalog, d):
    env = Env(catalog)
    for seed in range(30):
        big = 7_777_777_000 + seed
        env.reset(f"cart_building-v0/d{d}/s{big}")
        seen = repr(env.messages()) + repr(env.messages("native")) + repr(env.tools())
        assert str(big) not in seen
        assert str(env.episode.world.offer.seed) not in seen
        assert str(env.episode.world.ranking.seed) not in seen
        for want in env.episode.goal.wants:
            for form in (want.first, want.fallback, want.switched):
                if form is not None:
                    assert form.product_id not in seen
                    assert form.variant_id is None or form.variant_id not in seen


def test_the_customer_never_names_an_id_while_the_oracle_works(catalog):
    env = Env(catalog)
    for d in (3, 9, 20):
        for seed in range(10):
            env.reset(f"cart_building-v0/d{d}/s{seed}")
            solve(env)
            words = [env.episode.opening.text, *(t.reply.text for t in env.episode.turns if t.reply)]
            assert not any(env.catalog.row_of(w.strip(".,!?")) is not None for text in words for w in text.split())


def oracle_actions(env):
    from ecom_rlve.agents.oracle import solve_with

    actions: list[Action] = []
    solve_with(env, lambda action, done: actions.append(action) or action)
    return actions


@pytest.mark.parametrize("seed", range(6))
def test_extra_reads_change_no_verdict(catalog, seed):
    """The same writes with a look at other things before them: the same score, only dearer."""
    env = first(catalog, lambda e: not e.waiting, d=6, more=f"?B_tool=20&T_max=60&p_noise=0.0{seed}")
    plain = env.fork()
    actions = oracle_actions(plain)
    reads = [
        call("cart.view"),
        call("datetime.now"),
        call("user.get_visit_history"),
        call("catalog.search", query="red"),
    ]
    for action in actions:
        env.step(Action(action.message, (*reads, *action.calls), action.answer))
    assert verdict(env).score == verdict(plain).score
    assert verdict(env).is_correct
    assert verdict(env).reward.total < verdict(plain).reward.total


def test_checking_out_is_not_among_the_tools(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s1")
    writes = [t["function"]["name"] for t in env.tools() if t["function"]["name"].startswith("cart")]
    assert writes == ["cart_view", "cart_add", "cart_set_quantity", "cart_remove"]
    assert env.step(turn(call("order.checkout"))).reward == -1.0
    with pytest.raises(RuntimeError):
        env.step(DONE)

"""Evaluations with a voiced customer, over a real socket: rates are reported, traces play again without any model."""

from dataclasses import replace

import pytest
from tests.evaluate.chat_server import Answer, completion, serving

from ecom_rlve.agents.model.endpoint import Endpoint, Patience
from ecom_rlve.core.errors import RefusedError, SpecError
from ecom_rlve.env.replay import replay
from ecom_rlve.env.trace import parse_trace
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.journal import with_traces
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.scores import score
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.suites import Suite

SHOP = Shop(2_000)
SUITE = Suite("tiny", "", (0, 6), seeds=2, trials=2, envs=("cart_building-v0", "policy_qa-v0"))


def setting(server, agent="expert"):
    voice = Endpoint(server.url, "voice", patience=Patience(seconds=2, attempts=2, backoff=0.01), concurrency=4)
    return Setting(SUITE, agent, SHOP, voice=voice)


def line_in(body):
    return body["messages"][-1]["content"].replace("[", "").replace("]", "")


def honest(body, times):
    return completion(f"Well, hello. {line_in(body)}")


def sometimes(body, times):
    return honest(body, times) if "cart" in str(body) or len(line_in(body)) % 2 else completion("As you like.")


def test_rates_are_counted_and_traces_play_again(tmp_path):
    with serving(sometimes) as server:
        outcomes = evaluate(setting(server), tmp_path)
        assert evaluate(setting(server), tmp_path) == outcomes, "what is in the journal is all there is to know"
    found = score(outcomes).voice
    assert 0 < found.carried < found.replies
    assert found.asked == len(server.requests) == found.carried + 2 * (found.replies - found.carried)
    assert found.parsed_back == pytest.approx(found.carried / found.asked)
    assert {o.trial for o in outcomes} == {0, 1}
    for outcome in with_traces(tmp_path, outcomes):
        assert replay(parse_trace(outcome.lines), SHOP.open()) == ""
        assert '"words":' in outcome.lines[1]


def test_a_liar_and_a_dead_voice_change_no_figure(tmp_path):
    with serving(lambda body, times: completion(f"{line_in(body)} And I want it in turquoise.")) as server:
        lied = evaluate(setting(server), tmp_path / "liar")
    with serving(lambda body, times: Answer({}, status=500)) as server:
        dead = evaluate(setting(server), tmp_path / "dead")
    own = evaluate(Setting(SUITE, "expert", SHOP), tmp_path / "own")
    for outcomes in (lied, dead):
        assert score(outcomes).voice.fallback == 1.0
        mine = [replace(o, voice=own[0].voice) for o in outcomes if o.trial == 0]
        assert mine == own


def test_a_voice_that_refuses_stops_the_run(tmp_path):
    with serving(lambda body, times: Answer({}, status=401)) as server, pytest.raises(RefusedError):
        evaluate(setting(server), tmp_path)


def test_agents_that_see_the_goal_play_with_the_plain_customer_only():
    with serving(honest) as server, pytest.raises(SpecError, match="sees the hidden goal"):
        setting(server, "oracle")

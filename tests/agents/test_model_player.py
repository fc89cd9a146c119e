"""A model's dialogue with an episode: what it writes goes to the environment as it is; what fails it is ours."""

import asyncio
import json

import pytest
from tests.evaluate.brains import expert_brain
from tests.evaluate.chat_server import Answer, completion, serving

from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.endpoint import Endpoint, Patience
from ecom_rlve.agents.model.player import SILENCE, ModelPlayer
from ecom_rlve.agents.registry import player_named
from ecom_rlve.env.env import AsyncEnv, Env
from ecom_rlve.env.replay import replay
from ecom_rlve.env.trace import parse_trace
from ecom_rlve.users.awaited import Awaited
from ecom_rlve.users.customer import Customer

NAME = "cart_building-v0/d6/s3"
QUICK = Patience(seconds=2.0, attempts=2, backoff=0.01)


def play(catalog, script, name=NAME, style="native"):
    """Let a scripted model play; return the shell, the usage, and the requests that the server got."""

    async def played(url):
        env = AsyncEnv(Awaited(Customer()), catalog)
        await env.reset(name)
        async with ChatClient(Endpoint(url, "scripted", style=style, patience=QUICK)) as client:
            return env, await ModelPlayer(client).play(env)

    with serving(script) as server:
        env, usage = asyncio.run(played(server.url))
        assert replay(parse_trace(env.trace("m", {})), catalog) == "", "every episode of a model plays again"
        return env, usage, server.requests


def always(reply):
    return lambda body, times: reply


NAMES = [f"{env}-v0/d{d}/s{s}" for env in ("cart_building", "returns", "policy_qa") for d in (0, 6) for s in (1, 2)]


@pytest.mark.parametrize("style", ["json", "native"])
def test_the_expert_behind_a_server_plays_like_the_expert(catalog, style):
    brain = expert_brain(catalog, NAMES, style)
    for name in NAMES:
        env, usage, requests = play(catalog, brain, name, style)
        assert usage.requests == len(requests)
        assert env.trace("x", {}) == brain.played[name].trace("x", {})
        if style == "json":
            own = Env(catalog)
            own.reset(name)
            player_named("expert")(own)
            assert env.trace("x", {}) == own.trace("x", {})
        assert usage.prompt_tokens == 100 * usage.requests


def test_reasoning_is_kept_out_of_the_action_and_of_the_history(catalog):
    words = "Is there anything else I should know?"
    replies = iter([
        completion(words, reasoning_content="secret plan"),
        completion(f"<think>secret plan</think>{words}"),
        completion(f"secret plan</think>{words}"),
        completion(words, reasoning="secret plan"),
    ])  # fmt: skip
    env, _, requests = play(catalog, lambda body, times: next(replies, completion(None, [("submit", "{}")])))
    assert [turn.action.message for turn in env.episode.turns[:4]] == [words] * 4
    assert "secret" not in json.dumps(requests)
    assert "secret" not in "".join(env.trace("m", {}))


@pytest.mark.parametrize(
    ("reply", "style", "cause"),
    [
        (completion(""), "json", "format"),
        (completion("Sure! What brand?"), "json", "format"),
        (completion('{"tool_calls": [{"name": "cart.fly", "args": {}}]}'), "json", "invalid_tool"),
        (completion(None, [("cart_view", "{not json")]), "native", "format"),
        (completion(None, [("cart_view", '{"x": "</tool_call>"}')]), "native", "invalid_tool"),
        (completion(None, [("cart_fly", "{}")]), "native", "invalid_tool"),
        (completion(None, [(None, "{}")]), "native", "format"),
        (completion(None, [("cart_view", "[]")]), "native", "format"),
        (completion("<tool_call>{bad</tool_call>"), "native", "format"),
        (completion('{"assistant_message": "\ud800"', []), "json", "format"),
    ],
)  # fmt: skip
def test_a_malformed_reply_is_the_models_action(catalog, reply, style, cause):
    env, usage, requests = play(catalog, always(reply), style=style)
    verdict = env.episode.verdict
    assert (verdict.end, verdict.cause, verdict.reward.total) == ("hard_failure", cause, -1.0)
    assert (len(requests), usage.unanswered) == (1, 0)


def test_empty_replies_in_the_native_style_are_empty_turns(catalog):
    env, usage, requests = play(catalog, always(completion(None)))
    assert (env.episode.verdict.end, env.episode.verdict.is_correct) == ("out_of_turns", False)
    assert usage.empty == usage.requests == env.episode.max_turns
    assert requests[-1]["messages"][-1] == {"role": "user", "content": SILENCE}


def test_a_cut_reply_is_counted(catalog):
    _, usage, _ = play(catalog, always(completion("<think>long", finish="length")), style="json")
    assert (usage.cut, usage.empty) == (1, 1)


def test_a_dialogue_too_long_is_the_models_failure(catalog):
    refusal = Answer({"message": "maximum context length is 10 tokens"}, status=400)
    env, usage, _ = play(catalog, always(refusal), style="json")
    assert (env.episode.verdict.cause, usage.cut, usage.unanswered) == ("format", 1, 0)


def test_an_endpoint_that_does_not_answer_makes_the_episode_invalid_in_the_middle_of_a_turn(catalog):
    def script(body, times):
        said = sum(m["role"] == "assistant" for m in body["messages"])
        return Answer({}, status=503) if said == 2 else completion(None, [("cart_view", "{}")])

    env, usage, _ = play(catalog, script)
    verdict = env.episode.verdict
    assert (verdict.end, verdict.reward.total, usage.unanswered) == ("invalid", None, 1)
    assert "status 503" in verdict.detail


def test_several_calls_in_one_reply_and_their_results_in_order(catalog):
    calls = [("cart_view", "{}"), ("datetime_now", {}), ("message_user", '{"text": "Anything else?"}')]
    done = completion(None, [("submit", "{}")])
    env, _, requests = play(
        catalog, lambda body, times: done if len(body["messages"]) > 2 else completion("Looking.", calls)
    )
    assistant, *tools = requests[1]["messages"][2:]
    assert assistant["content"] == "Looking."
    assert [c["function"]["name"] for c in assistant["tool_calls"]] == [n for n, _ in calls]
    assert [t["tool_call_id"] for t in tools] == [c["id"] for c in assistant["tool_calls"]]
    assert "lines" in json.loads(tools[0]["content"])
    assert json.loads(tools[2]["content"])["customer"] == env.episode.turns[0].reply.text
    assert len(env.episode.turns) == 2


def test_calls_in_the_text_become_calls_of_the_protocol(catalog):
    text = 'I look. <tool_call>\n{"name": "cart_view", "arguments": {}}\n</tool_call>'
    env, _, requests = play(
        catalog,
        lambda body, times: completion(text) if len(body["messages"]) == 2 else completion(None, [("submit", "{}")]),
    )
    assistant, tool = requests[1]["messages"][2:]
    assert (assistant["content"], assistant["tool_calls"][0]["function"]["name"]) == ("I look.", "cart_view")
    assert tool["tool_call_id"] == assistant["tool_calls"][0]["id"]
    assert env.episode.turns[0].action.calls[0].name == "cart.view"


def test_ids_that_a_server_leaves_out_are_different_in_every_turn(catalog):
    bare = {"choices": [{"message": {"tool_calls": [{"function": {"name": "cart_view", "arguments": "{}"}}] * 2}}]}
    _, _, requests = play(catalog, always(bare))
    ids = [c["id"] for m in requests[-1]["messages"] for c in m.get("tool_calls", [])]
    assert len(ids) == len(set(ids)) > 4

"""Episodes as text: same rewards as the engine in both styles, and what trainers need of the dialogue."""

import asyncio

import pytest

from ecom_rlve.adapters.text import TextEpisode, run_episode
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.views import to_json
from ecom_rlve.env.chat import as_text, native_calls
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


def solved(name, catalog):
    env = Env(catalog)
    env.reset(name)
    return solve(env).reward, env.episode.turns


def hermes(turn):
    calls = native_calls(turn.action)
    written = [dumps({"name": c.name.replace(".", "_"), "arguments": to_json(c.args)}) for c in calls]
    return "".join(f"<tool_call>\n{text}\n</tool_call>" for text in written)


@pytest.mark.parametrize("style", ["json", "native"])
@pytest.mark.parametrize("name", TASKS)
def test_run_episode_earns_what_the_engine_gives(name, style, catalog):
    spec = f"{name}-v0/d3/s11"
    expected, turns = solved(spec, catalog)
    texts = [as_text(turn.action) if style == "json" else hermes(turn) for turn in turns]
    texts[0] = f"<think>Let me see.</think>{texts[0]}"
    said = iter(texts)

    async def agent(messages):
        assert messages[-1]["role"] in ("user", "tool")
        return next(said)

    result = asyncio.run(run_episode(spec, agent, style=style, catalog=catalog))
    assert result.reward == expected
    assert result.verdict.is_correct
    assert [m["content"] for m in result.messages if m["role"] == "assistant"] == texts


def test_many_episodes_in_one_loop_do_not_mix(catalog):
    specs = [f"cart_building-v0/d1/s{seed}" for seed in range(6)]
    plans = {spec: solved(spec, catalog) for spec in specs}

    def agent(spec):
        said = iter(plans[spec][1])

        async def next_text(messages):
            await asyncio.sleep(0)
            return as_text(next(said).action)

        return next_text

    async def all_of_them():
        return await asyncio.gather(*(run_episode(s, agent(s), catalog=catalog) for s in specs))

    assert [r.reward for r in asyncio.run(all_of_them())] == [plans[s][0] for s in specs]


def test_native_words_reach_the_customer_and_garbage_ends_it(catalog):
    episode = TextEpisode("policy_qa-v0/d0/s1", style="native", catalog=catalog)
    assert {tool["function"]["name"] for tool in episode.tools} >= {"message_user", "submit", "policy_search"}
    step = episode.step("How can I help you?")
    assert not step.done
    assert step.messages[0]["role"] == "user"
    assert step.text
    with pytest.raises(RuntimeError, match="turns are left"):
        _ = episode.result
    step = episode.step("<tool_call>{not json</tool_call>")
    assert (step.done, step.reward) == (True, -1.0)
    assert episode.result.verdict.cause == "format"


def test_what_an_agent_raises_comes_through(catalog):
    async def agent(messages):
        raise ConnectionError("endpoint is gone")

    with pytest.raises(ConnectionError):
        asyncio.run(run_episode("policy_qa-v0/d0/s1", agent, catalog=catalog))

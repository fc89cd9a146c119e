"""A real OpenEnv client plays everything over a real socket, with the rewards of the engine."""

import asyncio
import json
import urllib.error
import urllib.request

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

from openenv.core import GenericEnvClient
from openenv.core.env_server.mcp_types import CallToolAction
from openenv.core.mcp_client import MCPToolClient

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.adapters.openenv.environment import EcomEnvironment
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.views import to_json
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


def plan(catalog, spec):
    """Return the oracle's reward and its calls as (name, arguments)."""
    env = Env(catalog)
    env.reset(spec)
    reward = solve(env).reward
    budget = env.episode.difficulty.B_tool
    calls = [c for turn in env.episode.turns for c in turn_calls(turn.action, budget)]
    return reward, [(c.name.replace(".", "_"), to_json(c.args)) for c in calls]


async def play(client, spec, calls):
    result = await client.reset(spec=spec)
    for name, arguments in calls:
        assert not result.done
        result = await client.call(name, **arguments)
    return result


@pytest.mark.parametrize("name", TASKS)
def test_every_environment_gives_the_reward_of_the_engine(name, server, catalog):
    spec = f"{name}-v0/d4/s3"
    expected, calls = plan(catalog, spec)

    async def run():
        async with EcomClient(base_url=server.url) as client:
            result = await play(client, spec, calls)
            assert (result.done, result.reward) == (True, expected)
            assert result.observation.is_correct
            assert result.observation.components.r_eff == 1.0
            state = await client.state()
            assert state.done
            assert state.step_count == len(calls)
            again = await client.call("cart_view")
            assert again.done
            assert "episode is over" in again.observation.error.message

    asyncio.run(run())


def test_observations_are_the_engines_own(server, catalog):
    spec = "cart_building-v0/d3/s8"
    _, calls = plan(catalog, spec)
    env = Env(catalog)
    env.reset(spec)

    async def run():
        async with EcomClient(base_url=server.url) as client:
            result = await client.reset(spec=spec)
            assert result.observation.customer == env.episode.opening.text
            assert result.observation.system_prompt == env.system_prompt("native")
            for name, arguments in calls:
                result = await client.call(name, **arguments)
                seen = env.play_text(f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>")[0]
                assert result.observation.turns_left == seen.observation.turns_left
                assert result.observation.customer == seen.observation.message
                if seen.observation.results:
                    inner = result.observation.result
                    inner = inner["result"] if seen.observation.message else inner
                    assert json.loads(seen.observation.results[0].text()) == inner

    asyncio.run(run())


def test_generic_client_and_synchronous_client(server):
    with GenericEnvClient(base_url=server.url).sync() as client:
        result = client.reset(env="policy_qa-v0", difficulty=0, seed=4)
        assert result.observation["customer"]
        result = client.step({"type": "call_tool", "tool_name": "no_such_tool", "arguments": {}})
        assert (result.done, result.reward) == (True, -1.0)
        assert result.observation["cause"] == "invalid_tool"
    with EcomClient(base_url=server.url).sync() as client:
        result = client.reset(split="test", index=7)
        assert result.observation.turns_left > 0


def test_mcp_client_lists_and_calls(server):
    async def run():
        async with MCPToolClient(base_url=server.url) as client:
            names = {tool.name for tool in await client.list_tools()}
            assert {"catalog_search", "message_user", "submit"} <= names
            assert not names & {"reset", "step", "state", "close"}
            await client.reset(spec="order_tracking-v0/d0/s1")
            tools = {tool.name: tool for tool in await client.list_tools(use_cache=False)}
            assert "order_id" in tools["submit"].input_schema["properties"]
            orders = await client.call_tool("order_list", days=365)
            assert orders["result"]["orders"]
            assert orders["reward"] == 0.0
            result = await client.step(CallToolAction(tool_name="message_user", arguments={"text": "Which order?"}))
            assert result.observation.result["customer"]
            assert result.reward == 0.0

    asyncio.run(run())


def test_lost_connections_are_mended(server, catalog):
    spec = "journey-v0/d2/s5"
    expected, calls = plan(catalog, spec)

    async def run():
        async with EcomClient(base_url=server.url) as client:
            result = await client.reset(spec=spec)
            for number, (name, arguments) in enumerate(calls):
                if number % 3 == 1:
                    await client._ws.close()
                result = await client.call(name, **arguments)
            assert (result.done, result.reward) == (True, expected)

    asyncio.run(run())


def test_unnamed_episodes_can_be_brought_back(server):
    async def run():
        async with EcomClient(base_url=server.url) as client:
            opening = (await client.reset(env="returns-v0")).observation
            await client.call("message_user", text="Which order is it about?")
            again = (await client.resume()).observation
            assert again.turns_left == opening.turns_left - 1
            await client.call("datetime_now")
            assert len(client.log) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"spec": "nothing-v0/d0/s0"}, "unknown environment"),
        ({"spec": "cart_building-v0/d0/s0", "seed": 1}, "name the episode by"),
        ({"seed": "1"}, "reset: seed"),
        ({"seed": -1}, "reset: seed"),
        ({"split": "train"}, "belong together"),
        ({"split": "secret", "index": 0}, "unknown split"),
        ({"split": "test", "index": 10**9}, "tasks 0"),
        ({"goal": True}, "reset: goal"),
        ({"axes": {"eps_rank": 2.0}}, "eps_rank"),
        ({"difficulty": 10**6}, "difficulty"),
        ({"log": [{"tool_name": "cart_view", "arguments": []}]}, "reset: log"),
    ],
)
def test_what_cannot_be_reset_is_said_and_the_session_lives_on(arguments, why, server):
    async def run():
        async with EcomClient(base_url=server.url) as client:
            with pytest.raises(RuntimeError, match=why):
                await client.reset(**arguments)
            assert (await client.reset(seed=0)).observation.customer

    asyncio.run(run())


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_tasks_can_be_discovered_and_have_no_seeds(server):
    splits = {s["name"] for s in json.load(urllib.request.urlopen(f"{server.url}/ecom_rlve/splits"))}
    assert splits == {"train", "test"}
    assert post(f"{server.url}/ecom_rlve/num_tasks", {"split": "test"})["num_tasks"] == 8 * 11 * 50
    task = post(f"{server.url}/ecom_rlve/task", {"split": "test", "index": 12})["task"]
    assert set(task) == {"id", "index", "env", "difficulty"}
    assert len(post(f"{server.url}/ecom_rlve/task_range", {"split": "train", "start": 5, "stop": 9})["tasks"]) == 4
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post(f"{server.url}/ecom_rlve/task", {"split": "test", "index": -1})


def test_stateless_http_resets_and_refuses_to_step_without_an_episode(server):
    assert post(f"{server.url}/reset", {"spec": "cart_building-v0/d0/s1"})["observation"]["customer"]
    stepped = post(f"{server.url}/step", {"action": {"tool_name": "cart_view", "arguments": {}}})
    assert "reset first" in stepped["observation"]["error"]["message"]
    with pytest.raises(urllib.error.HTTPError, match="422"):
        post(f"{server.url}/reset", {"spec": "nothing-v0/d0/s0"})


def test_rubric_tree_mirrors_the_reward(catalog):
    env = EcomEnvironment(catalog)
    reward, calls = plan(catalog, "substitution-v0/d1/s2")
    env.reset(spec="substitution-v0/d1/s2")
    for name, arguments in calls:
        observation = env.step(CallToolAction(tool_name=name, arguments=arguments))
    scores = {name: rubric.last_score for name, rubric in env.rubric.named_rubrics()}
    assert set(scores) == {"task", "efficiency", "grounding"}
    assert env.rubric.last_score == reward == observation.reward
    assert 0.75 * scores["task"] + 0.15 * scores["efficiency"] + 0.10 * scores["grounding"] == pytest.approx(reward)


def test_page_escapes_and_offers_actions(catalog):
    env = EcomEnvironment(catalog)
    opening = env.reset(seed=0).model_dump()
    assert "turns left" in env.render_web(opening)
    for label, action in env.web_actions(opening):
        assert label
        env.reset(seed=0)
        assert not env.step(CallToolAction(**action)).invalid
    evil = {
        "customer": "<script>alert(1)</script>",
        "tool_name": "<b>",
        "result": {"x": "</pre><img>"},
        "turns_left": 1,
    }
    assert not {"<script", "<img", "<b>&"} & set(env.render_web(evil).split("alert"))
    assert "<script" not in env.render_web(evil)
    assert "<img" not in env.render_web(evil)


def test_a_session_closed_for_idling_says_so(catalog):
    env = EcomEnvironment(catalog)
    env.reset(seed=0)
    env.close()
    with pytest.raises(RuntimeError, match="closed after idling"):
        env.step(CallToolAction(tool_name="cart_view"))
    with pytest.raises(RuntimeError, match="closed after idling"):
        env.reset(seed=0)

"""The official client lets an assistant shop over standard input and output, with the rewards of the engine."""

import asyncio
import json
import sys

import pytest

pytest.importorskip("mcp.server.lowlevel", reason="needs the extra: make test-mcp")
pytest.importorskip("mcp_types", reason="needs mcp 2: make test-mcp")

from mcp import Client, StdioServerParameters

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.views import to_json
from ecom_rlve.env.env import Env
from ecom_rlve.env.replay import replay
from ecom_rlve.env.trace import read_trace
from ecom_rlve.tasks.registry import TASKS


def client(spec, *more):
    code = "from ecom_rlve.apps.cli import main; main()"
    return Client(
        StdioServerParameters(command=sys.executable, args=["-c", code, "mcp", spec, "--size", "2000", *more])
    )


def plan(catalog, spec):
    env = Env(catalog)
    env.reset(spec)
    solve(env)
    budget = env.episode.difficulty.B_tool
    calls = [c for turn in env.episode.turns for c in turn_calls(turn.action, budget)]
    return [(c.name.replace(".", "_"), to_json(c.args)) for c in calls]


@pytest.mark.parametrize("name", TASKS)
def test_an_assistant_plays_and_its_trace_replays(name, catalog, tmp_path):
    spec, trace = f"{name}-v0/d2/s4", tmp_path / "t.jsonl"

    async def run():
        async with client(spec, "--trace", str(trace)) as assistant:
            for tool, arguments in plan(catalog, spec):
                result = await assistant.call_tool(tool, arguments)
                assert not result.is_error
            assert "Verdict: correct, reward 0.900" in result.content[0].text
            over = await assistant.call_tool("cart_view", {})
            assert over.is_error
            assert "The episode is over" in over.content[0].text

    asyncio.run(run())
    assert replay(read_trace(trace), catalog) == ""


def test_what_a_client_is_told_suffices_to_begin(catalog):
    spec = "order_tracking-v0/d0/s1"
    env = Env(catalog)
    env.reset(spec)
    opening = env.episode.opening.text

    async def run():
        async with client(spec) as assistant:
            tools = {tool.name: tool for tool in (await assistant.list_tools()).tools}
            assert opening in tools["message_user"].description
            assert tools["order_list"].annotations.read_only_hint
            assert not tools["cart_add"].annotations.read_only_hint
            assert "order_id" in tools["submit"].input_schema["properties"]
            prompt = await assistant.get_prompt("serve_customer")
            assert opening in prompt.messages[0].content.text
            result = await assistant.call_tool("order_get_status", {"order_id": "O0000000"})
            assert result.is_error
            assert json.loads(result.content[0].text)["error"] == "not_found"
            result = await assistant.call_tool("no_such_tool", {})
            assert result.is_error
            assert "reward -1.000" in result.content[0].text

    asyncio.run(run())

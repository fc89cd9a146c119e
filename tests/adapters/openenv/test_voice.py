"""A customer worded by a model: heard where it says the same, and never waited for longer than said."""

import asyncio
import json
import logging

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

from openenv.core.env_server.mcp_types import CallToolAction

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.adapters.openenv.app import Settings
from ecom_rlve.adapters.openenv.environment import EcomEnvironment
from ecom_rlve.adapters.openenv.voice import Speaker
from ecom_rlve.agents.model.endpoint import Endpoint, Patience
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.errors import EndpointError, SpecError
from ecom_rlve.core.views import to_json
from ecom_rlve.env.env import Env
from ecom_rlve.users.voice import Voice

SPEC = "cart_building-v0/d3/s8"
ASKING = CallToolAction(tool_name="message_user", arguments={"text": "Which colour would you like?"})


async def slow_echo(messages, number):
    await asyncio.sleep(0.01)
    return messages[-1]["content"].replace("[", "").replace("]", "").rstrip(".") + "!"


def words(env):
    episode = env._shell.episode
    return [r.words for r in (episode.opening, *(turn.reply for turn in episode.turns)) if r is not None and r.text]


def test_a_voice_is_heard_and_the_reward_is_the_same(catalog):
    engine = Env(catalog)
    engine.reset(SPEC)
    expected = solve(engine).reward
    turns, budget = engine.episode.turns, engine.episode.difficulty.B_tool

    async def run():
        env = EcomEnvironment(catalog, customer=Voice(slow_echo))
        opening = await env.reset_async(spec=SPEC)
        assert opening.customer.endswith("!")
        for call in (call for turn in turns for call in turn_calls(turn.action, budget)):
            action = CallToolAction(tool_name=call.name.replace(".", "_"), arguments=to_json(call.args))
            observation = await env.step_async(action)
        assert "voice" in words(env)
        assert (observation.done, observation.reward) == (True, expected)

    asyncio.run(run())


def test_messages_of_one_session_wait_for_each_other(catalog):
    async def run():
        env = EcomEnvironment(catalog, customer=Voice(slow_echo))
        before = (await env.reset_async(spec=SPEC)).turns_left
        answers = await asyncio.gather(*(env.step_async(ASKING) for _ in range(3)))
        assert [before - answer.turns_left for answer in answers] == [1, 2, 3]

    asyncio.run(run())


def test_who_cannot_wait_is_told(catalog):
    with pytest.raises(RuntimeError, match="await reset_async"):
        EcomEnvironment(catalog, customer=Voice(slow_echo)).reset(spec=SPEC)


def test_a_dead_model_is_asked_once_in_a_while_and_not_named(caplog):
    async def run():
        speaker = Speaker(Endpoint("http://127.0.0.1:9", "any", patience=Patience(1.0, 1)), rest_s=60.0)
        for why in ("the voice failed", "the voice rests", "the voice rests"):
            with pytest.raises(EndpointError) as told:
                await speaker([{"role": "user", "content": "Hello."}], 1)
            assert str(told.value) == why
        assert speaker._client.traffic.faults == {"connection": 1}

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "wrong", [{"voice": "ftp://x"}, {"voice": "http://x"}, {"voice": "http://x", "voice_model": "m", "voice_s": 0}]
)
def test_a_voice_that_cannot_be_is_refused_at_the_start(wrong):
    with pytest.raises(SpecError):
        Settings(**json.loads(json.dumps(wrong)))

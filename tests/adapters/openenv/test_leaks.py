"""No seed and no goal in anything that the server tells, whatever goes wrong in it."""

import asyncio
import json
import urllib.request

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

from openenv.core.env_server.mcp_types import CallToolAction, ListToolsAction

from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.adapters.openenv.environment import EcomEnvironment
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.users.customer import Customer

SEED = 918273645546372
"""Long enough to occur nowhere by accident."""


@pytest.mark.parametrize("name", TASKS)
def test_nothing_in_an_episode_names_its_seed(name, catalog):
    env = EcomEnvironment(catalog)
    told = [env.reset(env=f"{name}-v0", difficulty=2, seed=SEED).model_dump_json(), env.state.model_dump_json()]
    for call in ("datetime_now", "cart_view", "user_get_visit_history"):
        told.append(env.step(CallToolAction(tool_name=call)).model_dump_json())
    told.append(env.step(ListToolsAction()).model_dump_json())
    told.append(env.step(CallToolAction(tool_name="no_such_tool")).model_dump_json())
    told.append(env.state.model_dump_json())
    assert not [text for text in told if str(SEED) in text or "/s9182" in text]


def test_our_own_failure_is_told_without_its_inside(catalog, monkeypatch):
    def broken(self, *args):
        raise RuntimeError(f"goal of seed {SEED}")

    env = EcomEnvironment(catalog)
    env.reset(seed=SEED)
    monkeypatch.setattr(Customer, "respond", broken)
    observation = env.step(CallToolAction(tool_name="message_user", arguments={"text": "Hello?"}))
    assert (observation.done, observation.reward, observation.invalid) == (True, None, True)
    assert str(SEED) not in observation.model_dump_json() + env.state.model_dump_json()
    assert "Traceback" not in observation.model_dump_json()


def test_public_endpoints_tell_nothing_of_a_session(server):
    async def run():
        async with EcomClient(base_url=server.url) as client:
            await client.reset(env="returns-v0", difficulty=1, seed=SEED)
            told = []
            for path in ("/state", "/metadata", "/schema", "/health", "/openapi.json", "/ecom_rlve/splits"):
                with await asyncio.to_thread(urllib.request.urlopen, f"{server.url}{path}") as answer:
                    told.append(answer.read().decode())
            assert not [text for text in told if str(SEED) in text]
            assert json.loads(told[0])["env"] == ""

    asyncio.run(run())

"""Faults on a small scale, with the code that `make bench-server` runs on a big one."""

import asyncio

import pytest

pytest.importorskip("schemathesis", reason="make test-openenv")
pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

from benchmarks.server import faults, fuzz, page
from benchmarks.server.load import load, sessions_over_time
from benchmarks.server.plans import plans
from benchmarks.server.stalled import stalled_voice
from websockets.exceptions import InvalidStatus

from ecom_rlve.adapters.openenv.client import EcomClient


@pytest.fixture(scope="module")
def known():
    return plans(12)


@pytest.fixture(scope="module")
def small(serve):
    """A server with few places, which the tests may kill."""
    return serve(sessions=6)


def test_sessions_do_not_mix(server, known):
    brought = asyncio.run(load(server, 12, 2, known))
    assert (brought.episodes, brought.wrong, brought.mixed) == (24, 0, 0)


def test_known_rewards_differ(known):
    assert len({plan.reward for plan in known}) > 2
    assert any(not plan.done for plan in known) or min(plan.reward for plan in known) < 0
    assert len({plan.opening for plan in known}) == len(known)


@pytest.mark.parametrize("fault", ["killed_clients", "slow_clients", "oversized", "flood", "killed_server"])
def test_nothing_is_lost(fault, small, known):
    count = {"killed_clients": 8, "slow_clients": 2, "oversized": 2, "flood": 20, "killed_server": 3}[fault]
    brought = asyncio.run(getattr(faults, fault)(small, count, known))
    assert brought.lost == 0, brought
    assert brought.episodes > 0


def test_rubbish_is_answered_or_hung_up_on(small, known):
    brought = asyncio.run(faults.malformed(small, known))
    assert brought.lost == 0
    assert brought.injected > len(faults.RUBBISH)
    assert small.is_alive()


def test_sessions_come_and_go(small, known):
    early, late, wrong = asyncio.run(sessions_over_time(small, 20, known[0], at_once=4))
    assert wrong == 0
    assert late - early < 20


def test_token_over_the_socket(serve):
    server = serve(token="open sesame", sessions=2)

    async def run():
        with pytest.raises((InvalidStatus, ConnectionError)):
            async with EcomClient(base_url=server.url) as stranger:
                await stranger.reset(seed=0)
        headers = {"Authorization": "Bearer open sesame"}
        async with EcomClient(base_url=server.url, headers=headers) as friend:
            assert (await friend.reset(seed=0)).observation.customer

    asyncio.run(run())


def test_page_says_what_was_run():
    out = {
        "load": {
            "sessions": 4,
            "episodes": 8,
            "of_each": 2,
            "steps": 40,
            "wrong": 0,
            "mixed": 7,
            "seconds": 1.0,
            "cpu_s": 0.5,
        },
        "faults": [{"name": "flood", "injected": 9, "episodes": 4, "lost": 1, "note": ""}],
        "fuzz": [{"where": "HTTP", "inputs": 1234, "refused": 9, "failures": ["x"]}, {"episodes": 3, "wrong": 2}],
        "speed": {"steps": 100, "served": 1000.0, "session": 2000.0, "in_process": 3000.0, "cores": 2},
    }
    text = page.written(out)
    assert "4 sessions instead of 64" in text
    assert "; 7 answers" in text
    assert "| **all** | 9 | 4 | **1** | |" in text
    assert "| HTTP | 1,234 | 9 | 1 |" in text
    assert "3 episodes were played on the same server: **2 lost**" in text
    assert "3.0 times" in text
    assert "takes 500 µs" in text
    assert "## Memory\n\n**Not on record.**" in text


def test_bad_inputs_are_refused_and_show_no_inside(server):
    over_http = fuzz.over_http(server, 4)
    over_sockets = asyncio.run(fuzz.over_sockets(server, 80))
    assert (over_http.failures, over_sockets.failures) == ([], [])
    assert over_http.refused > 10
    assert over_sockets.inputs == 80


@pytest.mark.parametrize("way", ["stalls", "refuses"])
def test_a_broken_voice_is_the_grammars(way, known):
    brought = asyncio.run(stalled_voice(2, known, [way]))
    assert brought.lost == 0, brought
    assert brought.injected > 0

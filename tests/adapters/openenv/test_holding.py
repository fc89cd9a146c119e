"""What a running server keeps: no idle session, one catalogue for all processes, and no name in its log."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

from benchmarks.server.faults import ASKING, RUBBISH
from benchmarks.server.process import ask, opened
from websockets.exceptions import ConnectionClosed

SEED = 918273645546372
"""Long enough to occur nowhere by accident."""


async def is_admitted(server):
    """Whether there is a place; a refusal may be followed by the end of the connection before anything was asked."""
    async with opened(server) as other:
        with contextlib.suppress(ConnectionClosed):
            answer = await ask(other, "reset", {"seed": 0})
            assert answer["type"] == "observation" or answer["data"]["code"] == "CAPACITY_REACHED"
            return answer["type"] == "observation"
    return False


def test_idle_sessions_make_room_and_are_told(serve):
    server = serve(sessions=1, idle_s=1)

    async def run():
        async with opened(server) as idle:
            assert (await ask(idle, "reset", {"seed": 0}))["type"] == "observation"
            refused = 0
            while not await is_admitted(server):
                refused += 1
                await asyncio.sleep(0.5)
            assert refused
            late = await ask(idle, "step", {"type": "call_tool", "tool_name": "cart_view", "arguments": {}})
            assert "closed after idling" in late["data"]["message"]

    asyncio.run(run())


def children(pid):
    found = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]
    return [p for p in found if parent(p) == pid and "spawn_main" in command(p)]


def parent(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def mapped(pid):
    """Return device and inode of every catalogue file that a process has mapped."""
    lines = [line.split(maxsplit=5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return {(line[3], line[4]) for line in lines if len(line) > 5 and "catalogs" in line[5]}


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="needs /proc")
def test_all_workers_map_one_catalogue(serve):
    server = serve(sessions=4, workers=2)
    try:
        for _ in range(240):
            workers = [pid for pid in children(server.process.pid) if mapped(pid)]
            if len(workers) == 2:
                break
            time.sleep(0.5)
        first, second = (mapped(pid) for pid in workers)
        assert first == second
        assert len(first) >= 2
    finally:
        os.kill(server.process.pid, signal.SIGTERM)  # To the parent, which ends its workers.
        server.process.wait(60)


def test_the_log_names_no_episode_and_grows_with_no_lost_client(serve, tmp_path):
    log = tmp_path / "log"
    server = serve(log=log)

    async def run():
        for message in RUBBISH[:12]:
            async with opened(server) as ws:
                await ws.send(message)
                await ask(ws, "reset", {"spec": f"returns-v0/d1/s{SEED}"})
        async with opened(server) as ws:
            await ask(ws, "reset", {"seed": SEED, "goal": SEED})
            await ask(ws, "reset", {"spec": f"returns-v0/d1/s{SEED}"})
            await ask(ws, "step", {"type": "call_tool", "tool_name": "no_such_tool", "arguments": {}})

        async with opened(server) as gone:
            for _ in range(200):
                await gone.send(ASKING)
            gone.transport.abort()
        async with opened(server) as ws:
            await ask(ws, "reset", {"seed": SEED})

    asyncio.run(run())
    server.kill()
    told = log.read_text()
    assert str(SEED) not in told
    assert "Traceback" not in told

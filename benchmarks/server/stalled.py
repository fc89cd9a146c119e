"""A model that should word what customers say, and does not: it stalls, drips, fails or refuses.

The grammar's own lines must be said instead, so that every answer is letter for letter the one known beforehand.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.server.faults import Fault
from benchmarks.server.load import load
from benchmarks.server.plans import Plan
from benchmarks.server.process import Server, ask, new_server, opened

PATIENCE_S = 1.0
"""Longest that a line of these servers waits."""
WAYS = {
    "stalls": b"",
    "drips": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    "fails": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    "refuses": b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    "garbles": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
}
"""How a model can fail, and the first bytes that it sends."""


@dataclass
class Broken:
    """An endpoint that fails in one way."""

    way: str
    asked: int = 0
    """Requests so far."""
    lines: list[asyncio.Task[None] | None] = field(default_factory=list)
    """Its connections."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the other side hangs up."""
        self.lines.append(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                await reader.readexactly(length)
                self.asked += 1
                writer.write(WAYS[self.way])
                while self.way == "drips":
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)


@asynccontextmanager
async def broken(way: str) -> AsyncIterator[tuple[Broken, str]]:
    """Yield a broken endpoint and its address."""
    endpoint = Broken(way)
    listening = await asyncio.start_server(endpoint.answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield endpoint, f"http://127.0.0.1:{port}/v1"
    finally:
        listening.close()
        open_lines = [line for line in endpoint.lines if line is not None]
        for line in open_lines:
            line.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)
        await asyncio.sleep(0)  # Sockets are closed by the loop's next round.


async def stalled_voice(sessions: int, known: Sequence[Plan], ways: Sequence[str] = tuple(WAYS)) -> Fault:
    """Serve customers whose voice is broken in every way, one server after another."""
    injected = episodes = lost = 0
    longest = 0.0
    for way in ways:
        async with broken(way) as (endpoint, address):
            server = new_server(sessions=sessions, voice=address, voice_model="any", voice_s=PATIENCE_S)
            await asyncio.to_thread(server.start)
            try:
                longest = max(longest, await _first_line(server, known[0]))
                played = await load(server, sessions, 1, known)
            finally:
                server.kill()
            injected += endpoint.asked
            episodes += played.episodes
            lost += played.wrong + played.mixed + (endpoint.asked == 0)
    note = f"{', '.join(ways)}: with {PATIENCE_S:g} s of patience the longest first line took {longest:.1f} s"
    return Fault("voice of a customer that stalls or fails", injected, episodes, lost, note)


async def _first_line(server: Server, plan: Plan) -> float:
    """Return the seconds until a customer opened whose voice has not failed before."""
    async with opened(server) as ws:
        began = time.monotonic()
        await ask(ws, "reset", {"spec": plan.spec})
        return time.monotonic() - began

"""What real training does to a server: clients and servers die, stall, flood and send rubbish.

Every fault is followed by whole episodes, whose rewards must be the engine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.server.load import load
from benchmarks.server.plans import Plan
from benchmarks.server.process import Server, ask, opened
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.adapters.openenv.guard import MAX_BODY

GONE = (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, TimeoutError)
RUBBISH: tuple[str | bytes, ...] = (
    "", "{", "[]", "null", "0", '"reset"', '{"type": "reset", "data": []}',
    '{"type": "reset", "data": {"seed": 1e999}}',
    '{"type": "step"}', '{"type": "step", "data": {"type": "call_tool"}}', '{"type": "step", "data": {"x": 1}}',
    '{"type": "step", "data": {"type": "call_tool", "tool_name": "cart_view", "arguments": "rm -rf"}}',
    '{"type": "goal"}', '{"type": "state", "data": {}}', '{"type": ["reset"]}', '{"type": "mcp", "data": {"a": NaN}}',
    "[" * 100_000, '{"type":' * 50_000, "\x00\x01\x02", b"\x80\x81\xff", "🛒" * 1000,
    '{"type": "reset", "data": {"spec": "../../etc/passwd"}}', '{"type": "reset", "data": {"spec": "%s%n{0}"}}',
    '{"type": "reset", "data": {"split": "train", "index": -5}}', '{"type": "reset", "data": {"difficulty": 1000000}}',
    '{"type": "reset", "data": {"log": [{"tool_name": "submit", "arguments": {"__class__": "os"}}]}}',
)  # fmt: skip

ASKING = json.dumps(
    {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"pad": "x" * 5000}}}
)
"""Long to send and long to answer, so that a few thousand of them fill every buffer on the way."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and what came of it."""

    name: str
    injected: int
    episodes: int
    """Played after it, or through it."""
    lost: int
    """Of them with another reward than in process, or none."""
    note: str = ""


async def killed_clients(server: Server, count: int, known: Sequence[Plan]) -> Fault:
    """Clients vanish in the middle of an episode, without a word: their places must be free again."""

    async def vanish(plan: Plan) -> None:
        async with opened(server) as ws:
            await ask(ws, "reset", {"spec": plan.spec})
            await ask(ws, "step", plan.calls[0])
            ws.transport.abort()

    for number in range(count):
        with contextlib.suppress(*GONE):
            await vanish(known[number % len(known)])
    after = await load(server, server.settings.sessions, 1, known)
    return Fault("client killed in mid-episode", count, after.episodes, after.wrong, "every place is free again")


async def killed_server(server: Server, count: int, known: Sequence[Plan]) -> Fault:
    """The server is killed in the middle of `count` episodes and started again: clients finish them."""
    chosen = [known[n % len(known)] for n in range(count)]
    clients = [EcomClient(base_url=server.url, message_timeout_s=60.0) for _ in chosen]
    lost = 0
    for client, plan in zip(clients, chosen, strict=True):
        await client.reset(spec=plan.spec)
        await client.call(plan.calls[0]["tool_name"], **plan.calls[0]["arguments"])
    server.kill()
    await asyncio.to_thread(server.start)
    for client, plan in zip(clients, chosen, strict=True):
        result = None
        for call in plan.calls[1:]:
            result = await client.call(call["tool_name"], **call["arguments"])
        if result is None:
            result = await client.resume()
        lost += result.reward != plan.reward
        await client.close()
    return Fault("server killed and started again", 1, count, lost, "episodes resumed from name and calls")


async def slow_clients(server: Server, count: int, known: Sequence[Plan]) -> Fault:
    """Clients ask and ask and never read; the others must not notice."""
    done = asyncio.Event()
    stuck = slipped = 0

    async def stall(plan: Plan) -> None:
        nonlocal stuck, slipped
        async with opened(server) as ws:
            await ws.send(json.dumps({"type": "reset", "data": {"spec": plan.spec}}))
            with contextlib.suppress(*GONE):
                for _ in range(20_000):
                    await asyncio.wait_for(ws.send(ASKING), 3)
                slipped += 1
            stuck += 1
            await done.wait()
            ws.transport.abort()

    tasks = [asyncio.create_task(stall(known[number % len(known)])) for number in range(count)]
    while stuck < count:
        await asyncio.sleep(0.1)
    others = await load(server, server.settings.sessions - count, 2, known)
    done.set()
    await asyncio.gather(*tasks)
    return Fault(
        "client that asks and never reads",
        count,
        others.episodes,
        others.wrong + slipped,
        "until its sockets were full",
    )


async def oversized(server: Server, count: int, known: Sequence[Plan]) -> Fault:
    """Messages beyond the limit end their own connection, bodies are refused."""
    refused = 0
    for number in range(count):
        if number % 2:
            with contextlib.suppress(*GONE):
                async with opened(server) as ws:
                    await ws.send(json.dumps({"type": "reset", "data": {"spec": "x" * (MAX_BODY + 1)}}))
                    await ws.recv()
                    refused -= 1
            refused += 1
        else:
            refused += await asyncio.to_thread(_refuses_body, server)
    after = await load(server, min(8, server.settings.sessions), 2, known)
    return Fault("oversized message or body", count, after.episodes, after.wrong + count - refused, "1009, or 413")


async def malformed(server: Server, known: Sequence[Plan], rubbish: Sequence[str | bytes] = RUBBISH) -> Fault:
    """Rubbish gets an error or ends its own connection; in between, episodes go on."""
    unanswered = 0
    for piece in rubbish:
        with contextlib.suppress(*GONE):
            async with opened(server) as ws:
                await ws.send(piece)
                answer = json.loads(await asyncio.wait_for(ws.recv(), 30))
                unanswered += answer.get("type") not in ("error", "state", "mcp", "observation")
    raw = await asyncio.to_thread(_raw_rubbish, server)
    after = await load(server, min(8, server.settings.sessions), 2, known)
    return Fault("malformed message or frame", len(rubbish) + raw, after.episodes, after.wrong + unanswered)


async def flood(server: Server, count: int, known: Sequence[Plan]) -> Fault:
    """Far more sessions are opened than there are places: the rest is told so, and afterwards there is room again."""
    refused = held = unclear = 0
    enough = asyncio.Event()

    async def one() -> None:
        nonlocal refused, held, unclear
        try:
            async with opened(server) as ws:
                answer = await ask(ws, "reset", {"spec": known[0].spec})
                if answer["type"] == "observation":
                    held += 1
                    await enough.wait()
                else:
                    refused += answer["data"].get("code") == "CAPACITY_REACHED"
                    unclear += answer["data"].get("code") != "CAPACITY_REACHED"
        except InvalidHandshake:
            refused += 1  # 503 before the handshake
        except (ConnectionClosed, OSError):
            refused += 1

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    for _ in range(600):
        await asyncio.sleep(0.1)
        if held + refused + unclear == count:
            break
    enough.set()
    await asyncio.gather(*tasks)
    over = max(0, held - server.settings.sessions)
    after = await load(server, server.settings.sessions, 1, known)
    note = f"{held} held, {refused} refused"
    return Fault("flood of session opens", count, after.episodes, after.wrong + over + unclear, note)


def _refuses_body(server: Server) -> bool:
    request = urllib.request.Request(f"{server.url}/reset", b"x" * (MAX_BODY + 1), {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        return error.code == 413
    except OSError:
        return True  # The connection was closed while the body was still being sent.
    return False


def _raw_rubbish(server: Server) -> int:
    """Send bytes that are no HTTP, and frames that are no websocket's; return how many connections that were."""
    handshake = (
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    pieces = (
        b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 4096, handshake + b"\xff\xff\xff\xff",
        handshake + b"\x81\x05hello", handshake + b"\x8f\x80\x00\x00\x00\x00", handshake + b"\x81\xff" + b"\x7f" * 8,
        handshake + b"\x01\x85", handshake[:40],
    )  # fmt: skip
    for piece in pieces:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.settings.port), 10) as raw:
            raw.settimeout(0.5)
            raw.sendall(piece)
            raw.recv(4096)
    return len(pieces)

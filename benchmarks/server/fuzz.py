"""Bad inputs by the thousand: schemathesis on every HTTP operation, hypothesis on the socket's messages.

Drawn without a seed of the clock: every run tries the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from benchmarks.server.faults import GONE
from benchmarks.server.process import Server, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests import Response, Session

INSIDES = ("Traceback", "site-packages", "/src/", 'File "')
"""What no answer may show."""
ANSWERS = ("error", "state", "mcp", "observation")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_WORDS = st.sampled_from(
    ["cart_view", "catalog_search", "message_user", "submit", "__class__", "../..", "{0}", "cart_building-v0/d1/s1"]
)
_KEYS = st.sampled_from(
    ["spec", "seed", "env", "difficulty", "axes", "split", "index", "log", "type", "tool_name", "arguments", "method",
     "params", "jsonrpc", "id", "name", "session_id", "timeout_s", "goal", "metadata"]
)  # fmt: skip
_DATA = st.dictionaries(_KEYS, _JSON | _WORDS | st.dictionaries(_KEYS, _JSON | _WORDS, max_size=3), max_size=5)
_METHODS = st.sampled_from(
    ["tools/list", "tools/call", "openenv/session/create", "openenv/session/close", "initialize"]
)
_MCP = st.builds(
    lambda method, params, number: {"jsonrpc": "2.0", "method": method, "params": params, "id": number},
    _METHODS, _DATA, _JSON,
)  # fmt: skip
_STEP = st.builds(
    lambda name, arguments: {"type": "call_tool", "tool_name": name, "arguments": arguments}, _WORDS, _DATA
)
_RESET = st.just({"spec": "cart_building-v0/d1/s1"}) | _DATA
MESSAGES = st.one_of(
    st.builds(lambda kind, data: {"type": kind, "data": data}, _KEYS | st.text(max_size=9), _JSON),
    st.builds(lambda data: {"type": "reset", "data": data}, _RESET),
    st.builds(lambda data: {"type": "step", "data": data}, _STEP | _DATA),
    st.builds(lambda data: {"type": "mcp", "data": data}, _MCP | _DATA),
    st.just({"type": "state"}),
).map(json.dumps)
"""Messages, most of them wrong in a small way."""
CUT = st.builds(lambda text, end: text[: end % (len(text) + 1)], MESSAGES, st.integers(0, 10_000))


@dataclass
class Tried:
    """What came of many inputs."""

    where: str
    inputs: int = 0
    refused: int = 0
    """With an error that says so."""
    failures: list[str] = field(default_factory=list[str])
    """Inputs without an answer, or with one that should not have been."""

    def note(self, asked: str, answer: str, *, refused: bool, wrong: bool) -> None:
        """Count one answer."""
        self.inputs += 1
        self.refused += refused
        if wrong or any(inside in answer for inside in INSIDES):
            self.failures.append(f"{asked[:300]} -> {answer[:300]}")


def _drawn(strategy: st.SearchStrategy[Any], count: int, each: Any) -> None:
    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def draw(value: Any) -> None:
        each(value)

    draw()


def over_http(server: Server, count: int) -> Tried:
    """Try up to `count` inputs on every operation that the server describes."""
    tried = Tried("HTTP operations (schemathesis)")
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")

    def call(case: Any) -> None:
        with contextlib.suppress(UnicodeError):  # What no client can send is no input.
            response: Response = case.call(session=session, timeout=60)
            known = 200 <= response.status_code < 500
            asked = f"{case.method} {case.path} {case.body!r}"
            answer = f"{response.status_code} {response.text}"
            tried.note(asked, answer, refused=response.status_code >= 400, wrong=not known)

    with Session() as session:
        for result in schema.get_all_operations():
            _drawn(result.ok().as_strategy(), count, call)
    return tried


async def over_sockets(server: Server, count: int) -> Tried:
    """Send `count` messages, each fifth of them cut short, over sockets that are opened again when they are closed."""
    tried, messages = Tried("websocket messages (hypothesis)"), list[str]()
    _drawn(MESSAGES, count - count // 5, messages.append)
    _drawn(CUT, count // 5, messages.append)
    while messages:
        with contextlib.suppress(*GONE):
            async with opened(server) as ws:
                while messages:
                    await _ask(ws, messages.pop(), tried)
    return tried


async def _ask(ws: Any, message: str, tried: Tried) -> None:
    await ws.send(message)
    try:
        answer = await asyncio.wait_for(ws.recv(), 60)
    except GONE:
        # A message may ask for the end of the session; whatever else ends it is a fault.
        tried.note(message, "the connection was closed", refused=True, wrong='"close"' not in message)
        raise
    read = json.loads(answer)
    kind = read.get("type")
    refused = kind == "error" or bool(kind == "mcp" and read["data"].get("error"))
    tried.note(message, answer, refused=refused, wrong=kind not in ANSWERS)

"""The guard turns away what it should, before anything behind it is reached."""

import asyncio

import pytest

from ecom_rlve.adapters.openenv.guard import MAX_BODY, Guard, is_loopback


async def inner(scope, receive, send):
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})
    else:
        await send({"type": "websocket.accept"})


def ask(guard, path="/ws", kind="http", bodies=(b"",), **headers):
    """Return the messages that a request brings."""
    given = {"host": "127.0.0.1:8000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {"type": kind, "path": path, "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()]}
    incoming = [{"type": "http.request", "body": b, "more_body": i < len(bodies) - 1} for i, b in enumerate(bodies)]
    sent = []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


def status(sent):
    return sent[0].get("status", sent[0]["type"])


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("Bearer right", 200),
        ("bearer right", 200),
        ("Bearer wrong", 401),
        ("right", 401),
        ("Bearer ", 401),
        ("Bearer é", 401),
    ],
)
def test_token(authorization, expected):
    guard = Guard(inner, token="right")
    assert status(ask(guard, authorization=authorization)) == expected
    kind = "websocket.accept" if expected == 200 else "websocket.close"
    assert status(ask(guard, kind="websocket", authorization=authorization)) == kind


def test_without_a_token_only_health_is_told():
    guard = Guard(inner, token="right")
    assert status(ask(guard, path="/health")) == 200
    for path in ("/reset", "/mcp", "/schema", "/health/", "//health", "/state"):
        assert status(ask(guard, path=path)) == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::2]", "10.0.0.1"]
)
def test_rebound_names_are_refused(host):
    assert status(ask(Guard(inner), host=host)) == 403
    assert status(ask(Guard(inner), kind="websocket", host=host)) == "websocket.close"
    assert status(ask(Guard(inner, loopback_only=False), host=host)) == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.8.0.1:1", "[::1]:8000"])
def test_this_machine(host):
    assert is_loopback(host)


def test_other_sites_pages_are_refused():
    guard = Guard(inner, loopback_only=False)
    assert status(ask(guard, kind="websocket", origin="https://evil.example")) == "websocket.close"
    assert status(ask(guard, origin="null")) == 403
    assert status(ask(guard, origin="http://127.0.0.1:8000")) == 200


def test_bodies_have_a_limit_whole_or_in_pieces():
    assert status(ask(Guard(inner), content_length=str(MAX_BODY + 1))) == 413
    assert status(ask(Guard(inner), content_length="-1")) == 413
    assert status(ask(Guard(inner), content_length="1e3")) == 413
    half = b"x" * (MAX_BODY // 2)
    assert status(ask(Guard(inner), bodies=(half, half))) == 200
    assert status(ask(Guard(inner), bodies=(half, half, b"x"))) == 413

"""A small OpenAI-compatible chat server on a real socket, for tests: scripted replies, and every fault in the book.

It speaks HTTP/1.1 by itself, so that it can do what no decent server does: cut a reply in the middle, send garbage,
say nothing. It runs in a thread with an event loop of its own; a script decides about each request.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Answer:
    """What the server does with one request."""

    body: object = None
    """JSON values, or bytes sent as they are."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the first byte."""
    cut: int | None = None
    """Bytes of the body after which the connection is closed."""
    drip: float = 0.0
    """Seconds between single bytes."""
    hang_up: bool = False
    """Close the connection without a word."""


def completion(content="", calls=(), *, finish="stop", **more):
    """A chat completion as vLLM writes it; `more` goes into the message."""
    tool_calls = [
        {"id": f"chatcmpl-tool-{i}", "type": "function", "function": {"name": n, "arguments": a}}
        for i, (n, a) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": content, "tool_calls": tool_calls or None, **more}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip


class ChatServer:
    """Answers `POST /v1/chat/completions` by `script(request body, how often this body came) -> Answer | JSON`."""

    def __init__(self, script):
        self.script = script
        self.requests, self.keys, self.seen = [], [], Counter()
        self.open, self.most_open = 0, 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._stopped = asyncio.Event()
        self._tasks = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        body = json.loads(raw)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            self.requests.append(body)
            self.keys.append(headers.get("authorization", ""))
            self.seen[raw] += 1
            answer = self.script(body, self.seen[raw]) if lines[0].startswith("POST /v1/chat/completions") else None
            answer = Answer({"error": "no such address"}, status=404) if answer is None else answer
            answer = answer if isinstance(answer, Answer) else Answer(answer)
            return await self._answer(writer, answer)
        finally:
            self.open -= 1

    async def _answer(self, writer, answer):
        await asyncio.sleep(answer.delay)
        if answer.hang_up:
            return False
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(content)), **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{n}: {v}" for n, v in head.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        if answer.drip:
            for i in range(len(content)):
                writer.write(content[i : i + 1])
                await writer.drain()
                await asyncio.sleep(answer.drip)
        else:
            writer.write(content[: answer.cut])
        await writer.drain()
        return answer.cut is None


@contextmanager
def serving(script):
    server = ChatServer(script).start()
    try:
        yield server
    finally:
        server.stop()

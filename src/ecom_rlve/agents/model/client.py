"""The client of a chat endpoint: one request, asked again while the fault is not the model's. The only HTTP there is.

Knows no episode. What a server says of itself (429, 5xx, a cut or garbled reply, silence) is tried again with growing,
seeded waits; what would fail for ever is a RefusedError; a dialogue too long for the model is an empty reply of the
model's.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ecom_rlve.agents.model.cache import ReplyCache, request_key
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.agents.model.wire import TOO_LONG, Completion, body, is_too_long, read_completion
from ecom_rlve.core.errors import EndpointError, RefusedError, SpecError
from ecom_rlve.core.rng import stream
from ecom_rlve.env.chat import Message

try:
    import httpx
except ImportError as error:  # pragma: no cover (the extra is installed where tests run)
    raise SpecError("a model's endpoint needs the extra `model`: pip install 'ecom-rlve[model]'") from error

CONCERNS_ALL = (401, 402, 403, 404)
"""Statuses that every request will meet: a wrong key, no credit, no such model or address."""
TRY_AGAIN = (408, 409, 425, 429)


@dataclass(slots=True)
class Traffic:
    """What a client has done so far, for a progress display."""

    replies: int = 0
    cached: int = 0
    retries: int = 0
    in_flight: int = 0
    faults: dict[str, int] = field(default_factory=dict[str, int])
    """Why requests were tried again, by kind."""


class _AgainError(Exception):
    """One attempt failed through no fault of the model."""

    def __init__(self, kind: str, detail: str, wait: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.wait = wait


class ChatClient:
    """Asks one endpoint. Use as an async context manager, inside one event loop."""

    def __init__(self, endpoint: Endpoint, cache: ReplyCache | None = None) -> None:
        self.endpoint = endpoint
        self.traffic = Traffic()
        self._cache = cache
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._tls = ssl.create_default_context()
        self._idle: list[httpx.AsyncClient] = []

    async def __aenter__(self) -> ChatClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._idle:
            await line.aclose()

    @asynccontextmanager
    async def _line(self) -> AsyncGenerator[httpx.AsyncClient, None]:
        """Give a client of its own to one request, the last used first.

        One client with many connections looks through all of them at every request: with 64, that takes longer than
        the request itself.
        """
        async with self._slots:
            line = self._idle.pop() if self._idle else self._connect()
            self.traffic.in_flight += 1
            try:
                yield line
            finally:
                self.traffic.in_flight -= 1
                self._idle.append(line)

    def _connect(self) -> httpx.AsyncClient:
        endpoint = self.endpoint
        key = os.environ.get(endpoint.key_variable, "")
        return httpx.AsyncClient(
            headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
            timeout=httpx.Timeout(endpoint.patience.seconds, connect=min(15.0, endpoint.patience.seconds)),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            verify=self._tls,
        )

    async def complete(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = (), trial: int = 0
    ) -> Completion:
        """Return the model's reply.

        Args:
            messages: The dialogue.
            tools: OpenAI functions; none in the JSON style.
            trial: Which of several equal requests this is: each has its own reply.

        Raises:
            RefusedError: No request will ever succeed; the message says what the server said.
            EndpointError: This one did not, after all attempts.
        """
        endpoint = self.endpoint
        request = body(endpoint.model, messages, tools, endpoint.sampling.fields(trial))
        key = request_key(endpoint.chat_url, request, trial)
        kept = self._cache.get(key) if self._cache else None
        if kept is not None:
            self.traffic.cached += 1
            return read_completion(kept)
        for attempt in range(1, endpoint.patience.attempts + 1):
            try:
                return await self._attempt(request, key)
            except _AgainError as error:
                self.traffic.faults[error.kind] = self.traffic.faults.get(error.kind, 0) + 1
                if attempt == endpoint.patience.attempts:
                    raise EndpointError(f"{endpoint.chat_url}: {attempt} attempts failed, the last: {error}") from None
                self.traffic.retries += 1
                await asyncio.sleep(self._wait(key, attempt, error.wait))
        raise AssertionError("unreachable: attempts is at least 1")

    def _wait(self, key: bytes, attempt: int, asked: float | None) -> float:
        """Return seconds to wait: doubling, ± half, at least as long as the server asked for."""
        patience = self.endpoint.patience
        jitter = 0.5 + stream(int.from_bytes(key[:8], "big"), "backoff", attempt).random()
        return min(patience.longest, max(asked or 0.0, patience.backoff * 2 ** (attempt - 1) * jitter))

    async def _attempt(self, request: Mapping[str, Any], key: bytes) -> Completion:
        text = json.dumps(request)  # ASCII: a lone surrogate that a model wrote must not break its own next request
        async with self._line() as line:
            try:
                # httpx's own limits are per read: a server that sends a byte now and then would never end.
                async with asyncio.timeout(self.endpoint.patience.seconds):
                    answer = await line.post(self.endpoint.chat_url, content=text)
            except TimeoutError:
                raise _AgainError("timeout", f"no reply within {self.endpoint.patience.seconds:g} s") from None
            except httpx.TimeoutException as error:
                raise _AgainError("timeout", f"no reply in time ({type(error).__name__})") from None
            except (httpx.TransportError, httpx.DecodingError) as error:
                raise _AgainError("connection", f"{type(error).__name__}: {error}") from None
        return self._read(answer, key)

    def _read(self, answer: httpx.Response, key: bytes) -> Completion:
        status, text = answer.status_code, answer.text
        if status in TRY_AGAIN or status >= 500:
            raise _AgainError(str(status), f"status {status}: {text[:200]}", _retry_after(answer))
        if is_too_long(status, text):
            return Completion("", finish=TOO_LONG)
        if status in CONCERNS_ALL:
            raise RefusedError(f"{self.endpoint.chat_url} refuses: status {status}: {text[:300]}")
        if status != 200:
            raise EndpointError(f"{self.endpoint.chat_url}: status {status}: {text[:300]}")
        try:
            reply = json.loads(text)
            completion = read_completion(reply)
        except (ValueError, EndpointError) as error:
            raise _AgainError("garbage", f"no chat completion ({error})") from None
        if self._cache:
            self._cache.put(key, reply)
        self.traffic.replies += 1
        return completion


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdecimal() else None

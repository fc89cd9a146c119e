"""The ASGI application, and a process that serves it. Knows sockets and limits, nothing of an episode.

Several worker processes build it from one environment variable, and map one catalogue on disk into their memory.
"""

# pyright: reportMissingTypeStubs=false
# OpenEnv comes without stubs.

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from openenv.core.env_server.http_server import create_app  # pyright: ignore[reportUnknownVariableType] (OpenEnv's)
from openenv.core.env_server.types import ConcurrencyConfig
from starlette.websockets import WebSocketDisconnect

from ecom_rlve.adapters.openenv.environment import NAME, EcomEnvironment
from ecom_rlve.adapters.openenv.guard import MAX_BODY, App, Guard, Receive, Scope, Send, is_loopback
from ecom_rlve.adapters.openenv.models import EcomAction, EcomObservation, EcomState
from ecom_rlve.adapters.openenv.voice import Speaker
from ecom_rlve.agents.model.endpoint import Endpoint, Patience
from ecom_rlve.catalog.catalog import Catalog, embedded, open_catalog
from ecom_rlve.core.errors import EcomRlveError, SpecError
from ecom_rlve.env.reward import PRESETS, Preset
from ecom_rlve.tasks.registry import task_named
from ecom_rlve.users.voice import Voice

SETTINGS: Final = "ECOM_RLVE_SERVE"
"""Environment variable with the settings as JSON; without it they have their defaults."""
TOKEN: Final = "ECOM_RLVE_TOKEN"
"""Environment variable with the bearer token: arguments of a command can be read by everybody on a machine."""
PING_S: Final = 30.0
"""Seconds between pings to a silent client; none has to be answered: a trainer may generate for long."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is run."""

    host: str = "127.0.0.1"
    """Address to bind to; any but loopback is other machines' too."""
    port: int = 8000
    sessions: int = 64
    """Most concurrent sessions, over all workers."""
    idle_s: float = 1800.0
    """Seconds after which a session in which nothing happens is closed, ≥ 1."""
    workers: int = 1
    env: str = "cart_building-v0"
    """Environment of a reset that names none."""
    preset: Preset = "gated"
    size: int = 20_000
    """Products of the generated catalogue."""
    catalog_seed: int = 0
    catalog: str = ""
    """Folder of a catalogue instead of a generated one."""
    voice: str = ""
    """Chat endpoint of a model that words what the customer says; without one the phrase grammar speaks."""
    voice_model: str = ""
    """As its server calls it."""
    voice_s: float = 5.0
    """Seconds that a customer's line waits for the model, > 0; then the grammar's own is said."""

    def __post_init__(self) -> None:
        task_named(self.env)
        if self.sessions < self.workers or self.workers < 1 or self.idle_s < 1:
            raise SpecError(
                f"a server needs a worker, a session for each and a second of patience, got {self.workers} workers, "
                f"{self.sessions} sessions, {self.idle_s} s"
            )
        if self.voice:
            self.endpoint()
        if self.preset not in PRESETS:
            raise SpecError(f"unknown reward preset {self.preset!r}: known are {', '.join(PRESETS)}")

    def endpoint(self) -> Endpoint:
        """Return where the customer's voice is served; an address or a time that cannot be is a SpecError."""
        if not self.voice_s > 0:
            raise SpecError(f"a voice needs more than 0 seconds, got {self.voice_s}")
        patience = Patience(seconds=self.voice_s, attempts=1)
        return Endpoint(self.voice, self.voice_model, patience=patience, concurrency=self.places)

    @property
    def places(self) -> int:
        """Sessions of one worker."""
        return -(-self.sessions // self.workers)

    def opened(self) -> Catalog:
        """Return the catalogue, opened once a process; the pages of its files are shared by all processes."""
        return open_catalog(self.catalog) if self.catalog else embedded(self.size, self.catalog_seed)


def application(settings: Settings, token: str = "") -> App:
    """Return the whole application behind its guard."""
    limits = ConcurrencyConfig(max_concurrent_envs=settings.places, session_timeout=settings.idle_s)
    customer = Voice(Speaker(settings.endpoint())) if settings.voice else None
    session = partial(EcomEnvironment, settings.opened(), settings.preset, settings.env, customer)
    inner = create_app(
        session, EcomAction, EcomObservation, env_name=NAME, concurrency_config=limits, state_cls=EcomState
    )
    _answer_errors(inner)
    return Guard(_Quiet(inner), token, is_loopback(settings.host))


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Passes everything on; a client that went away while it was answered is no error of the server's.

    OpenEnv lets that out, and uvicorn would write a page of traceback for each: clients could fill a disk.
    """

    app: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except (WebSocketDisconnect, RuntimeError) as error:
            if not _is_of_a_lost_client(error):
                raise


def _is_of_a_lost_client(error: BaseException | None) -> bool:
    """Whether it is, or was raised while handling, the end of a connection."""
    while error is not None and not isinstance(error, WebSocketDisconnect):
        error = error.__context__
    return error is not None


def application_from_environment() -> App:
    """Return the application that `SETTINGS` and `TOKEN` describe, for a worker process or a container."""
    return application(_from_environment(), os.environ.get(TOKEN, ""))


def serve_from_environment() -> None:
    """Serve as `SETTINGS` says."""
    serve(_from_environment())


def _from_environment() -> Settings:
    try:
        return Settings(**json.loads(os.environ.get(SETTINGS, "{}")))
    except (TypeError, ValueError) as error:
        raise SpecError(f"{SETTINGS} must hold the settings as a JSON object: {error}") from None


def serve(settings: Settings) -> None:
    """Serve until interrupted; the token is taken from `TOKEN`."""
    settings.opened()  # Made before there are workers, or each would make its own.
    os.environ[SETTINGS] = json.dumps(asdict(settings))
    uvicorn.run(f"{__name__}:application_from_environment", factory=True, **uvicorn_options(settings))


def uvicorn_options(settings: Settings) -> dict[str, Any]:  # Any: uvicorn's
    """Return how uvicorn is run: with limits on whatever a client can make grow."""
    return {
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "ws_max_size": MAX_BODY,
        "ws_max_queue": 8,
        "ws_ping_interval": PING_S,
        "ws_ping_timeout": None,
        "ws_per_message_deflate": False,
        "limit_concurrency": 4 * settings.sessions + 64,
        "timeout_graceful_shutdown": 3,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
    }


def _answer_errors(inner: FastAPI) -> None:
    """Answer what a caller got wrong with 422 and one sentence, and nothing of ours with more than "failed"."""

    async def theirs(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422)

    async def ours(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": "the server failed"}, status_code=500)

    inner.add_exception_handler(EcomRlveError, theirs)
    inner.add_exception_handler(Exception, ours)

"""A server in a process of its own, so that it can be killed, and sockets that speak to it. Knows no measurement."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from ecom_rlve.adapters.openenv.app import SETTINGS, TOKEN, Settings

_SERVE = "from ecom_rlve.adapters.openenv.app import serve_from_environment; serve_from_environment()"
PATIENCE_S = 600
"""Importing OpenEnv takes seconds of CPU time, and a busy machine gives few of them."""
SIZE = 2_000
"""Products of the catalogue: the server's own work is measured, not the engine's."""


@dataclass
class Server:
    """A running server."""

    settings: Settings
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = None
    """File for what it writes; this process's own outputs by default."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> Server:
        """Start it, or start it again, and wait until it answers."""
        environment = {**os.environ, SETTINGS: json.dumps(asdict(self.settings)), TOKEN: self.token}
        with self.log.open("ab") if self.log else contextlib.nullcontext() as out:
            self.process = subprocess.Popen([sys.executable, "-c", _SERVE], env=environment, stdout=out, stderr=out)
        for _ in range(PATIENCE_S * 4):
            if self.process.poll() is not None:
                raise RuntimeError("the server ended while starting")
            if self.is_alive():
                return self
            time.sleep(0.25)
        self.kill()
        raise RuntimeError(f"the server did not come up in {PATIENCE_S} s")

    def is_alive(self) -> bool:
        """Whether it answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
            return answer.status == 200
        return False

    def kill(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def resident_mb(self) -> float:
        """Return its resident memory in MiB."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu_s(self) -> float:
        """Return the CPU seconds it has taken."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def new_server(token: str = "", log: Path | None = None, **settings: Any) -> Server:
    """Return a server on a free port, not started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Server(Settings(port=port, size=SIZE, **settings), token, log=log)


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[ClientConnection]:
    """Yield a plain websocket to the server."""
    url = server.url.replace("http", "ws")
    async with connect(f"{url}/ws", ping_interval=None, compression=None, open_timeout=60, max_size=None) as ws:
        yield ws


async def ask(ws: ClientConnection, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Send one message and return the answer."""
    await ws.send(json.dumps({"type": kind, "data": data}))
    return json.loads(await ws.recv())

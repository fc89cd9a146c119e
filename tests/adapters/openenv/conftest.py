"""A real server on a real socket, in a process of its own, so that it can be killed."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

SERVE = """
import json, os
from ecom_rlve.adapters.openenv import app
app.serve(app.Settings(**json.loads(os.environ[app.SETTINGS])))
"""


@dataclass
class Server:
    """A running server."""

    settings: object
    token: str = ""
    process: subprocess.Popen | None = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self):
        from ecom_rlve.adapters.openenv.app import SETTINGS, TOKEN

        environment = {**os.environ, SETTINGS: json.dumps(asdict(self.settings)), TOKEN: self.token}
        self.process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment)
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/health", timeout=2).close()
                return self
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def rss_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def serve():
    """A function that starts servers; all of them are killed at the end."""
    pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")
    from ecom_rlve.adapters.openenv.app import Settings

    running = []

    def start(token="", **settings):
        server = Server(Settings(port=free_port(), size=2_000, **settings), token).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.kill()


@pytest.fixture(scope="session")
def server(serve):
    """One server that all tests share."""
    return serve()

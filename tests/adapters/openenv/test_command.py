"""`ecom-rlve serve`, as it is typed: it says where it listens, answers, and ends when it is told to."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest


def test_the_command_serves_until_it_is_told_to_end():
    pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "from ecom_rlve.apps.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", "--port", str(port), "--size", "2000"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert answers(server, f"http://127.0.0.1:{port}/health"), "it did not come up"
    finally:
        server.send_signal(signal.SIGINT)
        said = server.communicate(timeout=60)[0]
    assert str(port) in said


def answers(server: subprocess.Popen[str], url: str) -> bool:
    """Whether a server answers before it ends or ten minutes are over: importing OpenEnv takes its time."""
    for _ in range(2400):
        if server.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    return False

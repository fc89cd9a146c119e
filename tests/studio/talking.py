"""Talks to a running studio as its page does, over HTTP: wishes go in, everything the server sends is kept."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

CLICK = "click"
OPEN: list[httpx.Client] = []
"""What talks to a running studio; closed with it."""


@contextmanager
def running(runs, *more):
    """Serve a studio in a process of its own; yields its address and how long it took to answer, in seconds."""
    command = ["-W", "ignore", "-c", "from ecom_rlve.apps.cli import main; main()", "studio"]
    with started(lambda port: [*command, "--port", str(port), "--runs", str(runs), *more]) as found:
        yield found


@contextmanager
def started(arguments, **how):
    """Start Python with `arguments(port)` and wait for what it serves; the port is in its environment too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments(port)], env={**os.environ, "PORT": str(port)}, **how)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            assert process.poll() is None, "the studio ended"
            try:
                if httpx.get(address, timeout=30).status_code == 200:
                    break
            except httpx.TransportError:
                assert time.perf_counter() - began < 120, "the studio does not answer"
                time.sleep(0.2)
        yield address, time.perf_counter() - began
    finally:
        while OPEN:
            OPEN.pop().close()
        process.terminate()
        process.wait(20)


class Person:
    """One browser session; `traffic` is all text that the server has sent it."""

    def __init__(self, address: str, name: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=address, timeout=60)
        OPEN.append(self.http)
        self.config = self.http.get("/config").json()
        self.traffic = [self.http.get("/").text, json.dumps(self.config)]
        self.ids = {c["id"]: c["props"].get("elem_id") for c in self.config["components"]}

    def ask(self, panel: str, do: str, fields: dict[str, str] | None = None, **about: str) -> dict[str, object]:
        """Click or send a form in a panel; returns what changed, by panel."""
        wish = {"do": do, "fields": fields or {}, **about}
        dependency = next(d for d in self.config["dependencies"] if self._is_of(d, panel))
        body = {
            "data": [None] * len(dependency["inputs"]),
            "event_data": {"wish": wish},
            "fn_index": dependency["id"],
            "session_hash": self.name,
            "trigger_id": dependency["targets"][0][0],
        }
        joined = self.http.post("/gradio_api/queue/join", json=body)
        assert joined.status_code == 200, joined.text
        sent = self.http.get("/gradio_api/queue/data", params={"session_hash": self.name}).text
        self.traffic.append(sent)
        messages = [json.loads(line[6:]) for line in sent.splitlines() if line.startswith("data: ")]
        done = next(m for m in messages if m["msg"] == "process_completed")
        assert done["success"], done
        return {self.ids[i]: value for i, value in zip(dependency["outputs"], done["output"]["data"], strict=True)}

    def _is_of(self, dependency: dict, panel: str) -> bool:
        return any(self.ids.get(i) == panel and event == CLICK for i, event in dependency["targets"])

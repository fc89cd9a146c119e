"""Evaluations on a real local Ray: the same traces as in one process, also when workers are killed in the middle."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.journal import RESULTS, read_run, with_traces
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.suites import Suite

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray"),
]
SUITE = Suite("tiny", "", (0, 6), seeds=24, envs=("cart_building-v0", "order_tracking-v0"))
SHOP = Shop(2_000)
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.evaluate.test_ray import SHOP, SUITE
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.setting import Setting
seen = lambda standing: print(standing.done, flush=True)
evaluate(Setting(SUITE, "expert", SHOP, ray="", workers=2), Path({folder!r}), seen)
"""


def workers_of(pid):
    """The Ray workers below a process, as the system has them."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [(int(p), int(q), rest) for p, q, rest in (line.split(None, 2) for line in listed.splitlines())]
    family, found = {pid}, []
    for _ in range(4):
        family |= {p for p, q, _ in rows if q in family}
    for p, _, args in rows:
        if p in family and args.startswith("ray::_batch"):
            found.append(p)
    return found


def test_ray_plays_the_same_traces_and_survives_killed_workers(tmp_path):
    root = str(Path(__file__).parents[2])
    code = DRIVER.format(root=root, folder=str(tmp_path / "ray"))
    killed = []

    def kill_two(pid):
        deadline = time.monotonic() + 90
        while len(killed) < 2 and time.monotonic() < deadline:
            for worker in workers_of(pid)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)
            time.sleep(0.3)

    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        killer = threading.Thread(target=kill_two, args=(it.pid,))
        killer.start()
        _, err = it.communicate(timeout=240)
        killer.join()
    assert it.returncode == 0, err[-2000:]
    assert killed, "workers were killed at their work"
    own = evaluate(Setting(SUITE, "expert", SHOP), tmp_path / "own")
    theirs = read_run(tmp_path / "ray")[1]
    places = {str(o.spec): o for o in theirs}
    assert [places[str(o.spec)] for o in own] == own
    assert len((tmp_path / "ray" / RESULTS).read_text().splitlines()) == len(own) == 96, "none twice, none lost"
    mine = [o.lines for o in with_traces(tmp_path / "own", own)]
    assert mine == [o.lines for o in with_traces(tmp_path / "ray", own)]

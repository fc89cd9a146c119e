"""Two processes: groups are shared out, outcomes counted together, and both hold the same curriculum and weights."""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("trl")

from tests.conftest import ROOT
from tests.training.setting import GROUP


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    paths = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    env = {
        **os.environ, "TRL_EXPERIMENTAL_SILENCE": "1", "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    command = [sys.executable, *launcher, "-m", "tests.training.processes", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def held(out):
    return [json.loads((out / f"process-{i}.json").read_text(encoding="utf-8")) for i in (0, 1)]


def test_both_processes_hold_the_same_ledger_and_weights(out):
    first, second = held(out)
    assert first["ledger"] == second["ledger"]
    assert first["weights"] == pytest.approx(second["weights"], rel=1e-12)


def test_each_learns_from_its_own_groups_and_the_loss_is_over_all_tokens(out):
    first, second = held(out)
    assert first["rows"] == second["rows"] == [GROUP, GROUP]
    together = [a + b for a, b in zip(first["own_tokens"], second["own_tokens"], strict=True)]
    assert first["normaliser"] == second["normaliser"] == together


def test_every_group_was_played_once_and_counted(out):
    groups = [json.loads(line) for line in (out / "groups.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [g["group"] for g in groups] == list(range(len(groups)))
    assert len(groups) >= 4
    assert all(len(g["correct"]) == GROUP for g in groups)
    ledger = json.loads(held(out)[0]["ledger"])
    window = json.loads(ledger["curriculum"])["windows"]["order_tracking"]
    assert ledger["next_group"] == len(groups)
    assert (window["seen"], window["correct"]) == (
        sum(len(g["correct"]) for g in groups),
        sum(sum(g["correct"]) for g in groups),
    )

"""A run that is killed and resumed is the uninterrupted one: draws, outcomes, curriculum, weights."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("trl")

from tests.conftest import ROOT
from tests.training.resumed import SAVED, STEPS

from ecom_rlve.core.errors import SpecError
from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.ledger import Ledger

KILLED = 13


def run(out, at):
    paths = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "TRL_EXPERIMENTAL_SILENCE": "1", "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "tests.training.resumed", str(out), str(at)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def without_clock(metrics):
    return [{name: value for name, value in m.items() if name != "environment_seconds"} for m in metrics]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    whole, torn = (tmp_path_factory.mktemp("resume") / name for name in ("whole", "torn"))
    done = run(whole, 0)
    assert done.returncode == 0, done.stderr[-3000:]
    killed = run(torn, KILLED)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    assert [m["step"] for m in lines(torn / "metrics.jsonl")] == list(range(1, KILLED + 1))
    assert sorted(p.name for p in torn.glob("checkpoint-*")) == [f"checkpoint-{n}" for n in (10, 5)]
    resumed = run(torn, 0)
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    return whole, torn


def test_the_same_groups_are_drawn_in_the_same_order_with_the_same_outcomes(runs):
    whole, torn = (lines(folder / "groups.jsonl") for folder in runs)
    assert torn == whole
    assert [g["group"] for g in whole] == list(range(len(whole)))
    assert {g["step"] for g in whole} == set(range(1, STEPS + 1))
    assert len({c for g in whole for c in g["correct"]}) == 2


def test_the_curriculum_moves_alike(runs):
    whole, torn = (without_clock(lines(folder / "metrics.jsonl")) for folder in runs)
    assert torn == whole
    frontier = [m["difficulty"]["order_tracking-v0"][1] for m in whole]
    assert frontier[0] == 0
    assert frontier[-1] > frontier[KILLED - KILLED % SAVED - 1] >= 1
    ledgers = [(folder / f"checkpoint-{STEPS}" / "ledger.json").read_text() for folder in runs]
    assert ledgers[0] == ledgers[1]


def test_model_and_optimiser_end_alike(runs):
    import torch
    from safetensors.torch import load_file

    weights = [load_file(folder / f"checkpoint-{STEPS}" / "model.safetensors") for folder in runs]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    states = [torch.load(folder / f"checkpoint-{STEPS}" / "optimizer.pt")["state"] for folder in runs]
    assert all(torch.equal(states[0][i]["exp_avg"], states[1][i]["exp_avg"]) for i in states[0])


def test_a_ledger_of_another_run_is_refused():
    saved = Ledger(Curriculum.begin(["cart_building"]), seed=1).to_json()
    for other in (Ledger(Curriculum.begin(["cart_building"]), seed=2), Ledger(Curriculum.begin(["returns"]), seed=1)):
        with pytest.raises(SpecError, match="the saved run has seed 1"):
            other.restore(saved)
    with pytest.raises(SpecError, match="no saved ledger"):
        Ledger(Curriculum.begin(["returns"]), seed=1).restore("{}")

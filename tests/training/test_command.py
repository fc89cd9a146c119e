"""`ecom-rlve train` from a file to a model on disk; it goes on in the folder of its run, and in no other's."""

import json

import pytest

pytest.importorskip("trl")

from tests.conftest import ROOT
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app

TINY = ROOT / "configs" / "tiny-cpu.toml"


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_run_goes_on_in_its_folder_and_another_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    begun = CliRunner().invoke(app, ["train", str(TINY), "--out", str(tmp_path), "--steps", "1"])
    assert begun.exit_code == 0, begun.output
    assert "1 steps are done; frontier: cart_building 0, order_tracking 0" in begun.output
    first = lines(tmp_path / "groups.jsonl")
    went_on = CliRunner().invoke(app, ["train", str(TINY), "--out", str(tmp_path), "--steps", "2"])
    assert went_on.exit_code == 0, went_on.output
    groups = lines(tmp_path / "groups.jsonl")
    assert groups[: len(first)] == first
    assert [g["step"] for g in groups] == [1, 1, 2, 2]
    assert [g["group"] for g in groups] == [0, 1, 2, 3]
    # A random model never makes a call: TRL ends its episodes, and none of them is worth more than a failure.
    assert {cause for g in groups for cause in g["causes"]} <= {"cut_off", "format"}
    assert {reward for g in groups for reward in g["rewards"]} == {-1.0}
    assert (tmp_path / "final" / "model.safetensors").exists()
    other = CliRunner().invoke(app, ["train", str(TINY), "--out", str(tmp_path), "--seed", "5"])
    assert "holds another run: it differs in environments.seed (0, here 5)" in str(other.exception)

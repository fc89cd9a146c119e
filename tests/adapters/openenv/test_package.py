"""The folder that OpenEnv builds and pushes is valid, at rest and served, and its oracle earns the most there is."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")

import yaml

from ecom_rlve.adapters.openenv import splits
from ecom_rlve.adapters.openenv.environment import EcomEnvironment

FOLDER = Path(__file__).parents[3] / "envs" / "ecom_rlve"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def validate(*arguments):
    return run(sys.executable, "-m", "openenv.cli", "validate", *arguments)


def test_static_validation_passes():
    assert "Verdict: PASS" in validate(".", "--level", "static", "--skip-build")


def test_running_server_passes(server):
    out = validate("--url", server.url)
    assert "Verdict: PASS" in out
    assert "FAIL" not in out


def test_oracle_earns_the_declared_maximum(server):
    out = run(sys.executable, "validation/solve.py", server.url, "--size", "2000")
    assert [float(line.split()[0]) for line in out.splitlines()] == [0.9] * 8


def test_what_is_declared_is_there(catalog):
    declared = yaml.safe_load((FOLDER / "openenv.yaml").read_text())["validation"]["capabilities"]
    env = EcomEnvironment(catalog)
    env.reset(seed=0)
    assert declared["declared_tools"] == [tool.name for tool in env._tools()]
    assert declared["declared_task_count"] == {split: splits.size(split) for split in splits.split_names()}

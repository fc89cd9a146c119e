"""The numbered examples: short, and each runs as a person would run it, in well under ten seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
MOST_LINES, MOST_SECONDS = 60, 10.0


def test_there_are_ten_of_them_numbered_without_a_gap():
    assert [example.name[:2] for example in EXAMPLES] == [f"{i:02d}" for i in range(1, 11)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_how_it_is_run(example):
    text = example.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert f"python examples/{example.name}" in text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_within_ten_seconds_of_processor_time(example, tmp_path, catalog):
    """The shop of 2,000 that all of them open is made by the fixture, so that making it counts for none."""
    before = os.times()
    command = [sys.executable, "-W", "error", str(example)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    after = os.times()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") >= 3, "an example shows something"
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < MOST_SECONDS
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"

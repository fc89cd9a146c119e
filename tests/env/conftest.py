"""The broken environments of `fakes`, installed for a test as any package with entry points is."""

import sys

import pytest
from tests.env.fakes import FAKES

from ecom_rlve.tasks.registry import all_tasks


@pytest.fixture
def fakes(tmp_path, monkeypatch):
    info = tmp_path / "fakes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakes\nVersion: 1.0\n")
    points = "\n".join(f"{task.name} = tests.env.fakes:{task.__name__}" for task in FAKES)
    (info / "entry_points.txt").write_text(f"[ecom_rlve.tasks]\n{points}\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    all_tasks.cache_clear()
    yield {task.name: task for task in FAKES}
    all_tasks.cache_clear()

"""An embedding build on a real local Ray gives the bytes that one process gives, and goes on where it was."""

import os
import shutil
from importlib.util import find_spec

import pytest

from ecom_rlve.catalog import embed, semantic
from ecom_rlve.catalog.vectors import MATRIX

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("ray"), reason="the extra ray is not installed"),
    pytest.mark.filterwarnings("default"),
]


def test_ray_makes_the_same_bytes_and_resumes(small_path, tmp_path, monkeypatch):
    from ecom_rlve.catalog.embed_ray import on_ray

    monkeypatch.setattr(embed, "SHARD_ROWS", 512)
    # Actors import this package from where this process has it.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, ["src", os.environ.get("PYTHONPATH")])))
    alone = shutil.copytree(small_path, tmp_path / "alone")
    many = shutil.copytree(small_path, tmp_path / "many")
    wanted = embed.embed(alone, "lsa") / MATRIX

    def killed(plan, folder, shards):
        yield from embed.encode_here(plan, folder, shards[:2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed.embed(many, "lsa", killed)
    asked: list[int] = []
    work = on_ray(actors=2)

    def counted(plan, folder, shards):
        asked.extend(shards)
        yield from work(plan, folder, shards)

    found = embed.embed(many, "lsa", counted) / MATRIX
    assert asked == [2, 3]
    assert found == semantic.folder_of(many, "lsa") / MATRIX
    assert found.read_bytes() == wanted.read_bytes()

"""The Hugging Face Space: its app starts as a Space starts it, and asks for what is tested here."""

import re
import shutil
from importlib.metadata import metadata, version
from pathlib import Path

import httpx
import pytest
from tests.studio.talking import started

ROOT = Path(__file__).parents[2]
SPACE = ROOT / "space"

pytestmark = pytest.mark.browser


def test_the_app_starts_from_a_copy_of_its_folder_and_reads_the_runs_beside_it(tmp_path):
    folder = shutil.copytree(SPACE, tmp_path / "space")
    (folder / "runs" / "mine").mkdir(parents=True)
    (folder / "runs" / "mine" / "metrics.jsonl").write_text('{"step": 1, "reward": {"total": 0.5}}\n')
    with started(lambda _: ["app.py"], cwd=folder) as (address, _):
        page = httpx.get(f"{address}/config", timeout=60).text
    assert "Ecom-RLVE studio" in page
    assert "mine" in page


def test_its_card_names_the_gradio_that_is_pinned_and_its_requirements_the_extra():
    card = (SPACE / "README.md").read_text(encoding="utf-8")
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (pinned,) = re.findall(r"^gradio==(\S+)$", pins, re.MULTILINE)
    (named,) = re.findall(r"^sdk_version: (\S+)$", card, re.MULTILINE)
    assert named == pinned == version("gradio")
    assert (SPACE / "requirements.txt").read_text().split() == ["ecom-rlve[studio]"]
    assert "studio" in (metadata("ecom-rlve").get_all("Provides-Extra") or ())
    (file,) = re.findall(r"^app_file: (\S+)$", card, re.MULTILINE)
    assert (SPACE / file).is_file()

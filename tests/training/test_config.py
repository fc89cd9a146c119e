"""Configurations: every shipped one is read, checked against the installed packages, planned; mistakes are told."""

from dataclasses import replace
from importlib.util import find_spec

import pytest
from tests.conftest import ROOT
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app
from ecom_rlve.core.errors import SpecError
from ecom_rlve.training.config import read_config
from ecom_rlve.training.memory import estimate, lora_parameters, parameters
from ecom_rlve.training.plan import plan_of

CONFIGS = sorted((ROOT / "configs").glob("*.toml"))
PUBLISHED = ("c1", "c2", "c4", "c8")


def config(name):
    return read_config(ROOT / "configs" / f"{name}.toml")


def test_all_that_is_promised_is_there():
    names = {path.stem for path in CONFIGS}
    assert names == {"tiny-cpu", "qwen3-8b-dapo-c4-lora", *(f"qwen3-8b-dapo-{c}" for c in PUBLISHED)}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_a_dry_run_needs_no_gpu_and_shows_plan_and_memory(path):
    done = CliRunner().invoke(app, ["train", str(path), "--dry-run"], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert read_config(path).about in done.output
    assert "together" in done.output
    assert f"ecom-rlve train {path}" in done.output or '"$(which ecom-rlve)" train' in done.output


@pytest.mark.parametrize("collection", PUBLISHED)
def test_the_headline_runs_are_dapo_as_published(collection):
    read = config(f"qwen3-8b-dapo-{collection}")
    assert read.model.name == "Qwen/Qwen3-8B"
    assert read.environments.collection == collection.upper()
    t = read.trainer
    assert (t["loss_type"], t["epsilon"], t["epsilon_high"], t["beta"]) == ("dapo", 0.2, 0.28, 0.0)
    assert t["max_steps"] == 300
    assert read.sampling.dynamic
    assert read.overlong is not None
    assert (read.groups, read.tries) == (16, 8)


def test_the_model_is_counted_as_it_is():
    # Of the published checkpoint: 8,190,735,360.
    assert parameters(config("qwen3-8b-dapo-c1").model) == 8_190_735_360


def test_memory_is_what_the_bytes_say_and_low_rank_fits_one_gpu():
    whole, adapters = config("qwen3-8b-dapo-c4"), config("qwen3-8b-dapo-c4-lora")
    terms = dict(estimate(whole).terms)
    assert terms["weights, fp32"] == pytest.approx(8.190735360 * 4 / 8)
    assert estimate(whole).total < 80
    assert estimate(adapters).total < 80
    assert lora_parameters(adapters.model, 32) == 36 * 32 * (
        (4096 + 4096) + 2 * (4096 + 1024) + (4096 + 4096) + 2 * (4096 + 12288) + (12288 + 4096)
    )
    alone = replace(whole, hardware=replace(whole.hardware, gpus=1, sharding="none"))
    assert not plan_of(alone, ROOT).fits


def written(tmp_path, text):
    file = tmp_path / "mine.toml"
    base = ROOT / "configs" / "tiny-cpu.toml"
    (tmp_path / "tiny-cpu.toml").write_text(base.read_text(encoding="utf-8"), encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("= 3", "no TOML"),
        ('extends = "mine.toml"', "extends itself"),
        ('extends = "absent.toml"', "no such configuration"),
        ('extends = "tiny-cpu.toml"\n[extra]', "unknown table 'extra'"),
        ('extends = "tiny-cpu.toml"\n[environments]\ncurriculum = "steep"', "environments.curriculum"),
        ('extends = "tiny-cpu.toml"\n[sampling]\nover = 2', "sampling.over"),
        ('extends = "tiny-cpu.toml"\n[trainer]\nper_device_train_batch_size = 6', "no whole number of groups of 4"),
        ('extends = "tiny-cpu.toml"\n[trainer]\nmax_steps = "many"', "trainer.max_steps must be a whole number"),
        (
            'extends = "tiny-cpu.toml"\n[sampling]\noversample = 0.5',
            "sampling.oversample: Input should be greater than or equal to 1, got 0.5",
        ),
        (
            'extends = "tiny-cpu.toml"\n[sampling]\noversample = inf',
            "sampling.oversample: Input should be a finite number",
        ),
        (
            'extends = "tiny-cpu.toml"\n[sampling]\nmost_rounds = 0',
            "sampling.most_rounds: Input should be greater than or equal to 1, got 0",
        ),
    ],
)
def test_mistakes_are_told(tmp_path, text, told):
    with pytest.raises(SpecError, match=told):
        plan_of(read_config(written(tmp_path, text)), tmp_path)


def test_names_that_the_installed_trainer_does_not_know_are_told(tmp_path):
    pytest.importorskip("trl")
    file = written(tmp_path, 'extends = "tiny-cpu.toml"\n[trainer]\nnum_generation = 4\n')
    done = CliRunner().invoke(app, ["train", str(file), "--dry-run"])
    assert "trainer.num_generation is no argument" in str(done.exception)
    assert "num_generations" in str(done.exception)
    file = written(tmp_path, 'extends = "tiny-cpu.toml"\n[lora]\nr = 4\nrang = 3\n')
    done = CliRunner().invoke(app, ["train", str(file), "--dry-run"])
    assert "lora.rang is no argument" in str(done.exception)


def test_without_the_extra_it_is_told_what_is_missing(tmp_path):
    if find_spec("trl") is not None:
        pytest.skip("TRL is installed")
    done = CliRunner().invoke(app, ["train", str(ROOT / "configs" / "tiny-cpu.toml"), "--out", str(tmp_path)])
    assert "needs the extra `trl`" in str(done.exception)

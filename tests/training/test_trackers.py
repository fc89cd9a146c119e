"""What arrives at a real tracker: its own files are read back, and say what `metrics.jsonl` says."""

import json

import pytest

pytest.importorskip("trl")
pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.training.scripted import ScriptedTrainer
from tests.training.setting import arguments, environments, learner

from ecom_rlve.adapters.trl.rewards import SoftOverlong

STEPS = 2
PARTS = ("total", "task", "efficiency", "grounding", "broken_off")


@pytest.fixture(scope="module")
def run(catalog, tmp_path_factory):
    """The folder of a short run over two environments that reports to TensorBoard."""
    out = tmp_path_factory.mktemp("tracked")
    model, made = learner(catalog)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
        ScriptedTrainer(
            model,
            arguments(out, steps=STEPS, report_to="tensorboard"),
            environments(catalog, steps=STEPS),
            overlong=SoftOverlong(400, 390),
            processing_class=made,
        ).train()
    return out


@pytest.fixture(scope="module")
def arrived(run):
    """Values by name and step, as TensorBoard reads its event files."""
    (folder,) = {path.parent for path in run.rglob("events.out.tfevents.*")}
    events = EventAccumulator(str(folder)).Reload()
    return {tag: {e.step: e.value for e in events.Scalars(tag)} for tag in events.Tags()["scalars"]}


@pytest.fixture(scope="module")
def metrics(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_tensorboard_gets_the_pass_rate_of_every_environment_and_difficulty(arrived, metrics):
    assert [line["step"] for line in metrics] == list(range(1, STEPS + 1))
    assert {env for line in metrics for env in line["pass"]} == {"cart_building-v0", "order_tracking-v0"}
    for line in metrics:
        for env, levels in line["pass"].items():
            for level, (correct, played) in levels.items():
                value = arrived[f"train/ecom/{env}/pass_d{level}"][line["step"]]
                assert value == pytest.approx(correct / played, abs=1e-6)


def test_tensorboard_gets_every_part_of_the_reward(arrived, metrics):
    for line in metrics:
        played = {env: sum(n for _, n in levels.values()) for env, levels in line["pass"].items()}
        for env, reward in line["by_env"].items():
            assert arrived[f"train/ecom/{env}/reward_total"][line["step"]] == pytest.approx(reward, abs=1e-5)
        for part in PARTS:
            by_env = {env: arrived[f"train/ecom/{env}/reward_{part}"][line["step"]] for env in played}
            mean = sum(by_env[env] * n for env, n in played.items()) / sum(played.values())
            assert mean == pytest.approx(line["reward"][part], abs=1e-5)


def test_tensorboard_gets_the_counts_of_dynamic_sampling(arrived, metrics):
    for line in metrics:
        for name in ("sampling_rounds", "groups_drawn", "groups_effective", "groups_filled_up"):
            assert arrived[f"train/ecom/{name}"][line["step"]] == line[name]

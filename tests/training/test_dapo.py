"""The real `GRPOTrainer` on a CPU: a tiny Qwen3 speaks prescribed tokens, everything else is as in any run."""

import copy
import json
import math
from pathlib import Path

import pytest

pytest.importorskip("trl")

import torch
from tests.training.scripted import DONE, WRONG, ScriptedTrainer
from tests.training.setting import GROUP, arguments, environments, learner
from transformers import TrainerCallback
from trl import GRPOTrainer

from ecom_rlve.adapters.trl.rewards import SoftOverlong
from ecom_rlve.apps.studio.metrics import read_training
from ecom_rlve.core.errors import SpecError
from ecom_rlve.training.config import Sampling
from ecom_rlve.training.dapo import DapoTrainer

STEPS = 3


@pytest.fixture(scope="module", autouse=True)
def quiet():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
        yield


@pytest.fixture(scope="module")
def start(catalog):
    return learner(catalog)


@pytest.fixture(scope="module")
def run(catalog, start, tmp_path_factory):
    """A run of a few steps over two environments."""
    out = tmp_path_factory.mktemp("dapo") / "run"
    model, made = copy.deepcopy(start[0]), start[1]
    torch.manual_seed(0)
    spec = environments(catalog, steps=STEPS)
    trainer = ScriptedTrainer(
        model, arguments(out, steps=STEPS), spec, overlong=SoftOverlong(400, 390), processing_class=made
    )
    trainer.train()
    return trainer


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def groups(run):
    return lines(Path(run.args.output_dir) / "groups.jsonl")


def test_tool_calls_are_executed_in_two_environments_and_rewards_differ(run, groups):
    assert {g["episode"].partition("-v")[0] for g in groups} == {"cart_building", "order_tracking"}
    rewards = [r for g in groups for r in g["rewards"]]
    assert max(rewards) == pytest.approx(0.9)
    assert min(rewards) == -1.0
    assert {c for g in groups for c in g["causes"]} == {"", "cut_off", "invalid_tool"}
    assert any("<tool_response>" in prompt for prompt, _ in run.said)
    assert run.state.global_step == STEPS
    assert all(math.isfinite(log["loss"]) for log in run.state.log_history if "loss" in log)


def test_the_weights_move(run, start):
    before, after = start[0].state_dict(), run.model.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_a_group_is_one_episode_and_difficulty_its_own(groups):
    assert [g["group"] for g in groups] == list(range(len(groups)))
    for group in groups:
        assert len(group["correct"]) == GROUP
        assert f"/d{group['level']}/" in group["episode"]


def test_only_tokens_of_the_assistant_carry_loss(run):
    spoken = {reply for _, reply in run.said}
    assert {DONE, *WRONG} < spoken
    tools = 0
    for batch in run.batches:
        mask = (batch["completion_mask"] * batch["tool_mask"]).bool()
        for ids, carries, real in zip(batch["completion_ids"], mask, batch["completion_mask"].bool(), strict=True):
            pieces = run.processing_class.decode(ids[carries]).split("<|im_end|>")
            assert set(filter(None, pieces)) <= spoken
            others = run.processing_class.decode(ids[real & ~carries])
            assert others.count("<tool_response>") == others.count("</tool_response>")
            assert "<tool_call>" not in others
            tools += others.count("<tool_response>")
    assert tools > 0


def test_the_loss_has_a_gradient_at_these_tokens_and_at_no_other(run, monkeypatch):
    batch = run.batches[0]
    mask = (batch["completion_mask"] * batch["tool_mask"]).bool()
    logps = torch.full(mask.shape, -1.0, requires_grad=True)
    monkeypatch.setattr(
        run, "_get_per_token_logps_and_entropies", lambda *_, **__: (logps, torch.ones(mask.shape), None)
    )
    run.model.train()
    run._compute_loss(run.model, batch).backward()
    learned = batch["advantages"].unsqueeze(1).expand(mask.shape) != 0
    assert torch.equal(logps.grad != 0, mask & learned)
    assert (mask & learned).any()
    # Token-level: every token weighs the same, whatever the length of its episode.
    weights = (logps.grad / batch["advantages"].unsqueeze(1))[mask & learned]
    assert torch.allclose(weights, weights[0].expand_as(weights), rtol=1e-4)


def test_only_groups_whose_outcomes_differ_are_learned_from(run, groups):
    differing = sum(len(set(g["correct"])) > 1 for g in groups)
    learned = sum(int((b["advantages"].view(-1, GROUP) != 0).any(dim=1).sum()) for b in run.batches)
    metrics = lines(Path(run.args.output_dir) / "metrics.jsonl")
    assert differing == sum(m["groups_effective"] for m in metrics)
    assert learned == sum(min(2, m["groups_effective"]) for m in metrics)
    assert len(groups) == sum(m["groups_drawn"] for m in metrics)


def test_overlong_is_counted_on_the_assistants_tokens(run):
    rewards = {log["rewards/soft_overlong/mean"] for log in run.state.log_history if "loss" in log}
    assert all(-1.0 <= r < 0.0 for r in rewards)
    for batch, environment in ((run.batches[-1], e) for e in run.environments):
        assert environment.spoken is not None
        assert environment.spoken <= int(batch["completion_mask"].sum())


def test_the_studio_reads_the_metrics_and_trackers_get_them(run):
    folder = Path(run.args.output_dir)
    training = read_training(folder.parent, folder.name)
    assert training.unreadable == 0
    assert [p.step for p in training.points] == [1, 2, 3]
    for point in training.points:
        parts = dict(point.reward)
        assert parts.pop("total") == pytest.approx(sum(parts.values()), abs=1e-5)
        assert point.windows == {"cart_building-v0": (0, 0), "order_tracking-v0": (0, 0)}
    logged = {name for log in run.state.log_history for name in log}
    assert {"ecom/cart_building-v0/pass_d0", "ecom/order_tracking-v0/reward_task", "ecom/groups_effective"} <= logged


def test_a_batch_without_any_difference_is_filled_up_and_learns_nothing(catalog, start, tmp_path):
    torch.manual_seed(0)
    model, made = copy.deepcopy(start[0]), start[1]
    spec = environments(catalog, steps=1, groups=1, collection="order_tracking")
    sampling = Sampling(oversample=1.0, most_rounds=2)
    trainer = ScriptedTrainer(model, arguments(tmp_path, steps=1, groups=1), spec, sampling, processing_class=made)
    trainer.confidence = 100.0  # always right: no group has a difference
    trainer.train()
    (metrics,) = lines(tmp_path / "metrics.jsonl")
    assert (metrics["sampling_rounds"], metrics["groups_drawn"], metrics["groups_filled_up"]) == (2, 2, 1)
    assert metrics["effective_prompt_ratio"] == 0.0
    (batch,) = trainer.batches
    assert not batch["tool_mask"].any()
    assert not batch["advantages"].any()
    assert int(batch["num_items_in_batch"]) == 0


def test_the_plain_trainer_draws_one_batch_ahead(catalog, start, tmp_path):
    spec = environments(catalog, steps=3, groups=1, collection="order_tracking")
    drawn = []

    class Watch(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            drawn.append(spec.ledger.next_group)

    model, made = copy.deepcopy(start[0]), start[1]
    trainer = GRPOTrainer(
        model,
        spec.reward_funcs,
        arguments(tmp_path, steps=3, groups=1, max_completion_length=8),
        train_dataset=spec.train_dataset,
        environment_factory=spec.environment_factory,
        callbacks=[*spec.callbacks, Watch()],
        processing_class=made,
    )
    trainer.train()
    assert drawn == [2, 3, 3]
    groups = lines(tmp_path / "groups.jsonl")
    assert [g["group"] for g in groups] == [0, 1, 2]
    assert all(g["rewards"] == [-1.0] * GROUP for g in groups)


def test_batches_that_would_tear_a_group_apart_are_refused(catalog, start, tmp_path):
    spec = environments(catalog, steps=1, groups=2)
    with pytest.raises(SpecError, match="holds 1 groups over 1 processes, not 2"):
        DapoTrainer(start[0], arguments(tmp_path, steps=1, groups=1), spec, processing_class=start[1])

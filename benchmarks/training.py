"""Share of a training step that is spent in the environment: G = 8 × 16 groups against a tiny model on a CPU.

    python -m benchmarks.training [--groups 16] [--tries 8] [--steps 1]

The model speaks prescribed tokens, so that every episode is played to its end with all its tool calls, and pays for as
many generated tokens as it speaks; working out what to say is taken out of the step's time. Real models take longer for
a step, so their share is smaller. Knows no target.
"""

import argparse
import os
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from tests.training.scripted import ScriptedTrainer, solution
from tests.training.setting import SHAPE, TOOLS
from trl import GRPOConfig

from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.curriculum.progress import METRICS, read
from ecom_rlve.training.config import Sampling
from ecom_rlve.training.memory import parameters
from ecom_rlve.training.tiny import model, tokenizer

MICRO = 8
"""Rows of one forward pass."""


class Paying(ScriptedTrainer):
    """Generates as many tokens as are spoken, and throws them away."""

    confidence = 3.0
    aside = 0.0
    """Seconds spent on working out what to say."""

    def _generate_single_turn(self, prompt_ids: list[list[int]], *rest: Any, **more: Any) -> Any:  # Any: TRL's own
        begun = perf_counter()
        out = super()._generate_single_turn(prompt_ids, *rest, **more)
        self.aside += perf_counter() - begun
        longest = max(len(ids) for ids in out[0])
        self.generation_config.min_new_tokens = self.generation_config.max_new_tokens = longest
        super(ScriptedTrainer, self)._generate_single_turn(prompt_ids, *rest, **more)
        return out


def arguments(out: str, groups: int, tries: int, steps: int) -> GRPOConfig:
    return GRPOConfig(
        output_dir=out,
        per_device_train_batch_size=MICRO,
        gradient_accumulation_steps=groups * tries // MICRO,
        num_generations=tries,
        max_steps=steps,
        max_completion_length=8000,
        max_tool_calling_iterations=40,
        loss_type="dapo",
        beta=0.0,
        epsilon_high=0.28,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--groups", type=int, default=16)
    asked.add_argument("--tries", type=int, default=8)
    asked.add_argument("--steps", type=int, default=1)
    given = asked.parse_args()
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    catalog = embedded(2_000)
    made = tokenizer(SHAPE.vocabulary, catalog)
    spec = EcomSpec(
        ",".join(TOOLS), steps=given.steps, groups=given.groups, catalog=catalog, seed=3,
        tools=[tool for tools in TOOLS.values() for tool in tools],
    )  # fmt: skip
    solution(catalog, "order_tracking-v0/d0/s1")  # what is read once a process is not the step's
    with tempfile.TemporaryDirectory() as out:
        args = arguments(out, given.groups, given.tries, given.steps)
        trainer = Paying(model(SHAPE, made, seed=0), args, spec, Sampling(dynamic=False), processing_class=made)
        torch.manual_seed(0)
        trainer.train()
        environment = sum(float(line["environment_seconds"]) for line in read(Path(out) / METRICS))
    step = sum(log["step_time"] for log in trainer.state.log_history if "step_time" in log) - trainer.aside
    episodes = given.groups * given.tries * given.steps
    print(f"{episodes} episodes in {given.steps} steps, a model of {parameters(SHAPE):,} parameters")
    print(f"step {step / given.steps:.1f} s, of it in the environment {environment / given.steps:.2f} s")
    print(f"share {environment / step:.2%}, {1000 * environment / episodes:.1f} ms an episode")


if __name__ == "__main__":
    main()

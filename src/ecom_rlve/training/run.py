"""A training run from a configuration: begun, or gone on with where it was killed.

Knows no command line. A folder holds one run:

    run.json               what makes it this run
    metrics.jsonl          one line a step (curriculum.progress)
    groups.jsonl           one line a group, in the order of the draws
    checkpoint-N/          model, optimiser, random streams (transformers), and ledger.json, which is written last
    final/                 the model after the last step
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ecom_rlve.adapters.trl.callbacks import LEDGER
from ecom_rlve.adapters.trl.rewards import SoftOverlong
from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.training import tiny
from ecom_rlve.training.arguments import grpo_arguments, lora_arguments
from ecom_rlve.training.config import TrainConfig
from ecom_rlve.training.dapo import DapoTrainer

RUN: Final = "run.json"
FREE: Final = ("max_steps", "save_steps", "save_total_limit", "logging_steps", "report_to")
"""Arguments that may change when a run goes on."""
TINY: Final = "tiny"


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended, on one of its processes."""

    steps: int
    frontier: Mapping[str, int]
    """Highest difficulty by track."""
    is_main: bool
    """Whether this process speaks for all."""


def train(config: TrainConfig, out: Path, *, gpu: bool) -> Finished:
    """Train until `max_steps`, from the last whole checkpoint in `out` if there is one.

    Raises:
        SpecError: The configuration is refused, or `out` holds another run.
    """
    # What is experimental about environment factories is pinned by this package's extra.
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    trainer = build(config, out, gpu=gpu)
    if trainer.accelerator.is_main_process:
        _begin(config, out)
    trainer.accelerator.wait_for_everyone()
    found = last_checkpoint(out)
    trainer.train(resume_from_checkpoint=None if found is None else str(found))
    trainer.save_model(str(out / "final"))
    frontier = trainer.spec.ledger.curriculum.frontier()
    return Finished(int(trainer.state.global_step), frontier, bool(trainer.accelerator.is_main_process))


def build(config: TrainConfig, out: Path, *, gpu: bool) -> DapoTrainer:
    """Return the trainer of a configuration; errors as for `train`."""
    args = grpo_arguments(config, out, gpu=gpu)
    catalog = Shop(config.environments.size, path=config.environments.catalog).open()
    made = config.environments
    spec = EcomSpec(
        made.collection,
        steps=config.number("max_steps"),
        groups=config.groups,
        curriculum=made.curriculum,
        window=made.window,
        per_axis=made.per_axis,
        seed=made.seed,
        preset=made.preset,
        catalog=catalog,
        tools=made.tools,
    )
    model, tokenizer = _model(config, spec)
    overlong = config.overlong
    return DapoTrainer(
        model,
        args,
        spec,
        config.sampling,
        SoftOverlong(overlong.longest, overlong.cache) if overlong else None,
        processing_class=tokenizer,
        peft_config=lora_arguments(config),
    )


def last_checkpoint(out: Path) -> Path | None:
    """Return the newest whole checkpoint of a run, or None; one that was cut off while being written is passed over."""
    whole = [path.parent for path in out.glob(f"checkpoint-*/{LEDGER}")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2])) if whole else None


def _model(config: TrainConfig, spec: EcomSpec) -> tuple[Any, Any]:  # Any: what TRL takes
    """Return model and tokenizer; of a model with a name TRL loads both."""
    if config.model.name != TINY:
        return config.model.name, None
    tokenizer = tiny.tokenizer(config.model.vocabulary, spec.catalog)
    return tiny.model(config.model, tokenizer, config.number("seed", 42)), tokenizer


def _begin(config: TrainConfig, out: Path) -> None:
    """Write down what makes the run this run, or see that what lies in the folder is the same."""
    now, path = _identity(config), out / RUN
    if not path.exists():
        write_whole(path, json.dumps(now, indent=1) + "\n")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    changed = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    if changed:
        raise SpecError(
            f"{out} holds another run: it differs in {changed[0]} ({before.get(changed[0])!r}, here "
            f"{now.get(changed[0])!r}); choose another --out"
        )


def _identity(config: TrainConfig) -> Mapping[str, Any]:  # Any: JSON
    tables = {
        "model": asdict(config.model),
        "environments": asdict(config.environments),
        "sampling": asdict(config.sampling),
        "overlong": asdict(config.overlong) if config.overlong else {},
        "trainer": {name: value for name, value in config.trainer.items() if name not in FREE},
        "lora": dict(config.lora or {}),
    }
    flat = {f"{table}.{name}": value for table, values in tables.items() for name, value in values.items()}
    return json.loads(json.dumps(flat))

"""`[trainer]` and `[lora]` checked against the installed TRL and peft, by their own argument names and their own rules.

Knows no environment. A run on a CPU of a file that was written for GPUs is not what these checks are for: nothing is
loaded here.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from trl.trainer.grpo_config import GRPOConfig

from ecom_rlve.core.errors import SpecError
from ecom_rlve.training.config import TrainConfig

OURS = ("output_dir", "shuffle_dataset", "remove_unused_columns")
"""Arguments that the run sets itself."""


def grpo_arguments(config: TrainConfig, out: Path, *, gpu: bool) -> Any:  # Any: a GRPOConfig; TRL is an extra
    """Return TRL's arguments.

    Args:
        config: The configuration.
        out: Folder of the run.
        gpu: Whether there is one; without, everything is checked as if for a CPU.

    Raises:
        SpecError: An argument has a name that this release of TRL does not know, or a value that it refuses.
    """
    given = dict(config.trainer)
    _known(config, "trainer", given, (f.name for f in dataclasses.fields(GRPOConfig) if f.init and f.name not in OURS))
    if not gpu:
        given["use_cpu"] = True
    try:
        return GRPOConfig(output_dir=str(out), shuffle_dataset=False, **given)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{config.path.name}: trainer: TRL refuses it: {error}") from None


def lora_arguments(config: TrainConfig) -> Any:  # Any: a LoraConfig or None; peft is an extra
    """Return peft's arguments, or None where all weights are trained; errors as for `grpo_arguments`."""
    if config.lora is None:
        return None
    given: dict[str, Any] = dict(config.lora)  # Any: what peft's arguments are
    _known(config, "lora", given, (f.name for f in dataclasses.fields(LoraConfig) if f.init))
    try:
        return LoraConfig(**given)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{config.path.name}: lora: peft refuses it: {error}") from None


def _known(config: TrainConfig, table: str, given: Iterable[str], names: Iterable[str]) -> None:
    known = list(names)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise SpecError(f"{config.path.name}: {table}.{name} is no argument of the installed package{hint}")


def has_gpu() -> bool:
    """Whether PyTorch finds an accelerator of NVIDIA's or one that speaks its language."""
    return bool(torch.cuda.is_available())

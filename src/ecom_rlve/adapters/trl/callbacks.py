"""The callback that moves the curriculum: outcomes of all processes after every step, metrics as JSONL, checkpoints.

Knows no model. Its file is the last that a checkpoint gets, so a checkpoint that has it is whole.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from accelerate.utils import gather_object
from transformers import TrainerCallback

from ecom_rlve.adapters.trl.rewards import EpisodeReward
from ecom_rlve.core.errors import SpecError
from ecom_rlve.curriculum.ledger import Ledger, save
from ecom_rlve.curriculum.progress import (
    GROUPS,
    METRICS,
    Played,
    append,
    forget_after,
    group_lines,
    metrics_line,
    tally,
)

LEDGER: Final = "ledger.json"
"""The ledger of a checkpoint."""


class CurriculumCallback(TrainerCallback):
    """Counts what was played when an optimiser step is over; all processes count the same: their ledgers stay equal."""

    def __init__(self, ledger: Ledger, reward: EpisodeReward) -> None:
        self.ledger = ledger
        self.reward = reward
        self.extra: dict[str, float] = {}
        """Further numbers for the step's line of metrics; the trainer fills them in."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Restore the ledger of the checkpoint that the trainer resumes from; a run that begins needs none."""
        folder, step = Path(args.output_dir), int(state.global_step)
        if step:
            path = folder / f"checkpoint-{step}" / LEDGER
            if not path.exists():
                raise SpecError(
                    f"{path.parent} has no {LEDGER}: it was cut off while it was written, or is of another run"
                )
            self.ledger.restore(path.read_text(encoding="utf-8"))
        if state.is_world_process_zero:
            for name in (METRICS, GROUPS):
                forget_after(folder / name, step)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count the outcomes of all processes and write the step's lines; a step that generated nothing has none."""
        done: list[Played] = gather_object(self.reward.drain())
        if not done:
            return
        self.ledger.count(tally(done))
        if state.is_world_process_zero:
            folder, step = Path(args.output_dir), int(state.global_step)
            append(folder / METRICS, [metrics_line(step, self.ledger.curriculum, done, self.extra)])
            append(folder / GROUPS, group_lines(step, done))
        self.extra = {}

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Save the ledger beside the checkpoint that was just written."""
        if state.is_world_process_zero:
            save(self.ledger, Path(args.output_dir) / f"checkpoint-{state.global_step}" / LEDGER)

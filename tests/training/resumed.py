"""A run of 20 steps in a process of its own that kills itself where it is told to: python -m … OUT STEP (0: never)."""

import os
import signal
import sys
from pathlib import Path

import torch
from tests.training.scripted import ScriptedTrainer
from tests.training.setting import arguments, environments, learner
from transformers import TrainerCallback

from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.training.config import Sampling
from ecom_rlve.training.run import last_checkpoint

STEPS, SAVED = 20, 5


class Kill(TrainerCallback):
    """Ends the process as a power cut would, when a step is over but long before the next checkpoint."""

    def __init__(self, at):
        self.at = at

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def main(out, at):
    torch.set_num_threads(1)
    catalog = embedded(2_000)
    model, made = learner(catalog)
    trainer = ScriptedTrainer(
        model,
        arguments(out, steps=STEPS, groups=1, save_strategy="steps", save_steps=SAVED),
        environments(catalog, steps=STEPS, groups=1, collection="order_tracking"),
        Sampling(oversample=1.0, most_rounds=2),
        processing_class=made,
        callbacks=[Kill(at)],
    )
    trainer.confidence = 3.0
    found = last_checkpoint(out)
    trainer.train(resume_from_checkpoint=None if found is None else str(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""A run of two steps on several processes, each of which writes down what it holds at the end: torchrun -m … OUT."""

import json
import sys
from pathlib import Path

import torch
from tests.training.scripted import ScriptedTrainer
from tests.training.setting import arguments, environments, learner

from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.training.config import Sampling


def main(out):
    torch.set_num_threads(1)
    catalog = embedded(2_000)
    model, made = learner(catalog)
    trainer = ScriptedTrainer(
        model,
        arguments(out, steps=2, groups=1),
        environments(catalog, steps=2, groups=2, collection="order_tracking"),
        Sampling(oversample=1.0, most_rounds=2),
        processing_class=made,
    )
    # Every process speaks by a stream of its own, as with any sampling.
    torch.manual_seed(trainer.accelerator.process_index)
    trainer.train()
    held = {
        "ledger": trainer.spec.ledger.to_json(),
        "weights": float(sum(p.double().sum() for p in trainer.model.parameters())),
        "rows": [len(batch["completion_ids"]) for batch in trainer.batches],
        "normaliser": [int(batch["num_items_in_batch"]) for batch in trainer.batches],
        "own_tokens": [int((b["completion_mask"] * b["tool_mask"]).sum()) for b in trainer.batches],
    }
    name = f"process-{trainer.accelerator.process_index}.json"
    (out / name).write_text(json.dumps(held), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

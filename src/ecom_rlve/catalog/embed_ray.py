"""Embedding builds on many machines: Ray Data hands the missing shards to actors that each hold one encoder.

Knows no encoder. Needs the extra `ray`, and the catalogue's folder under the same path on every machine (a shared file
system, or one machine). A worker that dies is Ray's to replace; a build that dies goes on from its shards.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.embed import Plan, Workers, builder_of, encode_shard
from ecom_rlve.catalog.encoders.neural import required


class _Actor:
    """One process with the catalogue mapped and the encoder loaded."""

    def __init__(self, plan: dict[str, Any], folder: str) -> None:
        # The plan's fields as they are in its file: Ray ships plain values.
        self._plan = Plan(**plan)
        self._folder = Path(folder)
        self._catalog = Catalog(Path(self._plan.catalog))
        self._encoder = builder_of(self._catalog, self._plan.encoder, self._folder)

    def __call__(self, batch: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
        """Write the shards named in a batch and return their numbers."""
        done = [
            encode_shard(self._plan, self._folder, int(shard), self._catalog, self._encoder)
            for shard in batch["shard"].tolist()
        ]
        return {"shard": np.asarray(done, dtype=np.int64)}


def on_ray(actors: int, gpus: float = 0, address: str | None = None) -> Workers:
    """Return workers on Ray.

    Args:
        actors: How many encoders run at once, over all machines.
        gpus: How much of a GPU each takes.
        address: Of a running cluster, "auto" for the one this machine is in; None: Ray on this machine alone.

    Raises:
        CatalogError: Ray is not installed; the message names the extra.
    """
    ray = required("ray", "ray")
    data = required("ray.data", "ray")

    def work(plan: Plan, folder: Path, shards: Sequence[int]) -> Iterator[int]:
        if not shards:
            return
        started = not ray.is_initialized()
        if started:
            ray.init(address=address, include_dashboard=False, log_to_driver=False)
        try:
            data.DataContext.get_current().enable_progress_bars = False
            rows = data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
            done = rows.map_batches(
                _Actor,
                fn_constructor_args=(asdict(plan), str(folder.absolute())),
                batch_size=1,
                num_gpus=gpus or None,
                compute=data.ActorPoolStrategy(size=min(actors, len(shards))),
            )
            for row in done.iter_rows():
                yield int(row["shard"])
        finally:
            if started:
                ray.shutdown()

    return work

"""Embedding builds: every product of a catalogue to a vector, in shards that are written once and survive a kill.

Knows how the work is cut up and put together, not who does it: one process here, many machines in `embed_ray`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.dense import IVF_FROM, save_coarse
from ecom_rlve.catalog.encoders import lsa
from ecom_rlve.catalog.encoders.encoder import NEURAL, Encoder, preset
from ecom_rlve.catalog.encoders.neural import weights_digest
from ecom_rlve.catalog.semantic import PROJECTION, SOCKET_VARIABLE, folder_of, open_encoder
from ecom_rlve.catalog.storage import checksum
from ecom_rlve.catalog.vectors import MATRIX, MAX_DIMENSIONS, About, Bytes, digest_of, quantised, read_about, save_about
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.errors import CatalogError

PLAN: Final = "plan.json"
SHARD_ROWS: Final = 8192
_MEASURED: Final = 1024
"""Products on which the size of components is measured."""
_TOLD: Final = 300
"""Characters of a description that are encoded; the rest repeats what attributes say."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an embedding build does; its file is what a later run goes on from."""

    encoder: str
    catalog: str
    """The folder of the catalogue."""
    fingerprint: str
    rows: int
    shard_rows: int
    dimensions: int
    cap: float
    """See `vectors.About`."""
    weights: str

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return -(-self.rows // self.shard_rows)

    def span(self, shard: int) -> range:
        """Return the rows of a shard."""
        return range(shard * self.shard_rows, min(self.rows, (shard + 1) * self.shard_rows))


class Workers(Protocol):
    """Makes the shards that are missing, in any order, and yields each number as it is done."""

    def __call__(self, plan: Plan, folder: Path, shards: Sequence[int]) -> Iterator[int]:
        """Write `shards` of `plan` to `folder`."""
        ...


def passage(catalog: Catalog, row: int) -> str:
    """Return what is encoded of a product: title, what it is also called, attributes, and how its text begins."""
    product = catalog.product(row)
    leaf = catalog.leaf(row)
    said = ", ".join(f"{name.replace('_', ' ')} {attribute(name).show(v)}" for name, v in product.attributes.items())
    called = ", ".join((leaf.noun, *leaf.synonyms))
    return f"{product.title}. {called} by {product.brand}. {said}. {product.description[:_TOLD]}"


def embed(
    path: Path, name: str, workers: Workers | None = None, progress: Progress | None = None, *, again: bool = False
) -> Path:
    """Encode the catalogue in `path` with the encoder `name`; return the folder of its vectors.

    A build that was killed goes on where it was; vectors that are there already stay unless `again`.

    Raises:
        CatalogError: No such encoder, a library or weights that are not there, or a model of too many dimensions.
    """
    tell = progress or _silent
    catalog = Catalog(path)
    final = folder_of(path, name)
    if not again and final.is_dir() and read_about(final).catalog == catalog.content_fingerprint:
        return final
    building = final.with_name(f".{final.name}.partial")
    plan = _planned(catalog, path, name, building, tell)
    missing = [shard for shard in range(plan.shards) if not _whole(plan, building, shard)]
    done = plan.shards - len(missing)
    tell("encode", done, plan.shards)
    for _ in (workers or encode_here)(plan, building, missing):
        done += 1
        tell("encode", done, plan.shards)
    _finish(plan, building, tell)
    old = final.with_name(f".{final.name}.old")
    if final.is_dir():
        os.rename(final, old)
    os.rename(building, final)
    shutil.rmtree(old, ignore_errors=True)
    return final


def _silent(stage: str, done: int, total: int) -> None:
    """Take no notice."""


def _planned(catalog: Catalog, path: Path, name: str, building: Path, tell: Progress) -> Plan:
    """Return the plan of the build in `building`: an earlier run's if it is for the same vectors, else a new one."""
    digest = weights_digest(preset(name)) if preset(name).kind in NEURAL else ""
    file = building / PLAN
    if file.is_file():
        old = Plan(**json.loads(file.read_text(encoding="utf-8")))
        if (old.encoder, old.fingerprint, old.weights) == (name, catalog.content_fingerprint, digest):
            return old
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    if preset(name).kind == "lsa":
        tell("fit", 0, 1)
        rows = _spread(len(catalog), lsa.SAMPLE)
        np.save(building / PROJECTION, lsa.fit(catalog.index, [passage(catalog, row) for row in rows]))
        tell("fit", 1, 1)
    encoder = builder_of(catalog, name, building)
    if encoder.dimensions > MAX_DIMENSIONS:
        raise CatalogError(f"{name} has {encoder.dimensions} dimensions, at most {MAX_DIMENSIONS} are stored")
    sample = encoder.passages([passage(catalog, row) for row in _spread(len(catalog), _MEASURED)])
    cap = float(np.abs(sample).max()) or 1.0
    size = (len(catalog), SHARD_ROWS, encoder.dimensions)
    plan = Plan(name, str(path.absolute()), catalog.content_fingerprint, *size, cap, digest)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    os.replace(fresh, file)
    return plan


def _spread(size: int, most: int) -> range:
    return range(0, size, max(1, -(-size // most)))


def builder_of(catalog: Catalog, name: str, folder: Path) -> Encoder:
    """Return the encoder of products: never the host's encoder of queries."""
    held = os.environ.pop(SOCKET_VARIABLE, None)
    try:
        return open_encoder(name, catalog.index, folder)
    finally:
        if held is not None:
            os.environ[SOCKET_VARIABLE] = held


def _file(folder: Path, shard: int) -> Path:
    return folder / f"{shard:06d}.npy"


def _whole(plan: Plan, folder: Path, shard: int) -> bool:
    file = _file(folder, shard)
    if not file.is_file():
        return False
    found = np.load(file, mmap_mode="r")
    return found.shape == (len(plan.span(shard)), plan.dimensions)


def encode_shard(plan: Plan, folder: Path, shard: int, catalog: Catalog, encoder: Encoder) -> int:
    """Write one shard, whole or not at all, and return its number."""
    texts = [passage(catalog, row) for row in plan.span(shard)]
    vectors = quantised(encoder.passages(texts), plan.cap)
    fresh = _file(folder, shard).with_suffix(f".{os.getpid()}.new")
    with fresh.open("wb") as stream:
        np.save(stream, vectors)
    os.replace(fresh, _file(folder, shard))
    return shard


def encode_here(plan: Plan, folder: Path, shards: Sequence[int]) -> Iterator[int]:
    """Write shards one after the other in this process: the `Workers` of a build without Ray."""
    if not shards:
        return
    catalog = Catalog(Path(plan.catalog))
    encoder = builder_of(catalog, plan.encoder, folder)
    for shard in shards:
        yield encode_shard(plan, folder, shard, catalog, encoder)


def _finish(plan: Plan, folder: Path, tell: Progress) -> None:
    """Put the shards together, index them, and write what they are."""
    shape = (plan.rows, plan.dimensions)
    matrix: Bytes = np.lib.format.open_memmap(folder / MATRIX, "w+", np.dtype("u1"), shape)
    for shard in range(plan.shards):
        span = plan.span(shard)
        matrix[span.start : span.stop] = np.load(_file(folder, shard))
    matrix.flush()  # pyright: ignore[reportAttributeAccessIssue] (a memmap, which the alias does not say)
    if plan.rows >= IVF_FROM and find_spec("faiss"):
        tell("index", 0, 1)
        save_coarse(folder, matrix)
        tell("index", 1, 1)
    file = folder / MATRIX
    save_about(
        folder,
        About(
            encoder=plan.encoder,
            catalog=plan.fingerprint,
            rows=plan.rows,
            dimensions=plan.dimensions,
            cap=plan.cap,
            weights=plan.weights,
            digest=digest_of(file),
            check=checksum(file),
        ),
    )
    for shard in range(plan.shards):
        _file(folder, shard).unlink()
    (folder / PLAN).unlink()

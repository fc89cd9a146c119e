"""Vectors with the geometry of sentence embeddings, where encoding millions of products would take hours.

Knows no text: a product's vector is that of its category, its brand and its own part, so that neighbours are of one
kind and a query's true neighbours are not obvious.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecom_rlve.catalog.arrays import Longs, mix_all
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.dense import IVF_FROM, save_coarse
from ecom_rlve.catalog.storage import checksum
from ecom_rlve.catalog.vectors import MATRIX, About, Vectors, quantised, save_about
from ecom_rlve.core.rng import Stream

DIMENSIONS = 384
_CHUNK = 1 << 15
_CAP = 0.25


def _draws(keys: Longs, salt: int) -> np.ndarray:
    """Return nearly normal vectors, one a key, the same for equal keys: sums of four bytes of mixed bits."""
    cells = keys.astype(np.uint64)[:, None] * np.uint64(DIMENSIONS) + np.arange(DIMENSIONS, dtype=np.uint64)
    bits = mix_all(mix_all(cells) + np.uint64(salt))
    return bits.view(np.uint8).reshape(len(keys), DIMENSIONS, 8)[:, :, :4].sum(axis=2, dtype=np.float32) / 148 - 3.446


@dataclass(frozen=True, slots=True)
class Indexing:
    """Seconds that making the coarse index took, once the vectors were there; 0 where there is none."""

    wall: float
    cpu: float
    """Of all its threads."""


def save_vectors(shop: Catalog, folder: Path) -> Indexing:
    """Write vectors of all products of a shop and their index to `folder`; return what the index took."""
    rows = len(shop)
    matrix = np.lib.format.open_memmap(folder / MATRIX, "w+", np.dtype("u1"), (rows, DIMENSIONS))
    category, brand = shop.column("category"), shop.column("brand")
    for start in range(0, rows, _CHUNK):
        span = np.arange(start, min(rows, start + _CHUNK))
        kinds, place = np.unique(category[span], return_inverse=True)
        groups = category[span].astype(np.int64) << 32 | brand[span]
        makers, maker = np.unique(groups, return_inverse=True)
        own = _draws(span // 3, 3) * 0.5 + _draws(span, 4) * 0.4
        sums = _draws(kinds.astype(np.int64), 1)[place] + 0.7 * _draws(makers, 2)[maker] + own
        matrix[span] = quantised(sums / np.linalg.norm(sums, axis=1, keepdims=True), _CAP)
    matrix.flush()
    began, worked = time.perf_counter(), time.process_time()
    if rows >= IVF_FROM:
        save_coarse(folder, matrix)
    took = Indexing(time.perf_counter() - began, time.process_time() - worked)
    file = folder / MATRIX
    save_about(
        folder, About("synthetic", shop.content_fingerprint, rows, DIMENSIONS, _CAP, "", "synthetic", checksum(file))
    )
    return took


def queries_near(vectors: Vectors, rng: Stream, count: int) -> list[Longs]:
    """Return query vectors: products, blurred by as much as two products of a kind differ."""
    rows = rng.sample(range(len(vectors.matrix)), count)
    blur = _draws(np.asarray(rows, dtype=np.int64), 9) * 18
    return list(np.clip(np.rint(vectors.signed(rows) + blur), -127, 127).astype(np.int64))

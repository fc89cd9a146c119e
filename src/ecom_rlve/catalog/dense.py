"""The rows nearest to a vector: exact where few are allowed, through a FAISS index where many are.

Knows no text and no encoder. The only module that imports faiss, and only when vectors are searched; without it every
search is exact, and slow above a hundred thousand rows.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingImports=false

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.encoders.neural import required
from ecom_rlve.catalog.vectors import CENTRE, Bytes, Vectors

IVF: Final = "ivf.faiss"
IVF_FROM: Final = 100_000
"""Below, a look at every row takes two milliseconds and finds exactly the nearest."""
EXACT_SPAN: Final = 60_000
"""Up to so many neighbouring rows are all looked at."""
EXACT_ROWS: Final = 10_000
"""Up to so many scattered rows are all looked at."""
PROBES: Final = 64
"""Lists of the index that are read."""
PROBES_FILTERED: Final = 256
"""The same where conditions leave under a twentieth of the rows."""
RERANKED: Final = 200
"""Candidates of the coarse index whose likeness is computed exactly."""
_CHUNK: Final = 16_384
_TRAINED: Final = 64
"""Rows a list on which the index is trained."""


class Dense:
    """Nearest-neighbour search in the vectors of a catalogue."""

    def __init__(self, vectors: Vectors, *, coarse: bool = True) -> None:
        """Open what is needed to search in `vectors`; without `coarse` every search is exact."""
        self._vectors = vectors
        self._faiss: ModuleType | None = _faiss() if find_spec("faiss") else None
        file = vectors.folder / IVF
        if coarse and file.is_file():
            self._faiss = _faiss()  # With a coarse index there, its absence is an error that names the extra.
        self._ivf: Any = None  # FAISS ships no types
        if coarse and self._faiss is not None and file.is_file():
            self._ivf = self._faiss.read_index(str(file), self._faiss.IO_FLAG_MMAP_IFC)

    def nearest(self, vector: Longs, spans: Sequence[range], rows: Longs | None, limit: int) -> Longs:
        """Return the rows most like `vector`, best first, equals in rising order.

        Args:
            vector: A query, quantised.
            spans: Disjoint ranges of rows, in rising order; no other row is returned.
            rows: Which of them are allowed, in rising order; None: all.
            limit: How many, ≥ 0.
        """
        allowed = sum(map(len, spans)) if rows is None else len(rows)
        if limit <= 0 or not allowed or not vector.any():
            return np.zeros(0, dtype=np.int64)
        wanted = max(RERANKED, 2 * limit)
        if rows is not None and (len(rows) <= EXACT_ROWS or self._ivf is None):
            found = rows[self._exact(np.ascontiguousarray(self._vectors.matrix[rows]), vector, wanted)]
        elif rows is None and (allowed <= EXACT_SPAN or self._ivf is None):
            matrix = self._vectors.matrix
            parts = [self._exact(matrix[one.start : one.stop], vector, wanted) + one.start for one in spans]
            found = np.concatenate(parts)
        else:
            found = self._coarse(vector, spans, rows, wanted)
        return self._ordered(vector, found, limit)

    def _ordered(self, vector: Longs, rows: Longs, limit: int) -> Longs:
        return rows[np.lexsort((rows, -self._vectors.likeness(vector, rows)))[:limit]]

    def _exact(self, block: Bytes, vector: Longs, limit: int) -> Longs:
        """Return the places of the greatest dot products. Sums of such integers are exact in 32-bit floats."""
        limit = min(limit, len(block))
        if self._faiss is None:
            dots = np.concatenate([_dots(block[i : i + _CHUNK], vector) for i in range(0, len(block), _CHUNK)])
            return np.lexsort((np.arange(len(dots)), -dots))[:limit]
        view = _scanner(self._faiss, block)
        found = view.search(vector.astype(np.float32)[None], limit)[1][0]
        return found[found >= 0]

    def _coarse(self, vector: Longs, spans: Sequence[range], rows: Longs | None, limit: int) -> Longs:
        library, size = self._faiss, len(self._vectors.matrix)
        assert library is not None, "a coarse index is only opened together with its library"
        allowed = sum(map(len, spans)) if rows is None else len(rows)
        settings = library.IVFRaBitQSearchParameters()
        settings.nprobe = PROBES if allowed * 20 > size else PROBES_FILTERED
        selector: Any = None  # FAISS ships no types
        if rows is None and len(spans) == 1:
            selector = None if allowed == size else library.IDSelectorRange(spans[0].start, spans[0].stop)
        else:
            flags = np.zeros(size, dtype=np.bool_)
            flags[np.concatenate([np.arange(one.start, one.stop) for one in spans]) if rows is None else rows] = True
            bits = np.packbits(flags, bitorder="little")
            selector = library.IDSelectorBitmap(bits)
        if selector is not None:
            settings.sel = selector
        found = self._ivf.search(vector.astype(np.float32)[None], limit, params=settings)[1][0]
        return found[found >= 0]


def _dots(block: Bytes, vector: Longs) -> Longs:
    return ((block.astype(np.float32) - CENTRE) @ vector.astype(np.float32)).astype(np.int64)


def _scanner(library: ModuleType, block: Bytes) -> Any:  # FAISS ships no types
    """Return an index over `block` that copies nothing; `block` must outlive it."""
    kind = library.ScalarQuantizer.QT_8bit_direct_signed
    view = library.IndexScalarQuantizer(block.shape[1], kind, library.METRIC_INNER_PRODUCT)
    view.codes = library.MaybeOwnedVectorUInt8.create_view(
        library.swig_ptr(block), block.size, _mapped(block.shape[1]).codes.owner
    )
    view.ntotal = len(block)
    return view


@cache
def _faiss() -> ModuleType:
    library = required("faiss", "faiss")
    # Many workers share a host: one thread each, and the same order of sums everywhere.
    library.omp_set_num_threads(1)
    return library


@cache
def _mapped(dimensions: int) -> Any:  # FAISS ships no types
    """Return a tiny memory-mapped index, kept for ever: views of foreign memory borrow the owner of its codes.

    FAISS reads memory that is not its own only on behalf of an owner, and Python can make none (1.15).
    """
    library = _faiss()
    kind = library.ScalarQuantizer.QT_8bit_direct_signed
    tiny = library.IndexScalarQuantizer(dimensions, kind, library.METRIC_INNER_PRODUCT)
    tiny.add(np.zeros((1, dimensions), dtype=np.float32))
    with tempfile.TemporaryDirectory() as folder:
        library.write_index(tiny, str(Path(folder) / "tiny"))
        return library.read_index(str(Path(folder) / "tiny"), library.IO_FLAG_MMAP_IFC)


def lists_for(rows: int) -> int:
    """Return the number of lists of a coarse index: about 3·√rows, a power of two."""
    return 1 << max(4, round(np.log2(3 * rows**0.5)))


def save_coarse(folder: Path, matrix: Bytes) -> None:
    """Write a coarse index of all rows of `matrix`: one bit a dimension (Gao & Long 2024), lists around centres."""
    library = _faiss()
    library.omp_set_num_threads(os.cpu_count() or 1)
    rows, dimensions = matrix.shape
    count = lists_for(rows)
    centres = library.IndexFlatIP(dimensions)
    index = library.IndexIVFRaBitQ(centres, dimensions, count, library.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = 1234, 10
    step = max(1, rows // (_TRAINED * count))
    index.train(matrix[::step].astype(np.float32) - CENTRE)
    for start in range(0, rows, 1 << 16):
        index.add(matrix[start : start + (1 << 16)].astype(np.float32) - CENTRE)
    library.write_index(index, str(folder / IVF))
    library.omp_set_num_threads(1)

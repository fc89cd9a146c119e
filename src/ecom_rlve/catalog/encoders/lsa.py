"""Latent semantic analysis (Deerwester et al. 1990): TF-IDF and a truncated SVD, fitted on a catalogue's own texts.

NumPy alone: a randomised range finder with power iterations (Halko, Martinsson & Tropp 2011) whose start is a fixed
pattern of signs, so that one machine always fits the same vectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Longs, mix_all
from ecom_rlve.catalog.encoders.encoder import Floats, unit
from ecom_rlve.catalog.search import Index
from ecom_rlve.catalog.tokens import tokens

DIMENSIONS: Final = 128
SAMPLE: Final = 60_000
"""At most so many products, spread evenly over the catalogue, are fitted."""
_EXTRA: Final = 16
_PASSES: Final = 3
_MIN_ROWS: Final = 3
"""A word of fewer fitted products says nothing about what goes together."""
_CHUNK: Final = 1 << 19
"""Non-zero entries multiplied at once: bounds memory to 300 MB."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A matrix by rows: row i has `values[starts[i]:starts[i+1]]` in `columns[...]`."""

    starts: Longs
    columns: Longs
    values: Floats
    width: int

    def times(self, dense: Matrix) -> Matrix:
        """Return the product with a dense matrix of `width` rows."""
        out = np.zeros((len(self.starts) - 1, dense.shape[1]), dtype=np.float32)
        low = 0
        while low < len(out):
            full = int(self.starts[low]) + _CHUNK
            high = int(np.searchsorted(self.starts, full, side="right")) - 1
            high = min(max(high, low + 1), len(out))
            span = slice(int(self.starts[low]), int(self.starts[high]))
            filled = np.flatnonzero(self.starts[low + 1 : high + 1] > self.starts[low:high]) + low
            if len(filled):
                parts = dense[self.columns[span]] * self.values[span, None]
                out[filled] = np.add.reduceat(parts, self.starts[filled] - self.starts[low], axis=0)
            low = high
        return out

    def transposed(self) -> Sparse:
        """Return the same matrix by columns."""
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        counts = np.bincount(self.columns, minlength=self.width)
        starts = np.append(0, np.cumsum(counts)).astype(np.int64)
        return Sparse(starts, rows[order], self.values[order], len(self.starts) - 1)


def _orthonormal(matrix: Matrix) -> Matrix:
    """Return an orthonormal basis of the columns, through their Gram matrix: it is small where they are long."""
    wide = matrix.astype(np.float64)
    squares, turns = np.linalg.eigh(wide.T @ wide)
    kept = squares > squares[-1] * 1e-10
    return (wide @ (turns[:, kept] / np.sqrt(squares[kept]))).astype(np.float32)


def fit(index: Index, texts: Sequence[str]) -> Matrix:
    """Return a projection, one row a vocabulary word, from the texts of some products.

    Args:
        index: Whose vocabulary.
        texts: The fitted products' texts, at least `DIMENSIONS` of them.
    """
    matrix = _weighted(index, texts)
    rows_of = np.bincount(matrix.columns, minlength=matrix.width)
    known = rows_of >= _MIN_ROWS
    values = np.where(known[matrix.columns], matrix.values, 0).astype(np.float32)
    by_row = Sparse(matrix.starts, matrix.columns, values, matrix.width)
    by_column = by_row.transposed()
    wide = min(DIMENSIONS + _EXTRA, len(texts))
    cells = mix_all(np.arange(matrix.width * wide, dtype=np.uint64)) & np.uint64(1)
    basis = (cells.astype(np.float32) * 2 - 1).reshape(matrix.width, wide)
    for _ in range(_PASSES):
        basis = _orthonormal(by_column.times(_orthonormal(by_row.times(basis))))
    small = by_row.times(basis)
    # The right singular vectors of A·B are the eigenvectors of its Gram matrix: 144 × 144.
    values_, turns = np.linalg.eigh((small.T @ small).astype(np.float64))
    best = turns[:, np.argsort(-values_, kind="stable")[:DIMENSIONS]]
    projection = (basis @ best.astype(np.float32)).astype(np.float32)
    # A singular vector's sign is free: the word with the greatest part is positive.
    top = np.abs(projection).argmax(axis=0)
    projection *= np.sign(projection[top, np.arange(projection.shape[1])])
    out = np.zeros((matrix.width, DIMENSIONS), dtype=np.float32)
    out[:, : projection.shape[1]] = np.where(known[:, None], projection, 0)
    return out


class Lsa:
    """A fitted projection of a catalogue's words."""

    dimensions: int = DIMENSIONS

    def __init__(self, index: Index, projection: Matrix) -> None:
        self._index = index
        self._projection = projection

    def passages(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts about products."""
        return unit(_weighted(self._index, texts).times(self._projection))

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries; typos are read as the search reads them."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for i, text in enumerate(texts):
            for term in self._index.terms(text):
                out[i] += self._projection[term.id] * (int(self._index.idf[term.id]) * term.quarters)
        return unit(out)


def _weighted(index: Index, texts: Sequence[str]) -> Sparse:
    """Return the TF-IDF matrix: a word said again counts half as much more, up to twice."""
    columns: list[int] = []
    counts: list[int] = []
    starts = [0]
    for text in texts:
        for token, count in Counter(tokens(text)).items():
            term = index.find(token)
            if term >= 0:
                columns.append(term)
                counts.append(count)
        starts.append(len(columns))
    terms = np.asarray(columns, dtype=np.int64)
    said = (1 + np.minimum(np.asarray(counts, dtype=np.int64), 3)) / 2
    values = np.asarray(index.idf)[terms] * said / 32
    return Sparse(np.asarray(starts, dtype=np.int64), terms, values.astype(np.float32), len(index.words))

"""The product table: one Arrow IPC file with one batch, written category by category, read through NumPy views.

Knows no meaning of a column. Imports pyarrow only when a table is opened or finished; beside it only `intake` does.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.texts import Texts, packed

TEXTS = ("title", "description")


def open_table(file: Path, columns: Sequence[str]) -> tuple[Mapping[str, Ints], Texts, Texts]:
    """Return the integer columns by name, and both texts, as views into the mapped file.

    Raises:
        ValueError: It is no Arrow file of one batch. KeyError: A column is missing.
    """
    import pyarrow as pa  # noqa: PLC0415 (keeps `import ecom_rlve` light)

    with pa.memory_map(str(file)) as source:
        reader = pa.ipc.open_file(source)
        if reader.num_record_batches != 1:
            raise ValueError(f"{reader.num_record_batches} batches instead of one")
        batch = reader.get_batch(0)
    for name in columns:
        if batch.schema.field(name).type != pa.int32():
            raise ValueError(f"column {name} holds {batch.schema.field(name).type} instead of int32")
    views = {name: _numbers(batch.column(name).buffers(), batch.num_rows) for name in columns}
    both = [_texts(batch.column(name).buffers(), batch.num_rows) for name in TEXTS]
    return views, both[0], both[1]


def _numbers(buffers: Sequence[object], rows: int) -> Ints:
    # `to_numpy` would import pandas where that is installed.
    return np.frombuffer(buffers[1], dtype=np.int32, count=rows)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _texts(buffers: Sequence[object], rows: int) -> Texts:
    _, offsets, data = buffers
    return Texts(
        np.frombuffer(offsets, dtype=np.int64, count=rows + 1),  # pyright: ignore[reportArgumentType, reportCallIssue]
        np.frombuffer(data, dtype=np.uint8),  # pyright: ignore[reportArgumentType, reportCallIssue]
    )


class TableWriter:
    """Takes categories one after the other; memory is bounded by the biggest category."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._parts = folder / "parts"
        self._parts.mkdir()
        self._columns = tuple(columns)
        self._rows = 0
        self._ends = dict.fromkeys(TEXTS, 0)
        self._hash = blake2b(digest_size=8)

    def append(self, columns: Mapping[str, Longs], texts: Mapping[str, Sequence[str]], rows: int) -> None:
        """Add `rows` rows; a column that is not among `columns` is −1 in all of them."""
        for name in self._columns:
            values = columns.get(name)
            block = np.full(rows, -1, "<i4") if values is None else values.astype("<i4")
            self._add(name, block.tobytes())
        for name in TEXTS:
            offsets, data = packed(texts[name])
            shifted = (offsets[1:] + self._ends[name]).astype("<i8")
            self._add(f"{name}.offsets", shifted.tobytes())
            self._add(f"{name}.bytes", data.tobytes())
            self._ends[name] += int(offsets[-1])
        self._rows += rows

    def _add(self, part: str, data: bytes) -> None:
        self._hash.update(data)
        with (self._parts / part).open("ab") as file:
            file.write(data)

    def finish(self, file: Path, meaning: Sequence[str]) -> str:
        """Write the table and return the fingerprint of its content, 16 hex digits.

        Args:
            file: Where the table goes.
            meaning: Texts that say what the codes stand for; they enter the fingerprint.
        """
        import pyarrow as pa  # noqa: PLC0415 (as above)

        def mapped(part: str) -> object:
            with pa.memory_map(str(self._parts / part)) as source:
                return source.read_buffer()

        arrays = [pa.Array.from_buffers(pa.int32(), self._rows, [None, mapped(name)]) for name in self._columns]
        for name in TEXTS:
            offsets = np.concatenate([np.zeros(1, "<i8"), np.fromfile(self._parts / f"{name}.offsets", "<i8")])
            # An empty file cannot be mapped: a shop without a single description is one all the same.
            texts = mapped(f"{name}.bytes") if self._ends[name] else pa.py_buffer(b"\0")
            buffers = [None, pa.py_buffer(offsets), texts]
            arrays.append(pa.Array.from_buffers(pa.large_string(), self._rows, buffers))
        batch = pa.RecordBatch.from_arrays(arrays, names=[*self._columns, *TEXTS])
        with pa.ipc.new_file(str(file), batch.schema) as writer:
            writer.write_batch(batch)
        del batch, arrays
        shutil.rmtree(self._parts)
        for text in meaning:
            self._hash.update(text.encode() + b"\0")
        return self._hash.hexdigest()

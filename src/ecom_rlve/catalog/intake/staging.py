"""Cleaned rows on their way: chunks on disk, one Arrow file each, written whole or not at all.

Knows no catalogue. A chunk holds one batch per kind of product, so that a kind is later read without the others, and
its own tally, so that a build that was killed goes on behind its last chunk.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.intake.clean import Cleaner, Dropped, Item, number_of
from ecom_rlve.catalog.intake.column_map import ColumnMap
from ecom_rlve.catalog.intake.extract import Found
from ecom_rlve.catalog.intake.raw import Raw
from ecom_rlve.catalog.intake.tally import Tally

NUMBERS: Final = ("order", "key", "listing", "price", "rating", "rating_count", "stock", "delivery_days")
TEXTS: Final = ("source_id", "plural", "brand", "title", "description", "attributes", "axis")
ORDER_BITS: Final = 40
"""A row's order is its source's place, shifted by this, and its own place."""
_SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in NUMBERS),
        *(pa.field(name, pa.large_string()) for name in TEXTS),
        pa.field("denied", pa.bool_()),
    ]
)


def stage(raws: Sequence[Raw], columns: ColumnMap, source: int, file: Path) -> Tally:
    """Clean rows and write those that are products to `file`.

    Args:
        raws: Rows of one source.
        columns: How they are read.
        source: The source's place among all of them.
        file: The chunk.
    """
    tally = Tally(rows=len(raws))
    cleaner = Cleaner(columns, tally.notes)
    kinds: dict[str, list[tuple[int, Item]]] = {}
    for raw in raws:
        item, mended = cleaner.clean(raw)
        tally.mended.update(mended)
        if isinstance(item, Dropped):
            tally.drop(item.reason, f"row {raw.number}: {item.excerpt}")
            continue
        tally.kept += 1
        tally.by_title += item.by_title
        kinds.setdefault(item.kind, []).append((source << ORDER_BITS | raw.number, item))
    met: dict[str, set[str]] = {}
    for items in kinds.values():
        for _, item in items:
            for name, found in item.attributes.items():
                if isinstance(found.value, str):
                    met.setdefault(name, set()).add(found.value)
    tally.words = {name: sorted(values) for name, values in met.items()}
    _write(file, kinds, tally)
    return tally


def _write(file: Path, kinds: Mapping[str, Sequence[tuple[int, Item]]], tally: Tally) -> None:
    ordered = sorted(kinds)
    schema = _SCHEMA.with_metadata({"kinds": json.dumps(ordered), "tally": tally.dumps()})
    unfinished = file.with_suffix(".part")
    with pa.ipc.new_file(str(unfinished), schema) as writer:
        for kind in ordered:
            writer.write_batch(pa.RecordBatch.from_pylist([_row(n, item) for n, item in kinds[kind]], schema))
    unfinished.replace(file)


def _row(order: int, item: Item) -> dict[str, object]:
    found = {name: [one.value, one.confidence, one.evidence] for name, one in item.attributes.items()}
    return {
        **{name: getattr(item, name) for name in (*NUMBERS[2:], *TEXTS) if name != "attributes"},
        "order": order,
        "key": number_of(item.source_id),
        "denied": item.denied,
        "attributes": json.dumps(found, ensure_ascii=False, separators=(",", ":")),
    }


@dataclass(frozen=True, slots=True)
class Rows:
    """Staged rows of one kind."""

    numbers: Mapping[str, Longs]
    texts: Mapping[str, list[str]]
    denied: bool
    """Whether any of them is."""

    def __len__(self) -> int:
        return len(self.numbers["order"])

    def attributes(self) -> list[dict[str, Found]]:
        """Return the attributes of every row."""
        parsed = [cast("dict[str, list[str | int]]", json.loads(text)) for text in self.texts["attributes"]]
        # What `_row` wrote: value, confidence, evidence.
        return [{name: Found(*one) for name, one in row.items()} for row in parsed]  # pyright: ignore[reportArgumentType]


class Chunk:
    """A chunk on disk, opened only while it is read: there may be more of them than files a process may hold open."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with pa.memory_map(str(file)) as source:
            metadata = pa.ipc.open_file(source).schema.metadata
        self.kinds: tuple[str, ...] = tuple(json.loads(metadata[b"kinds"]))
        self.tally = Tally.loads(metadata[b"tally"].decode())

    def batch(self, place: int) -> Batch:
        """Return the rows of the kind at `place` among `kinds`."""
        with pa.memory_map(str(self._file)) as source:
            return Batch(pa.ipc.open_file(source).get_batch(place))


class Batch:
    """Staged rows of one kind in one chunk, as views into its file."""

    def __init__(self, batch: Any) -> None:  # Any: a pyarrow.RecordBatch, which has no type
        self._batch = batch

    def numbers(self, name: str) -> Longs:
        """Return a column of numbers."""
        return self._batch.column(name).to_numpy(zero_copy_only=False)

    def texts(self, name: str) -> list[str]:
        """Return a column of texts."""
        return self._batch.column(name).to_pylist()

    def denied(self) -> bool:
        """Whether any row is denied."""
        return any(self._batch.column("denied").to_pylist())


def rows_of(kind: str, chunks: Sequence[Chunk], keep: Sequence[Sequence[Longs]]) -> Rows:
    """Return the rows of a kind that are kept, in the order of chunks.

    Args:
        kind: Which kind.
        chunks: All chunks.
        keep: For every chunk and batch the places of rows that stay.
    """
    numbers: dict[str, list[Longs]] = {name: [] for name in NUMBERS}
    texts: dict[str, list[str]] = {name: [] for name in TEXTS}
    denied = False
    for chunk, kept in zip(chunks, keep, strict=True):
        if kind not in chunk.kinds:
            continue
        batch, chosen = chunk.batch(chunk.kinds.index(kind)), kept[chunk.kinds.index(kind)]
        places: list[int] = chosen.tolist()
        for name in NUMBERS:
            numbers[name].append(batch.numbers(name)[chosen])
        for name in TEXTS:
            column = batch.texts(name)
            texts[name].extend(column[place] for place in places)
        denied = denied or batch.denied()
    return Rows({name: np.concatenate(parts) for name, parts in numbers.items()}, texts, denied)

"""Where a product of a built catalogue comes from: its id in the source, what was synthesised, how sure its attributes.

Knows no search and no episode; nothing here is ever shown to an agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.intake.filling import FLAGS
from ecom_rlve.catalog.intake.vocabulary import schema
from ecom_rlve.catalog.texts import Texts, packed

_IDS: Final = "source_ids"
_FLAGS: Final = "synthesised"
_SURE: Final = "confidence"
Bytes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class ProvenanceWriter:
    """Takes categories one after the other and writes three tables beside the products."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends: list[Longs] = [np.zeros(1, dtype=np.int64)]
        self._flags: list[np.ndarray[Any, np.dtype[np.uint8]]] = []  # Any: a shape
        self._rows = 0

    def add(self, source_ids: Sequence[str], flags: Longs, confidence: Bytes) -> None:
        """Add the products of one category."""
        offsets, data = packed(source_ids)
        self._ends.append(offsets[1:] + self._ends[-1][-1])
        self._flags.append(flags.astype(np.uint8))
        self._rows += len(source_ids)
        for name, block in ((_IDS, data.tobytes()), (_SURE, confidence.tobytes())):
            with (self._folder / f"{name}.part").open("ab") as file:
                file.write(block)

    def finish(self) -> None:
        """Write the tables."""
        offsets = np.concatenate(self._ends)
        np.save(self._folder / f"{_IDS}.offsets.npy", offsets)
        np.save(self._folder / f"{_FLAGS}.npy", np.concatenate(self._flags))
        self._whole(f"{_IDS}.bytes", _IDS, (int(offsets[-1]),))
        self._whole(_SURE, _SURE, (self._rows, len(schema())))

    def _whole(self, name: str, part: str, shape: tuple[int, ...]) -> None:
        file = self._folder / f"{part}.part"
        out = np.lib.format.open_memmap(self._folder / f"{name}.npy", "w+", np.dtype("u1"), shape)
        out[...] = np.memmap(file, np.uint8, "r", shape=shape) if out.size else 0
        out.flush()
        file.unlink()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one product comes from."""

    source_id: str
    synthesised: tuple[str, ...]
    """Figures that its source does not give; "variants" where it has no form of its own."""
    confidence: Mapping[str, int]
    """By attribute, of 100."""


class Provenance:
    """Reads what `ProvenanceWriter` wrote."""

    def __init__(self, folder: Path) -> None:
        """Open the tables of the catalogue in `folder`; a FileNotFoundError where it was not built."""
        self._ids = Texts(_array(folder, f"{_IDS}.offsets"), _array(folder, f"{_IDS}.bytes"))
        self._flags = _array(folder, _FLAGS)
        self._sure = _array(folder, _SURE)

    def origin(self, row: int) -> Origin:
        """Return where the product in `row` comes from."""
        bits = int(self._flags[row])
        sure = dict(zip(schema(), self._sure[row].tolist(), strict=True))
        made = tuple(name for name, bit in FLAGS.items() if bits & bit)
        return Origin(self._ids[row], made, {name: int(value) for name, value in sure.items() if value})


def _array(folder: Path, name: str) -> np.ndarray[Any, Any]:  # Any: the writer's type
    return np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)

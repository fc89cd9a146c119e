"""Encoded vectors of a catalogue on disk: one byte a dimension, memory-mapped, compared in integers.

Knows no encoder and no ranking. What is stored is exact: every machine computes the same likeness from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.encoders.encoder import Floats
from ecom_rlve.catalog.storage import checksum
from ecom_rlve.core.errors import CatalogError

MATRIX: Final = "vectors.npy"
ABOUT: Final = "vectors.json"
CENTRE: Final = 128
"""What a stored byte is above the integer it stands for."""
_TOP: Final = 127
MAX_DIMENSIONS: Final = 1024
"""Dot products of more would not be exact in the floats that FAISS sums in: 127² · 1024 < 2**24."""
FINE: Final = 1_000_000

Bytes = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]
Rows = Sequence[int] | Longs


@dataclass(frozen=True, slots=True)
class About:
    """What vectors.json holds."""

    encoder: str
    catalog: str
    """Fingerprint of the catalogue whose products were encoded."""
    rows: int
    dimensions: int
    cap: float
    """The size of a component that is stored as 127; bigger ones are cut."""
    weights: str
    """Digest of the encoder's weights; empty where there are none, or they were not files."""
    digest: str
    """16 hex digits over the matrix."""
    check: int
    """Check sum of the file, as `storage.checksum` takes it."""


class Vectors:
    """The vectors of all products by one encoder. Rows are the catalogue's."""

    def __init__(self, folder: Path, catalog: str) -> None:
        """Open what an embedding build left in `folder` for the catalogue of fingerprint `catalog`.

        Raises:
            CatalogError: It is missing, damaged, or made for another catalogue.
        """
        self.folder = folder
        self.about = read_about(folder)
        if self.about.catalog != catalog:
            raise CatalogError(
                f"{folder} holds vectors of the catalogue {self.about.catalog}, this one is {catalog}; "
                f"make them anew with `ecom-rlve catalog embed`"
            )
        file = folder / MATRIX
        if not file.is_file() or checksum(file) != self.about.check:
            raise CatalogError(f"{file} is missing or damaged; make it anew with `ecom-rlve catalog embed`")
        mapped = np.load(file, mmap_mode="r")
        self.matrix: Bytes = np.asarray(mapped).view(np.ndarray)

    def quantised(self, vector: Floats) -> Longs:
        """Return a query's vector as the integers it is compared by, −127 … 127."""
        return quantised(vector[None], self.about.cap)[0].astype(np.int64) - CENTRE

    def signed(self, rows: Rows) -> Doubles:
        """Return the integers of some rows as floats that hold them exactly, shape (len(rows), dimensions)."""
        return self.matrix[np.asarray(rows, dtype=np.int64)].astype(np.float64) - CENTRE

    def likeness(self, vector: Longs, rows: Longs) -> Longs:
        """Return ⌊10⁶ · cosine⌋ of `vector` with each of `rows`: what the order of a search rests on.

        Products and sums are whole numbers far below 2^53, and a root and a quotient are rounded in one way only.
        """
        block, one = self.signed(rows), vector.astype(np.float64)
        roots = np.sqrt(np.einsum("ij,ij->i", block, block) * (one @ one))
        return np.floor(FINE * (block @ one) / np.maximum(roots, 1)).astype(np.int64)


def quantised(vectors: Floats, cap: float) -> Bytes:
    """Return vectors as bytes: 128 for zero, 1 … 255; components beyond `cap` are cut."""
    scaled = np.rint(vectors.astype(np.float64) * (_TOP / cap))
    return (np.clip(scaled, -_TOP, _TOP) + CENTRE).astype(np.uint8)


def read_about(folder: Path) -> About:
    """Return what vectors.json in `folder` says; a `CatalogError` if it cannot be read."""
    file = folder / ABOUT
    try:
        return About(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CatalogError(f"{file} is missing; make the vectors with `ecom-rlve catalog embed`") from None
    except (OSError, ValueError, TypeError) as error:
        raise CatalogError(
            f"{file} cannot be read ({error!r}); make the vectors anew with `ecom-rlve catalog embed`"
        ) from error


def save_about(folder: Path, about: About) -> None:
    """Write vectors.json."""
    (folder / ABOUT).write_text(json.dumps(asdict(about), indent=1) + "\n", encoding="utf-8")


def digest_of(file: Path) -> str:
    """Return 16 hex digits over all bytes of a file."""
    digest = blake2b(digest_size=8)
    with file.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()

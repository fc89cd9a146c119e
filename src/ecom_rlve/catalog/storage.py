"""A catalogue as a folder of files: writing it whole or not at all, opening it memory-mapped, telling damage.

Knows no search and no taxonomy: named integer columns, two texts per row, further arrays, and `meta.json`.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.locks import locked
from ecom_rlve.catalog.table import open_table
from ecom_rlve.catalog.texts import Texts, packed
from ecom_rlve.core.errors import CatalogError

FORMAT: Final = 1
META: Final = "meta.json"
TABLE: Final = "products.arrow"
_WHOLE: Final = 32 << 20
"""Files up to this size are checked in full, bigger ones by their size and sampled blocks."""
_BLOCKS, _BLOCK = 16, 1 << 16
_REMEDY: Final = "make it anew with `ecom-rlve catalog generate`"


@dataclass(frozen=True, slots=True)
class Meta:
    """What meta.json holds."""

    format: int
    kind: str
    """How it was made, e.g. "generated-v1"."""
    size: int
    seed: int
    fingerprint: str
    columns: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    """The dictionary of every word attribute, sorted."""
    files: Mapping[str, tuple[int, int]]
    """Size and check sum of every other file."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened catalogue folder."""

    path: Path
    meta: Meta
    columns: Mapping[str, Ints]
    titles: Texts
    descriptions: Texts

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """Return the stored array `name`, memory-mapped; its type is the writer's business."""
        mapped = np.load(self.path / f"{name}.npy", mmap_mode="r")
        return np.asarray(mapped).view(np.ndarray)

    def texts(self, name: str) -> Texts:
        """Return the stored table of strings `name`."""
        return Texts(self.array(f"{name}.offsets"), self.array(f"{name}.bytes"))


def open_folder(path: Path) -> Folder:
    """Open the catalogue in `path` and check it.

    Raises:
        CatalogError: No catalogue, another format, or a file that is missing, truncated or damaged; the message names
            the file, what was found and what to do.
    """
    meta = _read_meta(path)
    for name, (size, check) in meta.files.items():
        file = path / name
        if not file.is_file():
            raise CatalogError(f"{file} is missing; {_REMEDY}")
        found = file.stat().st_size
        if found != size:
            raise CatalogError(f"{file} has {found} bytes instead of {size}; {_REMEDY}")
        if checksum(file) != check:
            raise CatalogError(f"{file} is damaged: its check sum is not the one in {META}; {_REMEDY}")
    try:
        columns, titles, descriptions = open_table(path / TABLE, meta.columns)
    except (ValueError, KeyError, OSError) as error:
        raise CatalogError(f"{path / TABLE} is no product table ({error}); {_REMEDY}") from error
    return Folder(path, meta, columns, titles, descriptions)


def checksum(file: Path) -> int:
    """Return a CRC-32 over the file, or over 16 blocks spread evenly over a file above 32 MiB."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= _WHOLE:
            return zlib.crc32(stream.read())
        check = 0
        for i in range(_BLOCKS):
            stream.seek((size - _BLOCK) * i // (_BLOCKS - 1))
            check = zlib.crc32(stream.read(_BLOCK), check)
        return check


def _read_meta(path: Path) -> Meta:
    file = path / META
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        found = raw["format"]
    except FileNotFoundError:
        raise CatalogError(f"{file} is missing: there is no catalogue in {path}; {_REMEDY}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogError(f"{file} cannot be read ({error!r}); {_REMEDY}") from error
    if found != FORMAT:
        raise CatalogError(f"{file} has format {found!r}, this version reads {FORMAT}; {_REMEDY}")
    try:
        body = {key: raw[key] for key in raw if key != "check"}
        if raw["check"] != zlib.crc32(_dumps(body).encode()):
            raise CatalogError(f"{file} is damaged: its check sum is wrong; {_REMEDY}")
        return Meta(
            format=found,
            kind=raw["kind"],
            size=raw["size"],
            seed=raw["seed"],
            fingerprint=raw["fingerprint"],
            columns=tuple(raw["columns"]),
            words={name: tuple(words) for name, words in raw["words"].items()},
            files={name: (size, check) for name, (size, check) in raw["files"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CatalogError(f"{file} lacks what a catalogue needs ({error!r}); {_REMEDY}") from error


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Generator[Path]:
    """Yield an empty folder that becomes `path` at the end; on an error nothing is left.

    If another process was faster, its folder stays and this one is dropped: equal recipes give equal catalogues. A
    damaged catalogue that is in the way is replaced, anything else is not touched.

    Args:
        path: The folder to make.
        replace: Whether a sound catalogue that is there gives way. Those who have it open keep reading it.

    Raises:
        CatalogError: `path` exists and is no catalogue.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".{path.name}-*"):
        _remove_if_left(leftover)
    building, descriptor = _building_folder(path)
    try:
        yield building
        building.chmod(0o755)
        _put_in_place(building, path, replace=replace)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        if descriptor >= 0:
            os.close(descriptor)


def _building_folder(path: Path) -> tuple[Path, int]:
    """Return an empty folder beside `path`, and a descriptor whose lock says that somebody works on it; or −1."""
    fresh = Path(tempfile.mkdtemp(prefix=".making-", dir=path.parent))
    if os.name != "posix":
        return fresh, -1
    descriptor = os.open(fresh, os.O_RDONLY)
    locked(descriptor)
    # Locked before it bears the name under which leftovers are looked for.
    return fresh.rename(path.parent / f".{path.name}-{fresh.name.removeprefix('.making-')}"), descriptor


def _remove_if_left(building: Path) -> None:
    """Remove what a process that was killed has left behind: nobody holds it."""
    if os.name != "posix" or not building.is_dir():
        return
    descriptor = os.open(building, os.O_RDONLY)
    if locked(descriptor):
        shutil.rmtree(building, ignore_errors=True)
    os.close(descriptor)


def _put_in_place(building: Path, path: Path, *, replace: bool) -> None:
    try:
        os.rename(building, path)
        return
    except OSError:
        if not (path / META).is_file():
            raise CatalogError(f"{path} is in the way: it exists and is no catalogue") from None
    if not replace:
        try:
            open_folder(path)
            return
        except CatalogError:
            pass
    if not _exchanged(building, path):
        # Away under a temporary name first, so that `path` never holds half of either.
        old = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        os.rename(path, old)
        os.rename(building, path)
        shutil.rmtree(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, so that a kill at any moment leaves both whole; False where that cannot be."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    here, both = -100, 2  # AT_FDCWD, RENAME_EXCHANGE: see renameat2(2)
    return exchange is not None and exchange(here, os.fsencode(one), here, os.fsencode(other), both) == 0


def check_space(folder: Path, needed: int) -> None:
    """Raise a CatalogError if the disk that `folder` is to lie on has less than `needed` bytes left."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CatalogError(f"{folder} has {free / 1e9:.1f} GB left, this needs about {needed / 1e9:.1f} GB")


def save_array(folder: Path, name: str, array: Longs | Ints | np.ndarray[Any, Any]) -> None:
    """Store `array` under `name`."""
    np.save(folder / f"{name}.npy", array)


def save_texts(folder: Path, name: str, strings: list[str]) -> None:
    """Store `strings` under `name`."""
    offsets, data = packed(strings)
    save_array(folder, f"{name}.offsets", offsets)
    save_array(folder, f"{name}.bytes", data)


def save_meta(folder: Path, meta: Meta) -> None:
    """Write meta.json, last of all; sizes and check sums of what is in `folder` are added to it."""
    files = {file.name: (file.stat().st_size, checksum(file)) for file in sorted(folder.iterdir()) if file.name != META}
    body = {
        "format": meta.format,
        "kind": meta.kind,
        "size": meta.size,
        "seed": meta.seed,
        "fingerprint": meta.fingerprint,
        "columns": meta.columns,
        "words": meta.words,
        "files": files,
    }
    text = _dumps(body)
    body["check"] = zlib.crc32(text.encode())
    (folder / META).write_text(_dumps(body), encoding="utf-8")


def _dumps(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

"""Where foreign products come from: files by their ending, folders of such files, Hugging Face data sets.

Knows no map. Every source yields rows in a fixed order and can begin at any of them, so that a build can go on.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow and datasets ship no or partial types)

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecom_rlve.catalog.intake.column_map import Grouping
from ecom_rlve.catalog.intake.lines import csv_rows, json_lines, json_list
from ecom_rlve.catalog.intake.raw import Raw, Record, bounded
from ecom_rlve.core.errors import CatalogError

HUB: Final = "hf:"
_ROWS: Final = 1024
"""Rows of a Parquet file in memory at a time."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or data set."""

    name: str
    """A path, or "hf:NAME:CONFIG@SPLIT"."""
    mark: str
    """What tells whether it is still the same: size and time of a file."""
    bytes: int
    """Its size; 0 where that is not known."""

    def rows(self, start: int = 0) -> Iterator[Raw]:
        """Yield its rows from row `start` on; a `CatalogError` says what cannot be read."""
        if self.name.startswith(HUB):
            return _hub(self.name.removeprefix(HUB), start)
        path = Path(self.name)
        return _READERS[_ending(path)](path, start)


def find_sources(names: list[str]) -> list[Source]:
    """Return the sources that `names` stand for; a folder stands for the files in it, sorted by name.

    Raises:
        CatalogError: One does not exist, or has an ending that is not read.
    """
    found: list[Source] = []
    for name in names:
        if name.startswith(HUB):
            found.append(Source(name, "", 0))
            continue
        path = Path(name)
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if _ending(file) in _READERS)
            if not inside:
                raise CatalogError(f"{path} holds no file that ends in {', '.join(_READERS)}")
            found.extend(map(_file, inside))
        else:
            found.append(_file(path))
    if not found:
        raise CatalogError("a catalogue is built from one source or more")
    return found


def _file(path: Path) -> Source:
    if not path.is_file():
        raise CatalogError(f"{path} does not exist")
    if _ending(path) not in _READERS:
        raise CatalogError(f"{path} ends in none of {', '.join(_READERS)}")
    stat = path.stat()
    return Source(str(path.absolute()), f"{stat.st_size}:{stat.st_mtime_ns}", stat.st_size)


def _ending(path: Path) -> str:
    """Return ".jsonl" for "x.jsonl" and "x.jsonl.gz"."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def _parquet(path: Path, start: int) -> Iterator[Raw]:
    import pyarrow as pa  # noqa: PLC0415 (keeps `import ecom_rlve` light)
    import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

    try:
        with pq.ParquetFile(path) as file:
            number, groups = 0, list[int]()
            for i in range(file.num_row_groups):
                rows = int(file.metadata.row_group(i).num_rows)
                if not groups and number + rows <= start:
                    number += rows
                else:
                    groups.append(i)
            for batch in file.iter_batches(_ROWS, row_groups=groups):
                for record in batch.to_pylist():
                    if number >= start:
                        yield Raw(number, _record(record))
                    number += 1
    except (OSError, pa.ArrowException) as error:
        raise CatalogError(f"{path} is no readable Parquet file: {error}") from None


def _record(row: object) -> Record:
    found = bounded(row)
    return found if isinstance(found, dict) else {}


def _hub(name: str, start: int) -> Iterator[Raw]:
    """Yield the rows of a data set: NAME[:CONFIG][@SPLIT], streamed; NAME may be a local folder."""
    try:
        import datasets  # noqa: PLC0415 (an extra)
    except ImportError:
        raise CatalogError(f"hf:{name} needs the package datasets: pip install 'ecom-rlve[hf]'") from None
    place, _, split = name.partition("@")
    # A drive or a scheme may hold a colon too; a config never holds a slash.
    path, colon, config = place.rpartition(":")
    if not colon or "/" in config or "\\" in config:
        path, config = place, ""
    try:
        stream = datasets.load_dataset(path, config or None, split=split or "train", streaming=True)
        for i, record in enumerate(stream.skip(start) if start else stream):
            yield Raw(start + i, _record(record))
    except (OSError, ValueError, RuntimeError, LookupError) as error:
        raise CatalogError(f"hf:{name} cannot be read: {error}") from None


_READERS: Final[dict[str, Callable[[Path, int], Iterator[Raw]]]] = {
    ".parquet": _parquet,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".json": json_list,
    ".csv": csv_rows,
    ".tsv": csv_rows,
}


def grouped(rows: Iterator[Raw], grouping: Grouping, start: int) -> Iterator[Raw]:
    """Yield products of rows that follow each other, from product `start`: the first row with what others add.

    The values of every option are gathered under "options".
    """
    number, held = 0, list[Raw]()
    for raw in rows:
        if held and (raw.fault or _key(raw, grouping) not in ("", _key(held[0], grouping))):
            if number >= start:
                yield _joined(number, held, grouping)
            number, held = number + 1, []
        if raw.fault:
            if number >= start:
                yield Raw(number, {}, raw.fault, raw.repaired, raw.excerpt)
            number += 1
        else:
            held.append(raw)
    if held and number >= start:
        yield _joined(number, held, grouping)


def _key(raw: Raw, grouping: Grouping) -> str:
    return str(raw.record.get(grouping.by) or "").strip()


def _joined(number: int, rows: list[Raw], grouping: Grouping) -> Raw:
    record: dict[str, object] = dict(rows[0].record)
    options: dict[str, list[str]] = {}
    names = {column: str(record.get(column) or "").strip() for column, _ in grouping.options}
    for raw in rows:
        for column, value in raw.record.items():
            if record.get(column) in (None, ""):
                record[column] = value
        for column, value_column in grouping.options:
            value = str(raw.record.get(value_column) or "").strip()
            if names[column] and value and value not in options.setdefault(names[column], []):
                options[names[column]].append(value)
    for column in grouping.add_up:
        units = [text for raw in rows if (text := str(raw.record.get(column) or "").strip()).lstrip("-").isdecimal()]
        if units:
            record[column] = sum(max(0, int(text)) for text in units)
    record["options"] = options
    repaired = next((raw.repaired for raw in rows if raw.repaired), "")
    return Raw(number, record, repaired=repaired)

"""A data set of demonstrations on disk: Parquet, JSONL and a card by which `datasets` finds them. All of it or nothing.

Knows no environment. Imports pyarrow only when it writes.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from ecom_rlve.core.errors import SpecError
from ecom_rlve.training.demonstrations import Demonstration, row

BATCH = 256
"""Rows of one row group; so many are in memory at a time."""
SPLITS = ("train", "validation")


class _Table:
    """One split of one style, as Parquet and as JSONL."""

    def __init__(self, folder: Path, split: str, files: ExitStack) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415 (keeps `import ecom_rlve` light)

        folder.mkdir(parents=True, exist_ok=True)
        self._lines: IO[str] = files.enter_context(
            (folder / f"{split}.jsonl").open("w", encoding="utf-8", newline="\n")
        )
        self._parquet = files.enter_context(
            pq.ParquetWriter(folder / f"{split}.parquet", _schema(), compression="zstd")
        )
        self._rows: list[dict[str, Any]] = []  # Any: rows are JSON
        files.callback(self._flush)

    def put(self, values: dict[str, Any]) -> None:  # Any: as above
        """Write one row."""
        self._lines.write(json.dumps(values, ensure_ascii=True) + "\n")
        self._rows.append(values)
        if len(self._rows) == BATCH:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 (keeps `import ecom_rlve` light)

        if self._rows:
            self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=_schema()))
            self._rows = []


def write_dataset(folder: Path, demonstrations: Iterable[tuple[str, Demonstration]], about: Mapping[str, str]) -> int:
    """Write (split, demonstration) pairs and return how many there were.

    The files grow in a folder beside it, which gets its name when the last row is written.

    Args:
        folder: Must not exist, or be empty.
        demonstrations: Any order; a split is one of `SPLITS`.
        about: What the card says of them, by name.

    Raises:
        SpecError: There is something in `folder`, or nothing to write.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SpecError(f"{folder} is not empty; give another --out")
    folder.parent.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        counts = _write(growing, demonstrations)
        if not counts:
            raise SpecError("no episode was solved: there is nothing to export")
        (growing / "README.md").write_text(_card(counts, about), encoding="utf-8")
        mask = os.umask(0)
        os.umask(mask)
        growing.chmod(0o777 & ~mask)  # What mkdtemp makes only its owner can read.
        growing.replace(folder)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return sum(counts.values())


def _write(growing: Path, demonstrations: Iterable[tuple[str, Demonstration]]) -> dict[tuple[str, str], int]:
    tables: dict[tuple[str, str], _Table] = {}
    counts: dict[tuple[str, str], int] = {}
    with ExitStack() as files:
        for split, demo in demonstrations:
            place = (demo.style, split)
            if place not in tables:
                tables[place] = _Table(growing / demo.style, split, files)
            tables[place].put(row(demo))
            counts[place] = counts.get(place, 0) + 1
    return counts


def _schema() -> Any:  # Any: pyarrow ships no types
    import pyarrow as pa  # noqa: PLC0415 (keeps `import ecom_rlve` light)

    text, number = pa.string(), pa.int64()
    function = pa.struct([("name", text), ("arguments", text)])
    call = pa.struct([("id", text), ("type", text), ("function", function)])
    message = pa.struct([("role", text), ("content", text), ("tool_calls", pa.list_(call)), ("tool_call_id", text)])
    columns = [
        ("episode", text), ("env", text), ("difficulty", number), ("seed", pa.uint64()), ("agent", text),
        ("style", text), ("reward", pa.float64()), ("turns", number), ("calls", number),
        ("messages", pa.list_(message)), ("tools", text),
    ]  # fmt: skip
    return pa.schema(columns)


def _card(counts: Mapping[tuple[str, str], int], about: Mapping[str, str]) -> str:
    """Return the README whose head tells `datasets` which files belong together."""
    styles = sorted({style for style, _ in counts})
    lines = ["---", "configs:"]
    for style in styles:
        lines += [f"- config_name: {style}", "  data_files:"]
        for split in (s for s in SPLITS if (style, s) in counts):
            lines += [f"  - split: {split}", f"    path: {style}/{split}.parquet"]
    lines += ["---", "", "# Demonstrations in Ecom-RLVE", ""]
    lines += [f"- {name}: {value}" for name, value in about.items()]
    lines += ["", "| style | split | episodes |", "|---|---|---:|"]
    lines += [f"| {style} | {split} | {counts[style, split]} |" for style, split in sorted(counts)]
    lines += [
        "",
        "Every episode was solved. No seed is one of those kept for evaluation, and no seed is in both splits. "
        "`messages` is the chat from the system prompt to the last word of the agent, `tools` (native style) the JSON "
        "text of the functions beside it. The same rows lie in the JSONL files.",
        "",
    ]
    return "\n".join(lines)

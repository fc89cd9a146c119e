"""`build`: from sources to a catalogue, in bounded memory; what was staged before a crash is not read again.

Knows no command line. Stage 1 cleans rows into chunks beside the target, stage 2 decides and writes, stage 3 puts the
finished folder in place, in one step where the system can.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from ecom_rlve.catalog.generate import MAX_SIZE
from ecom_rlve.catalog.intake.column_map import ColumnMap
from ecom_rlve.catalog.intake.deciding import decide
from ecom_rlve.catalog.intake.options import Options
from ecom_rlve.catalog.intake.raw import Raw
from ecom_rlve.catalog.intake.report import BuildReport
from ecom_rlve.catalog.intake.sources import Source, grouped
from ecom_rlve.catalog.intake.staging import Chunk, stage
from ecom_rlve.catalog.intake.tally import Tally
from ecom_rlve.catalog.intake.writing import CatalogFiles, Progress, rules_digest
from ecom_rlve.catalog.locks import held
from ecom_rlve.catalog.storage import META, check_space, new_folder
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.core.files import write_whole

_BYTES_A_PRODUCT: Final = 3_000
"""On disk at most, index and vectors included."""


def build(sources: Sequence[tuple[Source, ColumnMap]], out: Path, options: Options, progress: Progress) -> BuildReport:
    """Build a catalogue from `sources` in the folder `out` and return the report.

    Args:
        sources: What is read, in the order in which the first of equal products wins.
        out: The folder to make.
        options: How.
        progress: Called with (stage, done, total); total is 0 where it is not known.

    Raises:
        CatalogError: Something is in the way, cannot be read, or nothing is left of it; the message says what.
    """
    _check_target(out, options)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.parent / f".{out.name}.building"
    with held(work.with_suffix(".lock")) as mine:
        if not mine:
            raise CatalogError(f"another process is building {out}")
        _prepare(work, sources, options)
        for place, (source, columns) in enumerate(sources):
            _stage_source(work, place, source, columns, options, progress)
        chunks = [Chunk(file) for file in sorted(work.glob("*.arrow"))]
        tally = Tally()
        for chunk in chunks:
            tally.add(chunk.tally)
        decided = decide(chunks, options.fewest, tally)
        size = sum(decided.sizes.values())
        if not size:
            why = ", ".join(f"{reason}: {n}" for reason, n in tally.dropped.most_common())
            raise CatalogError(f"none of {tally.rows} rows became a product ({why}); is it the right column map?")
        if size > MAX_SIZE:
            raise CatalogError(f"a catalogue has at most {MAX_SIZE:,} products, these are {size:,}")
        check_space(out.parent, size * _BYTES_A_PRODUCT)
        named = [(source.name, columns.name) for source, columns in sources]
        with new_folder(out, replace=options.replace) as folder:
            report = CatalogFiles(folder, decided, tally.words).write(chunks, named, tally, progress)
        del chunks
        shutil.rmtree(work)
    return report


def _check_target(out: Path, options: Options) -> None:
    """Complain before hours of work, not behind them."""
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() and not (out / META).is_file():
        raise CatalogError(f"{out} is in the way: it exists and is no catalogue")
    if out.exists() and not options.replace:
        raise CatalogError(f"{out} holds a catalogue already; --replace puts the new one in its place when it is done")


def _prepare(work: Path, sources: Sequence[tuple[Source, ColumnMap]], options: Options) -> None:
    """Make the work folder; what is in it stays if it is of this very build."""
    named = [[source.name, source.mark, columns.name, columns.digest] for source, columns in sources]
    wanted = json.dumps({"rules": rules_digest(), "batch": options.batch, "sources": named}, indent=1)
    request = work / "request.json"
    if request.is_file() and request.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(work, ignore_errors=True)
    write_whole(request, wanted)


def _stage_source(
    work: Path, place: int, source: Source, columns: ColumnMap, options: Options, progress: Progress
) -> None:
    finished = work / f"{place:04d}.done"
    if finished.is_file():
        return
    done = 0
    while (work / f"{place:04d}-{done:06d}.arrow").is_file():
        done += 1
    start = done * options.batch
    label = f"reading {Path(source.name).name}"
    rows = grouped(source.rows(), columns.group, start) if columns.group else source.rows(start)
    with _Stagers(options.workers) as stagers:
        while batch := list(islice(rows, options.batch)):
            file = work / f"{place:04d}-{done:06d}.arrow"
            stagers.stage(batch, columns, place, file)
            start += len(batch)
            done += 1
            progress(label, start, 0)
    finished.touch()


class _Stagers:
    """Cleans batches here, or in other processes, a bounded number of them at a time."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else None
        self._waiting: list[Future[Tally]] = []

    def __enter__(self) -> _Stagers:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self._await(0)
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)

    def stage(self, batch: list[Raw], columns: ColumnMap, place: int, file: Path) -> None:
        """Clean a batch into a chunk, now or soon."""
        if self._pool is None:
            stage(batch, columns, place, file)
            return
        self._await(self._workers)
        self._waiting.append(self._pool.submit(stage, batch, columns, place, file))

    def _await(self, most: int) -> None:
        while len(self._waiting) > most:
            self._waiting.pop(0).result()

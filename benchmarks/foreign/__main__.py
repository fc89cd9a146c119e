"""A foreign catalogue from end to end: written, built, its report held against the truth, and played.

`python -m benchmarks.foreign --rows 2000000`. Rows are those of `rows`; the build is the command, in a process of its
own, whose memory is looked at ten times a second.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (pyarrow ships partial types)

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.foreign.rows import items
from rich.console import Console
from rich.table import Table

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.cache import generated
from ecom_rlve.catalog.catalog import Catalog, open_catalog
from ecom_rlve.catalog.intake.report import BuildReport, read_report
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.speed import Timing, timing
from ecom_rlve.tasks.registry import all_tasks

BATCH = 10_000
TEXTS = pa.list_(pa.string())
IMAGES = pa.list_(pa.struct([("hi_res", pa.string()), ("thumb", pa.string()), ("variant", pa.string())]))
SCHEMA = pa.schema(
    [
        ("main_category", pa.string()), ("title", pa.string()), ("average_rating", pa.float64()),
        ("rating_number", pa.int64()), ("features", TEXTS), ("description", TEXTS), ("price", pa.string()),
        ("images", IMAGES), ("videos", TEXTS), ("store", pa.string()), ("categories", TEXTS),
        ("details", pa.string()), ("parent_asin", pa.string()), ("bought_together", TEXTS), ("subtitle", pa.string()),
        ("author", pa.string()),
    ]
)  # fmt: skip
BUILD = "from ecom_rlve.apps.cli import app; app()"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall: float
    cpu: float
    """Seconds of all its threads."""
    peak: int
    """MiB it had in memory at most, pages of files included."""
    own: int
    """MiB of its own at most, without pages of files."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of some episodes of one environment."""

    env: str
    drawn: int
    solved: int
    reset: Timing


def write(shop: Catalog, file: Path) -> Counter[str]:
    """Write the shop as a Parquet file of 16 columns; return what was put wrong in it, by reason."""
    faults: Counter[str] = Counter()
    rows = items(shop, faults)
    with pq.ParquetWriter(file, SCHEMA) as out:
        while batch := list(islice(rows, BATCH)):
            out.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))
    return faults


def build(file: Path, out: Path) -> Cost:
    """Run `ecom-rlve catalog build` on a file."""
    words = ["catalog", "build", str(file), "--map", "amazon_reviews_2023", "--out", str(out), "--replace"]
    began, before = time.perf_counter(), os.times()
    peak = own = 0
    with subprocess.Popen([sys.executable, "-c", BUILD, *words], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            peak, own = max(peak, _mib(status, "VmHWM:")), max(own, _mib(status, "RssAnon:"))
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"the build ended with {process.returncode}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(time.perf_counter() - began, cpu, peak, own)


def _mib(status: str, what: str) -> int:
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(what)), 0)


def play(shop: Catalog, env: str, episodes: int) -> Played:
    """Draw and solve episodes of an environment, at d = 0 … 20 in turn."""
    live, took, solved = Env(shop), list[float](), 0
    gc.collect()
    for seed in range(episodes):
        began = time.process_time()
        try:
            live.reset(EpisodeSpec(env, seed % 21, seed))
        except GenerationError:
            continue
        took.append(time.process_time() - began)
        solve(live)
        verdict = live.episode.verdict
        solved += verdict is not None and verdict.is_correct
    return Played(env, len(took), solved, timing(took or [0.0]))


def report_table(report: BuildReport, faults: Counter[str]) -> Table:
    """Return what the report says was dropped beside what had been put wrong."""
    table = Table("dropped because", title="The report against the truth", title_justify="left")
    for name in ("reported", "put in"):
        table.add_column(name, justify="right")
    for reason in sorted({*report.dropped, *faults}):
        table.add_row(reason, f"{report.dropped.get(reason, 0):,}", f"{faults[reason]:,}")
    return table


def coverage_line(report: BuildReport) -> str:
    """Return how many of the attributes that products may state are stated."""
    stated = sum(line.stated for line in report.coverage.values())
    places = sum(line.products for line in report.coverage.values())
    return f"{stated:,} attributes stated, {stated / max(1, places):.0%} of the places for them"


def play_table(found: Sequence[Played], beside: Sequence[Played], episodes: int) -> Table:
    """Return what was played on the built shop, and resets on the generated one of the same size."""
    table = Table("environment", title=f"{episodes} episodes of each, d = 0 … 20", title_justify="left")
    for name in ("drawn", "solved", "reset p50 ms", "p99", "p50 on the generated shop"):
        table.add_column(name, justify="right")
    for one, other in zip(found, beside, strict=True):
        figures = (f"{one.drawn}", f"{one.solved}", f"{one.reset.p50:.2f}", f"{one.reset.p99:.2f}")
        table.add_row(one.env, *figures, f"{other.reset.p50:.2f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--episodes", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=Path("runs/foreign"), help="where the file and the shop go")
    options = parser.parse_args()
    console, folder = Console(width=110), options.folder
    folder.mkdir(parents=True, exist_ok=True)
    source, file, out = generated(options.rows, 0), folder / f"{options.rows}.parquet", folder / str(options.rows)
    began = time.process_time()
    faults = write(source, file)
    size = file.stat().st_size / 1e6
    console.print(f"{options.rows:,} rows of 16 columns written: {size:,.0f} MB, {time.process_time() - began:.0f} s")
    cost = build(file, out)
    report, shop = read_report(out), open_catalog(out)
    assert report is not None, "a build leaves its report"
    console.print(
        f"built in {cost.cpu:.0f} s of processor time ({cost.wall:.0f} s by the clock), "
        f"{report.rows / cost.cpu:,.0f} rows a second; {cost.peak:,} MiB at most, {cost.own:,} MiB without files"
    )
    console.print(f"{report.rows:,} rows, {report.products:,} products, {report.brands:,} brands")
    console.print(coverage_line(report))
    biggest = max(report.categories, key=lambda line: line.products)
    console.print(f"{len(report.categories)} categories, the biggest {biggest.key} with {biggest.products:,}")
    console.print(report_table(report, faults))
    envs = [f"{task.name}-v{task.version}" for task in all_tasks().values()]
    here, beside = ([play(one, env, options.episodes) for env in envs] for one in (shop, source))
    console.print(play_table(here, beside, options.episodes))
    assert report.rows == report.products + sum(report.dropped.values()) == options.rows, "rows = products + dropped"


if __name__ == "__main__":
    main()

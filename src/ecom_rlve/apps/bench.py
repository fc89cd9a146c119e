"""`ecom-rlve bench`: speed and memory, printed and as JSON. Figures are this machine's: compare them inside one run."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ecom_rlve import __version__
from ecom_rlve.apps import options
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.catalog.generate import generate
from ecom_rlve.evaluate.speed import (
    FLAT_WITHIN,
    RERANKED,
    Speed,
    Timing,
    flatness,
    growth,
    measure,
    report,
    rerank,
    resident_mb,
)


def bench(
    env: options.Envs = "all",
    difficulty: options.Difficulties = "0,6",
    sizes: Annotated[str, typer.Option("--sizes", help="Catalogue sizes, smallest first.")] = "2000,20000,200000",
    count: Annotated[int, typer.Option("--count", min=1, help="Episodes a round; there are five rounds.")] = 12,
    episodes: Annotated[
        int, typer.Option("--growth", min=0, help="Episodes of the memory check; 0 leaves it out.")
    ] = 2_000,
    made: Annotated[
        int, typer.Option("--generate", min=0, help="Products of a catalogue whose making is timed; 0: none.")
    ] = 0,
    file: Annotated[Path | None, typer.Option("--json", help="Write all figures here as well.")] = None,
) -> None:
    """Measure what resets, steps, verdicts and episodes take, on small and big catalogues, and memory."""
    console = Console()
    more: dict[str, float | str] = {
        "package": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    if made:
        more |= _generated(console, made)
    console.print(f"Python {more['python']}, {platform.machine()}, one process, CPU time, sizes in turns")
    with console.status("opening catalogues (generated on first use)"):
        catalogs = [embedded(size) for size in options.numbers(sizes, "--sizes")]
    speeds: list[Speed] = []
    for name in options.env_names(env):
        for d in options.numbers(difficulty, "--difficulty"):
            with console.status(f"{name}, d={d}"):
                speeds.extend(measure(name, d, catalogs, count))
    console.print(_table(speeds))
    shown = " / ".join(f"{len(catalog):,}" for catalog in catalogs)
    console.print(f"p50 on {shown} products, and the worst p99. On the biggest:")
    console.print("what a submission takes to judge, and whole episodes of the reference solution a second.")
    for name, ratio in flatness(speeds).items():
        verdict = "within" if ratio <= FLAT_WITHIN else "[bold]beyond[/bold]"
        console.print(f"{name}: slowest size takes {ratio:.2f} x the fastest, {verdict} {FLAT_WITHIN}")
    compared = rerank(catalogs[-1], 10 * count)
    console.print(f"Rerank of {RERANKED} among {len(catalogs[-1]):,}: {_both(compared)} ms")
    more |= {"rerank_p50_ms": round(compared.p50, 4), "rerank_products": len(catalogs[-1])}
    more |= _memory(console, options.env_names(env)[0], catalogs, episodes)
    if file is not None:
        file.write_text(json.dumps(report(speeds, more), indent=1) + "\n", encoding="utf-8")
        console.print(f"Written to {file}")


def _generated(console: Console, made: int) -> dict[str, float | str]:
    with tempfile.TemporaryDirectory() as folder, console.status(f"generating {made:,} products"):
        began = time.perf_counter()
        generate(made, 0, Path(folder) / "shop", None)
        seconds = time.perf_counter() - began
    console.print(f"{made:,} products generated and indexed in {seconds:.1f} s")
    return {"generated": made, "generated_s": round(seconds, 1)}


def _memory(console: Console, env: str, catalogs: Sequence[Catalog], episodes: int) -> dict[str, float | str]:
    resident = resident_mb()
    console.print(f"Memory: {resident:.0f} MiB resident with {len(catalogs)} catalogues open")
    out: dict[str, float | str] = {"resident_mib": round(resident, 1)}
    if episodes:
        early, late = growth(env, 3, catalogs[0], episodes)
        console.print(f"Growth: {early:.1f} MiB after {episodes // 10:,} episodes, {late:.1f} MiB after {episodes:,}")
        out |= {"growth_episodes": episodes, "growth_mib": round(late - early, 2)}
    return out


def _table(speeds: Sequence[Speed]) -> Table:
    """Return a row for each environment and difficulty, in which sizes stand side by side."""
    cells: dict[tuple[str, int], list[Speed]] = {}
    for speed in speeds:
        cells.setdefault((speed.env, speed.difficulty), []).append(speed)
    table = Table("environment", header_style="bold", box=SIMPLE, padding=0)
    for name in ("d", "reset ms", "p99", "step µs", "p99", "verdict ms", "oracle/s"):
        table.add_column(name, justify="right")
    for (env, d), sizes in cells.items():
        table.add_row(
            env.rpartition("-v")[0],
            str(d),
            " ".join(f"{s.reset.p50:.1f}" for s in sizes),
            f"{max(s.reset.p99 for s in sizes):.1f}",
            " ".join(f"{1000 * s.step.p50:.0f}" for s in sizes),
            f"{1000 * max(s.step.p99 for s in sizes):,.0f}",
            f"{sizes[-1].verdict.p50:.2f}",
            f"{sizes[-1].oracle.rate:,.0f}",
        )
    return table


def _both(timing: Timing) -> str:
    return f"{timing.p50:.2f} / {timing.p99:.1f}"

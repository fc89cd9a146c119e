"""`ecom-rlve bench`: speed and memory, printed. Figures are this machine's; compare ratios inside one run."""

from __future__ import annotations

import platform
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ecom_rlve.apps import options
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.catalog.generate import generate
from ecom_rlve.evaluate.speed import Speed, growth, measure, resident_mb


def bench(
    env: Annotated[str, typer.Argument(help="Environment, several with commas, or all.")] = "all",
    difficulty: options.Difficulties = "0,6",
    sizes: Annotated[str, typer.Option("--sizes", help="Catalogue sizes.")] = "2000,20000,200000",
    count: Annotated[int, typer.Option("--count", min=10, help="Episodes a round.")] = 200,
    episodes: Annotated[
        int, typer.Option("--growth", min=0, help="Episodes of the memory check; 0 leaves it out.")
    ] = 10_000,
    made: Annotated[
        int, typer.Option("--generate", min=0, help="Products of the timed catalogue; 0: none.")
    ] = 1_000_000,
) -> None:
    """Measure resets, steps and oracle episodes per second and core, and memory."""
    console = Console()
    if made:
        with tempfile.TemporaryDirectory() as folder, console.status(f"generating {made:,} products"):
            began = time.perf_counter()
            generate(made, 0, Path(folder) / "shop", None)
            console.print(f"{made:,} products generated and indexed in {time.perf_counter() - began:.1f} s")
    console.print(f"Python {platform.python_version()}, {platform.machine()}, one process, best of interleaved rounds")
    with console.status("opening catalogues (generated on first use)"):
        catalogs = [embedded(size) for size in options.numbers(sizes, "--sizes")]
    table = Table("environment", header_style="bold")
    for name in ("d", "products", "resets/s", "steps/s", "oracle episodes/s"):
        table.add_column(name, justify="right")
    for name in options.env_names(env):
        for d in options.numbers(difficulty, "--difficulty"):
            with console.status(f"{name}, d={d}"):
                speeds = measure(name, d, catalogs, count)
            for speed in speeds:
                table.add_row(name, str(d), f"{speed.size:,}", *_figures(speed, speeds[0]))
    console.print(table)
    console.print("In brackets: the rate on the smallest catalogue over this one (1.0 is flat).")
    console.print(f"Memory: {resident_mb():.0f} MiB resident with {len(catalogs)} catalogues open")
    if episodes:
        name = options.env_names(env)[0]
        early, late = growth(name, 3, catalogs[0], episodes)
        console.print(f"Growth: {early:.1f} MiB after {episodes // 10:,} episodes, {late:.1f} MiB after {episodes:,}")


def _figures(speed: Speed, first: Speed) -> list[str]:
    pairs = ((speed.resets, first.resets), (speed.steps, first.steps), (speed.episodes, first.episodes))
    return [f"{rate:,.0f} ({smallest / rate:.2f})" for rate, smallest in pairs]

"""`ecom-rlve run`: many episodes by one agent; traces and a summary on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ecom_rlve.agents.registry import PLAYERS, player_named
from ecom_rlve.apps import completion, options
from ecom_rlve.apps.availability import only_drawable
from ecom_rlve.apps.tables import LEGEND, summary_tables
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.trace import write_trace
from ecom_rlve.evaluate import runs
from ecom_rlve.evaluate.runs import Job, Outcome
from ecom_rlve.evaluate.summary import Cell, summarise


def run(
    env: options.Envs = "all",
    agent: Annotated[
        str, typer.Option("--agent", help=f"A built-in agent: {', '.join(PLAYERS)}.", autocompletion=completion.agents)
    ] = "expert",
    difficulty: options.Difficulties = "0-3",
    seeds: options.Seeds = "20",
    out: Annotated[Path, typer.Option("--out", help="Folder for traces and summary.json.")] = Path("runs/latest"),
    preset: options.PresetName = "gated",
    workers: options.Workers = 1,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Play episodes with a built-in agent; write traces and a summary."""
    player_named(agent)
    specs = tuple(
        EpisodeSpec(name, d, seed)
        for name in options.env_names(env, agent)
        for d in options.numbers(difficulty, "--difficulty")
        for seed in options.seeds(seeds)
    )
    shop = options.shop(size, catalog_seed, catalog)
    console = Console()
    if catalog:
        specs = only_drawable(shop.open(), specs, console)
    job = Job(specs, agent, shop, options.preset(preset), traced=True)
    outcomes = write_outcomes(out, played(job, options.workers(workers), console))
    cells = summarise(outcomes)
    write_summary(out / "summary.json", cells)
    for table in summary_tables(cells):
        console.print(table)
    console.print(LEGEND)
    console.print(f"{len(outcomes)} traces and summary.json are in {out}")


def played(job: Job, workers: int, console: Console) -> Iterable[Outcome]:
    """Yield the outcomes of a job under a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task(job.agent, total=len(job.specs))
        yield from runs.run(job, workers, lambda n: bar.advance(line, n))


def write_outcomes(folder: Path, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Write the trace of every outcome and return them without it."""
    kept: list[Outcome] = []
    for outcome in outcomes:
        write_trace(folder / "traces" / f"{trace_name(outcome)}.jsonl", outcome.lines)
        kept.append(outcome)
    return kept


def trace_name(outcome: Outcome) -> str:
    """Return a file name for an outcome's trace."""
    return f"{outcome.agent}.{str(outcome.spec).replace('/', '.').replace('?', '.')}"


def write_summary(path: Path, cells: Iterable[Cell]) -> None:
    """Write cells as JSON, whole or not at all."""
    rows = [{**asdict(cell), "pass_rate": cell.pass_rate, "interval": cell.interval} for cell in cells]
    write_whole(path, json.dumps(rows, indent=1))

"""`ecom-rlve certify`: the validity card, and its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ecom_rlve.apps import options
from ecom_rlve.apps.availability import always_drawable
from ecom_rlve.apps.axes import axes
from ecom_rlve.apps.customer import customer
from ecom_rlve.apps.exploits import exploits
from ecom_rlve.core.errors import SpecError
from ecom_rlve.evaluate import card
from ecom_rlve.evaluate.card import GRIDS, CardCell, Check, Job, Results
from ecom_rlve.evaluate.runs import Shop

MEASURES: Final[Mapping[str, Callable[[Console, Sequence[str], str, Shop, Path, int], bool]]] = MappingProxyType(
    {"exploits": exploits, "customer": customer, "axes": axes}
)
"""What is measured apart from the grid, by section of the card; each returns whether what it found is as it must be."""


def certify(
    env: options.Envs = "all",
    grid: Annotated[str, typer.Option("--grid", help=f"How much: {' or '.join(GRIDS)}.")] = "quick",
    out: Annotated[Path, typer.Option("--out", help="Folder of the card; a stopped run goes on there.")] = Path(
        "runs/certify"
    ),
    section: Annotated[
        str,
        typer.Option("--section", help=f"Measure only what the card says of one more thing: {', '.join(MEASURES)}."),
    ] = "",
    page: Annotated[Path | None, typer.Option("--page", help="Also write the card as a page for people.")] = None,
    read: Annotated[
        Path | None, typer.Option("--read", help="Measure nothing: make the page of this card; needs --page.")
    ] = None,
    workers: options.Workers = 0,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Show that the rewards can be trusted. Exit status 1 if something does not hold."""
    if grid not in GRIDS:
        raise SpecError(f"unknown grid {grid!r}: known are {', '.join(GRIDS)}")
    if read is not None:
        if page is None:
            raise SpecError("--read needs --page: where to write the page")
        card.write_page(page, card.read_card(read))
        return
    console, shop = Console(), options.shop(size, catalog_seed, catalog)
    if section:
        if section not in MEASURES:
            raise SpecError(f"unknown section {section!r}: known are {', '.join(MEASURES)}")
        if not MEASURES[section](console, options.env_names(env), grid, shop, out, options.workers(workers)):
            raise typer.Exit(1)
        return
    envs = always_drawable(shop, options.env_names(env), GRIDS[grid], console)
    results = _measured(grid, shop, out, options.workers(workers), envs, console)
    made = card.document(results, grid, GRIDS[grid], shop, out)
    card.write_card(out / f"card-{grid}.json", made)
    if page is not None:
        card.write_page(page, made)
    console.print(_cells(results.cells))
    console.print(_checks(results.checks))
    if any(check.passed is False for check in results.checks):
        raise typer.Exit(1)


def _measured(grid: str, shop: Shop, out: Path, workers: int, envs: Sequence[str], console: Console) -> Results:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("measuring", total=None)

        def show(job: Job, done: int, total: int) -> None:
            what = f"{job.env}, {job.what or job.kind}, d={job.difficulty}"
            progress.update(bar, description=what, completed=done, total=total)

        return card.certify(GRIDS[grid], shop, out / grid, workers, envs, show)


def _cells(cells: Sequence[CardCell]) -> Table:
    difficulties = sorted({cell.difficulty for cell in cells})
    table = Table("environment", "agent", header_style="bold", title="Passed, by difficulty", title_justify="left")
    for d in difficulties:
        table.add_column(f"d={d}", justify="right")
    for env, agent in dict.fromkeys((cell.env, cell.agent) for cell in cells):
        row = {c.difficulty: c for c in cells if (c.env, c.agent) == (env, agent)}
        shown = [f"{row[d].correct / row[d].n:.1%}{_chance(row[d])}\n{row[d].mean_reward:+.3f}" for d in difficulties]
        table.add_row(env, agent, *shown)
    return table


def _chance(cell: CardCell) -> str:
    return f" ≤ {cell.chance:.1%}" if cell.chance else ""


def _checks(checks: Sequence[Check]) -> Table:
    marks = {True: "[green]holds[/]", False: "[bold red]BROKEN[/]", None: "[yellow]not measured[/]"}
    table = Table("", "check", "environment", "law", "measured", header_style="bold")
    for check in checks:
        broken = "".join(f"\n{case}" for case in check.broken)
        table.add_row(marks[check.passed], check.id, check.env, check.law, check.measured + broken)
    return table

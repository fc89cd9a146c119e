"""`ecom-rlve catalog build`, and what a build has to tell: its report as tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from ecom_rlve.apps import options
from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.intake.column_map import ColumnMap, load_map, shipped_maps
from ecom_rlve.catalog.intake.options import BATCH, SMALL_CATEGORY, Options
from ecom_rlve.catalog.intake.report import BuildReport
from ecom_rlve.catalog.intake.sources import Source, find_sources
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.errors import SpecError

MEANINGS = {
    "broken_row": "the row could not be read",
    "not_wanted": "the map does not keep such rows",
    "no_title": "no title with a letter in it",
    "no_category": "nothing says what kind of thing it is",
    "category_dropped": "of a category no shop of ours carries",
    "category_too_small": "of a category with too few products",
    "price_missing": "no price",
    "price_unreadable": "a price with no reading, or with two",
    "price_other_currency": "a price in another currency",
    "price_implausible": "a price below 1 cent or above $100,000",
    "duplicate_id": "the id of an earlier row",
    "duplicate_listing": "brand, title and price of an earlier row",
}
EVIDENCE = {"stated": "property", "option": "option", "label": "label", "title": "title"}
SHOWN = 12


def build(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Parquet, JSONL, JSON, CSV or TSV files (.gz too), folders, or hf:NAME[:CONFIG][@SPLIT]."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="Column map, by name or file: one for all sources or one for each."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the new catalogue.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a catalogue that is there, once it is done.")
    ] = False,
    fewest: Annotated[
        int, typer.Option("--min-category", min=1, help="Products that a category which is not ours needs.")
    ] = SMALL_CATEGORY,
    batch: Annotated[
        int, typer.Option("--batch", min=100, help="Rows cleaned at a time; no influence on the result.")
    ] = BATCH,
    workers: options.Workers = 1,
    maps: Annotated[bool, typer.Option("--maps", help="List the column maps that come with the package.")] = False,
) -> None:
    """Build a catalogue from your own data. A build that was stopped goes on where it was."""
    console = Console()
    if maps:
        console.print(_maps())
        return
    if not sources or not columns or out is None:
        raise SpecError("catalog build takes sources, --map and --out; --maps lists the maps that are there")
    began = time.perf_counter()
    rules = Options(fewest, batch, options.workers(workers), replace)
    bars = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*bars, console=console, transient=True) as bar:
        lines: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in lines:
                lines[stage] = bar.add_task(stage, total=total or None)
            bar.update(lines[stage], completed=done)

        from ecom_rlve.catalog.intake.builder import build as make  # noqa: PLC0415 (no other command waits for pyarrow)

        report = make(_with_maps(sources, columns), out, rules, show)
    catalog = open_catalog(out)
    print_report(report, console)
    took = time.perf_counter() - began
    console.print(f"{len(catalog):,} products, fingerprint {catalog.fingerprint}, {took:.1f} s: {out}")
    console.print(f"Next: ecom-rlve catalog info {out}")


def _with_maps(sources: list[str], columns: list[str]) -> list[tuple[Source, ColumnMap]]:
    if len(columns) not in (1, len(sources)):
        raise SpecError(f"one --map for all sources, or one for each: got {len(columns)} for {len(sources)}")
    loaded = [load_map(name) for name in columns]
    loaded = loaded * len(sources) if len(loaded) == 1 else loaded
    return [(found, columns) for name, columns in zip(sources, loaded, strict=True) for found in find_sources([name])]


def _maps() -> Table:
    table = Table("map", "for", box=box.SIMPLE_HEAD, header_style="bold")
    for name, about in shipped_maps().items():
        table.add_row(name, about)
    return table


def print_report(report: BuildReport, console: Console) -> None:
    """Print what a build came to."""
    console.print(f"{report.rows:,} rows read, {report.products:,} products of {report.brands:,} brands")
    console.print(_dropped(report))
    own = [f"{line.key.partition('/')[2]} ({line.products:,})" for line in report.categories if not line.ours]
    named = f": {', '.join(own[:SHOWN])}" if own else ""
    console.print(f"{len(report.categories)} categories, {len(own)} of them the source's own{named}")
    if report.by_title:
        console.print(f"{report.by_title:,} products got their category from their title alone")
    console.print(_coverage(report))
    made = {name: n for name, n in report.synthesised.items() if n}
    console.print("Synthesised: " + (", ".join(f"{name} of {n:,} products" for name, n in made.items()) or "nothing"))
    if report.mended:
        console.print("Mended: " + ", ".join(f"{name} {n:,}" for name, n in report.mended.items()))
    if report.unread:
        worst = list(report.unread.items())[:SHOWN]
        console.print("Not understood: " + ", ".join(f"{text!r} {n:,}" for text, n in worst), markup=False)


def _dropped(report: BuildReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", title="Dropped", title_justify="left")
    table.add_column("why", no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column("meaning")
    table.add_column("for example", overflow="fold")
    for reason, n in report.dropped.items():
        first = next(iter(report.examples.get(reason, ())), "")
        table.add_row(reason, f"{n:,}", MEANINGS.get(reason, ""), first.replace("[", "\\["))
    return table


def _coverage(report: BuildReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", title="Attributes", title_justify="left")
    table.add_column("attribute", no_wrap=True)
    table.add_column("stated", justify="right", no_wrap=True)
    table.add_column("of", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("by")
    table.add_column("left out")
    for name, line in report.coverage.items():
        said = ", ".join(f"{EVIDENCE[kind]} {n:,}" for kind, n in line.evidence.items())
        left = {"unsure": report.unsure.get(name, 0), "implausible": report.implausible.get(name, 0)}
        out = ", ".join(f"{why} {n:,}" for why, n in left.items() if n)
        share = f"{100 * line.stated // max(1, line.products)} %"
        table.add_row(attribute(name).label, f"{line.stated:,}", f"{line.products:,}", share, said, out)
    return table

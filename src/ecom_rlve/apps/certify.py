"""`ecom-rlve certify`: the validity card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ecom_rlve.apps import options
from ecom_rlve.apps.customer import CUSTOMERS, add_to_card
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate import certify as card
from ecom_rlve.evaluate.certify import GRIDS, CardCell, Check
from ecom_rlve.evaluate.customer import checks as customer_checks
from ecom_rlve.evaluate.customer import figures


def certify(
    env: Annotated[str, typer.Argument(help="Environment, several with commas, or all.")] = "all",
    grid: Annotated[str, typer.Option("--grid", help=f"How much: {' or '.join(GRIDS)}.")] = "quick",
    out: Annotated[Path, typer.Option("--out", help="Folder of the card; a stopped run goes on there.")] = Path(
        "runs/certify"
    ),
    customer: Annotated[bool, typer.Option("--customer", help="Measure the customer too (V14); some minutes.")] = False,
    workers: options.Workers = 0,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Show that the rewards can be trusted. Exit status 1 if something does not hold."""
    if grid not in GRIDS:
        raise SpecError(f"unknown grid {grid!r}: known are {', '.join(GRIDS)}")
    console = Console()
    shop = options.shop(size, catalog_seed, catalog)
    with console.status("playing") as status:
        cells, checks = card.certify(
            GRIDS[grid],
            shop,
            out / grid,
            options.workers(workers),
            options.env_names(env),
            lambda cell: status.update(f"{cell.env}, {cell.agent}, d={cell.difficulty}"),
        )
    known = {**shop.json(), "fingerprint": shop.open().fingerprint}
    write_card(out / f"card-{grid}.json", known, cells, checks)
    console.print(_cells(cells))
    if customer:
        with console.status("asking the customer") as status:
            found = figures(shop, CUSTOMERS[grid], options.env_names(env), progress=status.update)
        checks += customer_checks(found)
        add_to_card(out / f"card-{grid}.json", found, customer_checks(found))
        console.print(f"Replies of the customer: {found.overall.turns:,} read back, p50 {found.overall.p50_us:.0f} µs.")
    console.print(_checks(checks))
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def write_card(path: Path, shop: dict[str, str | int], cells: list[CardCell], checks: list[Check]) -> None:
    """Write the card as JSON, whole or not at all."""
    content = {"catalog": shop, "checks": [asdict(c) for c in checks], "cells": [asdict(c) for c in cells]}
    write_whole(path, json.dumps(content, indent=1))


def _cells(cells: list[CardCell]) -> Table:
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


def _checks(checks: list[Check]) -> Table:
    table = Table("", "check", "environment", "law", "measured", header_style="bold")
    for check in checks:
        mark = "[green]holds[/]" if check.passed else "[bold red]BROKEN[/]"
        table.add_row(mark, check.id, check.env, check.law, check.measured)
    return table

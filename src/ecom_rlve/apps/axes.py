"""The axes' part of `ecom-rlve certify`: plays every axis of difficulty alone, writes its section, shows what bites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ecom_rlve.evaluate.axes import SWEEPS, Point, Verdict, checks, sweep, verdicts
from ecom_rlve.evaluate.card import put_section
from ecom_rlve.evaluate.runs import Shop


def axes(console: Console, envs: Sequence[str], grid: str, shop: Shop, out: Path, workers: int) -> bool:
    """Sweep the axes into `out`, show the curves, and return whether all bite; what was played is not played again."""
    with console.status("sweeping") as status:

        def note(point: Point, done: int, total: int) -> None:
            status.update(f"{done} of {total} points: {point.env}, d={point.difficulty} {dict(point.axes) or ''}")

        sweep(SWEEPS[grid], shop, out, workers, envs, note)
    found = verdicts(SWEEPS[grid], shop, out, envs)
    held = checks(found)
    put_section(out, "axes", [verdict.json() for verdict in found], held)
    console.print(_table(found))
    return all(check.passed for check in held)


def _table(found: Sequence[Verdict]) -> Table:
    table = Table("", "environment", "axis", "passed by value", "p(fall)", header_style="bold", title="Axes")
    for verdict in found:
        curve = verdict.curve
        rates = "  ".join(f"{value:g}: {cell.rate:.0%}" for value, cell in zip(curve.values, curve.cells, strict=True))
        mark = "[green]bites[/]" if verdict.bites else "[bold red]does not[/]"
        table.add_row(mark, curve.env, curve.axis, rates, f"{verdict.p_fall:.2g}")
    return table

"""The axes' part of `ecom-rlve certify`: plays every axis of difficulty alone, writes its section, shows what bites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ecom_rlve.evaluate.axes import SWEEPS, Point, Verdict, checks, sweep, verdicts
from ecom_rlve.evaluate.card import put_section
from ecom_rlve.evaluate.card.run import env_names
from ecom_rlve.evaluate.runs import Shop


def axes(console: Console, envs: Sequence[str], grid: str, shop: Shop, out: Path, workers: int) -> bool:
    """Sweep the axes into `out`, show the curves, and return whether all bite; what was played is not played again.

    The section holds every environment whose sweep `out` has whole, so that they can be swept one by one.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("sweeping", total=None)

        def note(point: Point, done: int, total: int) -> None:
            what = ", ".join([point.env, f"d={point.difficulty}", *(f"{k}={v:g}" for k, v in point.axes.items())])
            progress.update(bar, description=what, completed=done, total=total)

        sweep(SWEEPS[grid], shop, out, workers, envs, note)
    found = verdicts(SWEEPS[grid], shop, out, env_names())
    put_section(out, "axes", [verdict.json() for verdict in found], checks(found))
    asked = [verdict for verdict in found if verdict.curve.env in envs]
    console.print(_table(asked))
    return all(verdict.bites for verdict in asked)


def _table(found: Sequence[Verdict]) -> Table:
    table = Table("", "environment", "axis", "passed by value", "p(fall)", "p(step against)", header_style="bold")
    for verdict in found:
        curve = verdict.curve
        rates = "  ".join(
            f"{value:.3g}: {cell.rate:.0%}" for value, cell in zip(curve.values, curve.cells, strict=True)
        )
        mark = "[green]bites[/]" if verdict.bites and not curve.is_budget else "[green]holds[/]"
        mark = mark if verdict.bites else "[bold red]does not[/]"
        table.add_row(mark, curve.env, curve.axis, rates, f"{verdict.p_fall:.1g}", f"{verdict.p_rise_holm:.1g}")
    return table

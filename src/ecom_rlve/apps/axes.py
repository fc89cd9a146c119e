"""The sweep of `ecom-rlve certify --axes`: played with a progress bar, kept beside the card, printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ecom_rlve.evaluate import axes, card
from ecom_rlve.evaluate.axes import Point, Verdict
from ecom_rlve.evaluate.card import Check
from ecom_rlve.evaluate.card.run import env_names
from ecom_rlve.evaluate.runs import Shop


def sweep_axes(grid: str, shop: Shop, out: Path, workers: int, envs: Sequence[str], console: Console) -> list[Check]:
    """Play the sweep called `grid` in `envs`, keep it for the card, print it, and return the card's lines.

    What is kept holds every environment that was played to the end in this folder, not only `envs`.
    """
    plan, folder = axes.SWEEPS[grid], out / grid
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("playing", total=None)

        def show(point: Point, done: int, total: int) -> None:
            what = ", ".join([point.env, f"d={point.difficulty}", *(f"{k}={v:g}" for k, v in point.axes.items())])
            progress.update(bar, description=what, completed=done, total=total)

        axes.sweep(plan, shop, folder, workers, envs, show)
    known = axes.verdicts(plan, shop, folder, env_names())
    checks = axes.checks(known)
    card.put_section(out, "axes", [verdict.json() for verdict in known], checks)
    console.print(_curves([verdict for verdict in known if verdict.curve.env in envs]))
    return [check for check in checks if check.env in envs]


def _curves(verdicts: Sequence[Verdict]) -> Table:
    table = Table("environment", "axis", "passed, value by value", "p of the fall", "p of a step against it", "")
    for verdict in verdicts:
        curve = verdict.curve
        rates = (f"{value:.3g}: {cell.rate:.0%}" for value, cell in zip(curve.values, curve.cells, strict=True))
        mark = "[green]holds[/]" if verdict.bites else "[bold red]BROKEN[/]"
        fall, against = f"{verdict.p_fall:.1g}", f"{verdict.p_rise_holm:.1g}"
        table.add_row(curve.env, curve.axis, ", ".join(rates), fall, against, mark)
    return table

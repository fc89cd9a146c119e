"""`ecom-rlve replay` and `regrade`: traces played again, without any model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ecom_rlve.apps import options
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.env import replay as again
from ecom_rlve.env.trace import Trace, read_trace
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.submission import FILE, check

Paths = Annotated[list[Path], typer.Argument(help="Trace files, or folders of them.")]


def replay(traces: Paths, catalog: options.CatalogPath = None) -> None:
    """Play traces again and compare every byte. Exit status 1 if one differs."""
    console = Console()
    different = 0
    files = list(options.trace_files(traces))
    for path in files:
        trace = read_trace(path)
        difference = again.replay(trace, _catalog(trace, catalog))
        if difference:
            different += 1
            console.print(f"[red]differs[/] {path.name}: {difference}", markup=True, highlight=False)
    console.print(f"{len(files)} replayed, {len(files) - different} identical, {different} different")
    if different:
        raise typer.Exit(1)


def regrade(traces: Paths, preset: options.PresetName = "", catalog: options.CatalogPath = None) -> None:
    """Judge traces anew from their actions alone. Exit status 1 if a reward under the same preset differs.

    A submission.json is checked whole: all episodes of its suite are there, play again byte for byte, give its figures.
    """
    console = Console()
    submissions = [path for path in traces if path.name == FILE]
    if submissions:
        _check(console, submissions, catalog)
        traces = [path for path in traces if path.name != FILE]
        if not traces:
            return
    changed = 0
    wanted = options.preset(preset) if preset else None
    files = list(options.trace_files(traces))
    for path in files:
        trace = read_trace(path)
        found = again.regrade(trace, _catalog(trace, catalog), wanted)
        same_preset = wanted in (None, trace.header["preset"])
        changed += same_preset and not found.agrees
        mark = "correct" if found.correct else found.cause
        was = "" if found.agrees else f"  (recorded {_reward(found.recorded)})"
        console.print(f"{_reward(found.found)}  {found.spec}  {mark}{was}", highlight=False)
    console.print(f"{len(files)} regraded, {changed} changed")
    if changed:
        raise typer.Exit(1)


def _check(console: Console, submissions: list[Path], catalog: Path | None) -> None:
    broken = 0
    for path in submissions:
        with console.status(f"playing {path} again") as status:
            faults = check(
                path,
                lambda header: _catalogue_of(header, catalog),
                lambda done, total, path=path: status.update(f"{path}: {done} of {total}"),
            )
        for fault in faults:
            console.print(f"[red]{fault.where}[/]: {fault.what}", highlight=False, soft_wrap=True)
        broken += bool(faults)
        found = f"{len(faults)} faults" if faults else "every episode and figure is as it says"
        console.print(f"{path}: {found}", soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def _catalog(trace: Trace, path: Path | None) -> Catalog:
    return _catalogue_of(trace.header["catalog"], path)


def _catalogue_of(source: Mapping[str, Any], path: Path | None) -> Catalog:  # Any: JSON of a trace
    if path is None and "path" in source:
        path = Path(source["path"])
    shop = Shop(int(source.get("size", 20_000)), int(source.get("seed", 0)), str(path) if path else "")
    return shop.open()


def _reward(value: float | None) -> str:
    return "invalid" if value is None else f"{value:+.4f}"

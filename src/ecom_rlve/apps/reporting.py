"""`ecom-rlve report` and `view`: runs and traces as one page that needs nothing else."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.apps import options
from ecom_rlve.core.errors import SpecError, TraceError
from ecom_rlve.env.trace import read_trace
from ecom_rlve.evaluate.journal import RUN, Row, read_run, with_traces
from ecom_rlve.evaluate.report import write_report
from ecom_rlve.evaluate.report.choice import worth_reading
from ecom_rlve.evaluate.report.overview import Overview, Played, overview
from ecom_rlve.evaluate.runs import Outcome, of_trace
from ecom_rlve.evaluate.suites import suite_of
from ecom_rlve.evaluate.summary import summarise

REPORT, SUMMARY = "report.html", "summary.json"
MOST = 1600
"""Episodes that a report holds in full unless told otherwise: what opens at once."""


def report(
    runs: Annotated[list[Path], typer.Argument(help="Folder of a run of `ecom-rlve eval`, or two to compare.")],
    out: Annotated[Path | None, typer.Option("--out", help="The page; report.html in the first folder.")] = None,
    episodes: Annotated[int, typer.Option("--episodes", min=0, help="Most episodes it holds in full.")] = MOST,
) -> None:
    """Write the report of one run, or of two side by side."""
    path = out or runs[0] / (REPORT if len(runs) == 1 else "compared.html")
    write_run_report(path, runs, episodes)
    Console().print(f"The report: {path}", soft_wrap=True)


def view(
    paths: Annotated[list[Path], typer.Argument(help="A run's folder, a report, or traces.")],
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
    out: Annotated[Path, typer.Option("--out", help="Where a page of traces is written.")] = Path("runs/view.html"),
) -> None:
    """Show a run, a report or single episodes in the browser."""
    first, console = paths[0], Console()
    if len(paths) == 1 and first.suffix == ".html":
        page = first
    elif len(paths) == 1 and (first / RUN).exists():
        page = first / REPORT
        write_run_report(page, paths)
    else:
        page = out
        _write_traces(page, options.trace_files(paths))
    if not page.exists():
        raise TraceError(f"{page}: there is no such file")
    console.print(f"The page: {page}", soft_wrap=True)
    if open_:
        webbrowser.open(page.resolve().as_uri())


def write_run_report(path: Path, folders: Sequence[Path], most: int = MOST) -> None:
    """Write the report of one run or two, whole or not at all.

    Args:
        path: The page.
        folders: Of the runs.
        most: Episodes that it holds in full, over all runs; those that failed come first.
    """
    if len(folders) not in (1, 2):
        raise SpecError(f"a report shows one run or two, got {len(folders)}")
    runs = [read_run(folder) for folder in folders]
    names = _names([str(identity["agent"]) for identity, _ in runs], folders)
    played: list[Played] = []
    kept: list[Outcome] = []
    for folder, name, (identity, outcomes) in zip(folders, names, runs, strict=True):
        suite = suite_of(identity["suite"])
        places = {env: i for i, env in enumerate(suite.env_names)}
        outcomes.sort(key=lambda o: places[o.spec.env])
        mine = [replace(outcome, agent=name) for outcome in outcomes]
        played.append(Played(name, mine, suite, _prices(folder)))
        chosen = worth_reading(outcomes, most // len(folders))
        kept.extend(replace(outcome, agent=name) for outcome in with_traces(folder, chosen))
    whole: Overview = overview(played)
    cells = summarise(outcome for run in played for outcome in run.outcomes)
    title = f"Evaluation of {names[0]}" if len(names) == 1 else " against ".join(names)
    write_report(path, title, cells, kept, notes=_notes(runs[0][0], runs, len(kept)), overview=whole)


def _names(agents: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Return what the runs are called: by their agents, or by their folders too where these are the same."""
    if len(set(agents)) == len(agents):
        return list(agents)
    return [f"{agent} ({folder.name})" for agent, folder in zip(agents, folders, strict=True)]


def _notes(identity: Row, runs: Sequence[tuple[Row, list[Outcome]]], kept: int) -> dict[str, str]:
    catalog, suite, served = identity["catalog"], identity["suite"], identity.get("endpoint")
    where = catalog.get("path") or f"{catalog.get('size', 0):,} generated products"
    out = {"Suite": suite["name"], "Catalogue": f"{where}, fingerprint {catalog['fingerprint']}"}
    if served:
        sampling = ", ".join(f"{name} {value}" for name, value in served["sampling"].items()) or "as the server has it"
        out["Model"] = f"{served['model']}, {served['style']} style, sampling {sampling}"
    if identity.get("voice"):
        out["Customer's voice"] = str(identity["voice"]["model"])
    out["Kept in full"] = f"{kept:,} of {sum(len(outcomes) for _, outcomes in runs):,} trials"
    return {**out, "Reward": f"preset {identity['preset']}", "Version": identity["version"]}


def _prices(folder: Path) -> Prices | None:
    path = folder / SUMMARY
    found = json.loads(path.read_text(encoding="utf-8")).get("prices") if path.exists() else None
    return Prices(**found) if found else None


def _write_traces(path: Path, files: Sequence[Path]) -> None:
    outcomes = [of_trace(read_trace(file)) for file in files]
    title = str(outcomes[0].spec) if len(outcomes) == 1 else f"{len(outcomes)} episodes"
    write_report(path, title, [], outcomes, notes={"Traces": ", ".join(f.name for f in files[:5])})

"""`ecom-rlve demo`: the main job without any set-up. All environments, the reference agents, a table and a report."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import ecom_rlve
from ecom_rlve.apps import options
from ecom_rlve.apps.availability import only_drawable
from ecom_rlve.apps.running import played, write_outcomes, write_summary
from ecom_rlve.apps.tables import LEGEND, summary_tables
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.playable import plays
from ecom_rlve.evaluate.report import write_report
from ecom_rlve.evaluate.report.overview import Overview, Played, overview
from ecom_rlve.evaluate.runs import Job, Outcome
from ecom_rlve.evaluate.summary import summarise

AGENTS = ("oracle", "expert", "first_result", "random_tool", "everything", "only_asks", "instant_done", "silent")
DIFFICULTIES = (0, 3, 6, 9)
ABOVE = "expert"
"""Whom the report begins with, as that of an evaluation does; it holds all of its episodes in full."""
SHOWN = 1
"""Episodes of the others, per environment and difficulty, that it holds in full."""


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the report, the traces and summary.json.")] = Path(
        "runs/demo"
    ),
    seeds: options.Seeds = "5",
    workers: options.Workers = 0,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Let all reference agents play all environments; print a table and write an HTML report. Needs no network."""
    console = Console()
    began = time.perf_counter()
    shop = options.shop(size, catalog_seed, catalog)
    with console.status("opening the shop (generated on first use)"):
        products = shop.open()
    console.print(f"A shop of {len(products):,} products in {len(products.taxonomy.leaves)} categories.")
    envs = options.env_names("all")
    specs = tuple(EpisodeSpec(env, d, seed) for env in envs for d in DIFFICULTIES for seed in options.seeds(seeds))
    if catalog:
        specs = only_drawable(products, specs, console)
    outcomes: list[Outcome] = []
    for agent in AGENTS:
        job = Job(tuple(spec for spec in specs if plays(agent, spec.env)), agent, shop, "gated", traced=True)
        outcomes.extend(write_outcomes(out, played(job, options.workers(workers), console)))
    cells = summarise(outcomes)
    write_summary(out / "summary.json", cells)
    report = out / "report.html"
    notes = {
        "Catalogue": f"{len(products):,} {'generated ' * (not catalog)}products, fingerprint {products.fingerprint}",
        "Episodes": f"{len(outcomes)}: difficulties {', '.join(map(str, DIFFICULTIES))}, seeds {seeds}",
        "Command": f"ecom-rlve demo --seeds {seeds} " + (f"--catalog {catalog.name}" if catalog else f"--size {size}"),
        "Version": ecom_rlve.__version__,
    }
    title, above = "Ecom-RLVE: the reference agents", _above(outcomes)
    write_report(report, title, cells, _shown(outcomes), notes=notes, overview=above)
    for table in summary_tables(cells):
        console.print(table)
    console.print(LEGEND)
    console.print(f"{len(outcomes)} episodes in {time.perf_counter() - began:.0f} s. The report: {report}")
    program = options.program()
    console.print(f"Next: {program} play    or    {program} --help", soft_wrap=True)


def _above(outcomes: list[Outcome]) -> Overview | None:
    """Return what an evaluation of the expert would show; None if this shop offers no episode."""
    mine = [outcome for outcome in outcomes if outcome.agent == ABOVE]
    return overview([Played(ABOVE, mine)]) if mine else None


def _shown(outcomes: list[Outcome]) -> list[Outcome]:
    count: dict[tuple[str, str, int], int] = {}
    kept: list[Outcome] = []
    for outcome in outcomes:
        key = (outcome.agent, outcome.spec.env, outcome.spec.difficulty)
        count[key] = count.get(key, 0) + 1
        if outcome.agent == ABOVE or count[key] <= SHOWN:
            kept.append(outcome)
    return kept

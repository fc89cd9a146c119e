"""`ecom-rlve curves`: a training run as curves, in one SVG file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from jinja2 import Environment, StrictUndefined

from ecom_rlve.apps.curves.charts import is_ordered, of_run, side_by_side
from ecom_rlve.apps.studio.metrics import Training, read_training
from ecom_rlve.apps.studio.plot import HEIGHT, WIDTH, Chart
from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.curriculum.progress import METRICS

CAPTION: Final = 46
"""Height of a chart's heading."""
TITLE: Final = 40
"""Height of a run's heading."""
COLUMNS: Final = 2


def curves(
    runs: Annotated[list[Path], typer.Argument(help=f"Folders with a {METRICS}; several are also laid side by side.")],
    out: Annotated[Path | None, typer.Option("--out", help="SVG file. [curves.svg in the first folder]")] = None,
) -> None:
    """Draw the difficulty frontier, effective prompts, pass rates, reward parts and failure causes of training runs."""
    trainings = [_read(run) for run in runs]
    path = out if out is not None else runs[0] / "curves.svg"
    write_whole(path, picture(trainings))
    for training in trainings:
        gaps = "" if is_ordered(training) else ", with gaps"
        bad = f"; {training.unreadable} lines could not be read" if training.unreadable else ""
        typer.echo(f"{training.name}: {len(training.points)} steps{gaps}{bad}")
    typer.echo(f"curves are in {path}")


def picture(trainings: Sequence[Training]) -> str:
    """Return the curves of runs as SVG, first side by side where there are several."""
    names = [training.name for training in trainings]
    sections = [("Side by side", side_by_side(trainings, names))] if len(trainings) > 1 else []
    sections += [(training.name, of_run(training)) for training in trainings]
    placed, height = _placed(sections)
    template = files(__package__ or "").joinpath("curves.svg.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(sections=placed, width=COLUMNS * WIDTH, height=height)


def _placed(sections: Sequence[tuple[str, Sequence[Chart]]]) -> tuple[list[dict[str, Any]], float]:  # Any: for jinja
    """Return sections with the place of every chart, and the height of them all."""
    placed: list[dict[str, Any]] = []
    y = 0.0
    for name, charts in sections:
        rows = -(-len(charts) // COLUMNS)
        places = [
            (i % COLUMNS * WIDTH, y + TITLE + CAPTION + i // COLUMNS * (HEIGHT + CAPTION), chart)
            for i, chart in enumerate(charts)
        ]
        placed.append({"name": name, "y": y, "charts": places})
        y += TITLE + rows * (HEIGHT + CAPTION)
    return placed, y + 8


def _read(run: Path) -> Training:
    training = read_training(run, ".")
    if training is None or not training.points:
        raise TraceError(f"{run}: no {METRICS} with a step in this folder")
    return Training(run.resolve().name, training.points, training.unreadable)

"""The tab that follows a training run while it goes on: windows, effective prompts, reward parts, passes, failures.

Reads `metrics`; knows no trainer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.metrics import Point, Training, read_training, training_runs
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.apps.studio.plot import Chart, Series, chart, share_over
from ecom_rlve.apps.studio.rolling import OVER, effective, reward_part, rolling, rolling_causes
from ecom_rlve.curriculum.progress import METRICS
from ecom_rlve.evaluate.templates import env_name

EVERY: Final = 5
"""Seconds after which a run is read again."""
LATELY: Final = 20
"""Steps that the table of pass rates is about."""
MOST_CAUSES: Final = 6


@dataclass(frozen=True, slots=True)
class Passed:
    """How one environment went of late, by difficulty."""

    env: str
    rates: tuple[tuple[float, int] | None, ...]
    """Share passed and episodes played; None where nothing was."""


def training_tab(root: Path) -> None:
    """Lay out the tab and connect it."""
    gr = gradio.library()
    first = page(root, "")
    run, seen = gr.State(""), gr.State(first)
    panel = gradio.panel(first, name="training")
    gradio.on_wish(panel, partial(_chosen, root), [run], [run, seen, panel])
    gradio.every(EVERY, partial(_again, root), [run, seen], [seen, panel])


def page(root: Path, name: str) -> str:
    """Return the page of a training run; the first one where none is named."""
    names = training_runs(root)
    name = name or (names[0] if names else "")
    training = read_training(root, name) if name else None
    points = training.points if training else ()
    levels = tuple(sorted({d for point in points[-LATELY:] for _, d in point.passed}))
    return render(
        "training.html.jinja",
        names=names,
        name=name,
        root=str(root),
        file=METRICS,
        training=training,
        charts=[c for c in charts(training) if c is not None] if training else [],
        levels=levels,
        passed=lately(points[-LATELY:], levels),
        lately=LATELY,
    )


def charts(training: Training) -> list[Chart | None]:
    """Return all charts of a run; None for what it does not tell."""
    points = training.points
    envs = list(dict.fromkeys(env for p in points for env in p.windows))
    windows = [
        Series(
            env_name(env),
            tuple((p.step, p.windows[env][1]) for p in points if env in p.windows),
            tuple((p.step, p.windows[env][0]) for p in points if env in p.windows),
        )
        for env in envs
    ]
    teaching = Series("effective", rolling(points, effective))
    parts = list(dict.fromkeys(name for p in points for name in p.reward))
    reward = [Series(name.replace("_", " "), rolling(points, reward_part(name))) for name in parts]
    causes = share_over(rolling_causes(points), MOST_CAUSES)
    return [
        chart("Difficulty windows", "From the lowest to the highest difficulty that is drawn.", windows),
        chart("Effective prompts", f"Groups neither all right nor all wrong, {OVER}.", [teaching], span=(0, 1)),
        chart("Reward and its parts", f"Means {OVER}, parts after their weights.", reward),
        chart("Why episodes fail", f"Share of the failures, {OVER}.", causes, span=(0, 1)),
    ]


def lately(points: Sequence[Point], levels: Sequence[int]) -> list[Passed]:
    """Return pass rates over some steps, by environment and difficulty."""
    total: dict[tuple[str, int], tuple[int, int]] = {}
    for point in points:
        for place, (correct, played) in point.passed.items():
            was = total.get(place, (0, 0))
            total[place] = (was[0] + correct, was[1] + played)

    def rate(env: str, level: int) -> tuple[float, int] | None:
        correct, played = total.get((env, level), (0, 0))
        return (correct / played, played) if played else None

    return [Passed(env, tuple(rate(env, d) for d in levels)) for env in dict.fromkeys(env for env, _ in total)]


def _chosen(root: Path, wish: Wish, run: str) -> tuple[str, str, str]:
    name = wish.fields.get("run", run)
    now = page(root, name)
    return name, now, now


def _again(root: Path, run: str, seen: str) -> tuple[object, object]:
    """Return the page if the run has gone on, else nothing new."""
    skip, now = gradio.library().skip(), page(root, run)
    return (skip, skip) if now == seen else (now, now)

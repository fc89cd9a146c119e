"""Pictures of the held-out evaluation: pass rate by difficulty with intervals, why episodes fail. Knows no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "reproduce"
from matplotlib import pyplot as plt  # noqa: E402 (the backend comes first)

COLOURS = ("#868e96", "#1f6feb", "#1a7f4b", "#d1541f", "#8b3fc9")
MOST = 6
"""Failure causes that are told apart."""
Row = Mapping[str, Any]  # Any: a line of evaluation.jsonl


def read(path: Path, temperature: float) -> dict[str, list[Row]]:
    """Return the results by model, easiest first; of a model evaluated twice the last."""
    last: dict[tuple[str, int], Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["temperature"] == temperature:
            last[row["model"], row["difficulty"]] = row
    models = list(dict.fromkeys(model for model, _ in last))
    return {m: [last[key] for key in sorted(k for k in last if k[0] == m)] for m in models}


def pass_rates(results: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Draw pass rates with their 95 % intervals, a line for each model."""
    figure, axes = plt.subplots(figsize=(7.2, 4.0), layout="constrained")
    for i, (model, rows) in enumerate(results.items()):
        rates = [row["rate"] for row in rows]
        gaps = [[r - row["interval"][0] for r, row in zip(rates, rows, strict=True)]]
        gaps.append([row["interval"][1] - r for r, row in zip(rates, rows, strict=True)])
        at = [row["difficulty"] + 0.06 * (i - (len(results) - 1) / 2) for row in rows]
        axes.errorbar(at, rates, gaps, label=model, color=COLOURS[i % len(COLOURS)], marker="o", ms=4, capsize=2)
    levels = sorted({row["difficulty"] for rows in results.values() for row in rows})
    axes.set(xlabel="difficulty d", ylabel="solved, held-out seeds", ylim=(0, 1), xticks=levels)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def causes(results: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Draw the share of episodes that fail for each cause, models side by side, a panel for each difficulty."""
    totals: dict[str, int] = {}
    for row in (row for rows in results.values() for row in rows):
        for cause, count in row["causes"].items():
            totals[cause] = totals.get(cause, 0) + count
    names = sorted(totals, key=lambda name: -totals[name])[:MOST]
    levels = [row["difficulty"] for row in next(iter(results.values()))]
    figure, panels = plt.subplots(
        1, len(levels), figsize=(2.1 * len(levels) + 1.5, 3.6), sharey=True, layout="constrained"
    )
    for level, axes in zip(levels, panels, strict=True):
        for i, (model, rows) in enumerate(results.items()):
            row = next(r for r in rows if r["difficulty"] == level)
            at = [k + 0.8 * (i / len(results) - 0.5) for k in range(len(names))]
            shares = [row["causes"].get(name, 0) / row["episodes"] for name in names]
            axes.barh(at, shares, 0.8 / len(results), align="edge", label=model, color=COLOURS[i % len(COLOURS)])
        axes.set(title=f"d = {level}", xlabel="share of episodes")
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    panels[0].invert_yaxis()
    panels[-1].legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)

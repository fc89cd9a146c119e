"""Metrics of a training run, read from JSONL: one object a step, every field but `step` optional.

    {"step": 120, "difficulty": {"cart_building-v0": [2, 6]}, "effective_prompt_ratio": 0.61,
     "reward": {"total": 0.31, "task": 0.22, "efficiency": 0.05, "grounding": 0.04},
     "pass": {"cart_building-v0": {"4": [12, 16]}}, "causes": {"search_miss": 5}}

`difficulty` are the windows [low, high]; `reward` means over the step, parts after their weights; `pass` correct and
played by difficulty; `causes` counts. Other fields are ignored. Knows no trainer and no page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ecom_rlve.curriculum.progress import METRICS

Line = Mapping[str, Any]  # Any: JSON of a file


@dataclass(frozen=True, slots=True)
class Point:
    """One step of training."""

    step: int
    windows: Mapping[str, tuple[float, float]]
    """Lowest and highest difficulty by environment."""
    effective: float | None
    """Share of prompts whose group was neither all right nor all wrong."""
    reward: Mapping[str, float]
    passed: Mapping[tuple[str, int], tuple[int, int]]
    """Correct and played, by environment and difficulty."""
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Training:
    name: str
    points: tuple[Point, ...]
    """In the order of steps; of a step that was done again after a restart, the last."""
    unreadable: int
    """Lines that are no metrics; the last line of a file that is being written does not count."""


def training_runs(root: Path) -> list[str]:
    """Return the training runs under a folder, as paths below it, in order."""
    found = root.rglob(METRICS) if root.is_dir() else ()
    return sorted(str(path.parent.relative_to(root)) for path in found if not path.is_symlink())


def read_training(root: Path, name: str) -> Training | None:
    """Return a training run as far as it has come; None if there is no such run under `root`."""
    if name not in training_runs(root):
        return None
    text = (root / name / METRICS).read_text(encoding="utf-8", errors="replace")
    whole = text[: text.rfind("\n") + 1]
    points: dict[int, Point] = {}
    unreadable = 0
    for line in whole.splitlines():
        try:
            point = _point(cast("Line", json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            unreadable += 1
            continue
        points[point.step] = point
    return Training(name, tuple(points[step] for step in sorted(points)), unreadable)


def _point(line: Line) -> Point:
    ratio = line.get("effective_prompt_ratio")
    return Point(
        step=int(line["step"]),
        windows={env: (float(w[0]), float(w[1])) for env, w in line.get("difficulty", {}).items()},
        effective=None if ratio is None else float(ratio),
        reward={name: float(value) for name, value in line.get("reward", {}).items()},
        passed=dict(_passed(line.get("pass", {}))),
        causes={cause: int(count) for cause, count in line.get("causes", {}).items()},
    )


def _passed(table: Line) -> Iterator[tuple[tuple[str, int], tuple[int, int]]]:
    for env, levels in table.items():
        for level, counts in levels.items():
            yield (env, int(level)), (int(counts[0]), int(counts[1]))

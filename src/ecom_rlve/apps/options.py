"""Options that several commands share, worded once, and how their texts are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from ecom_rlve.apps import completion
from ecom_rlve.catalog.generate import MAX_SIZE, MIN_SIZE
from ecom_rlve.core.errors import SpecError, TraceError
from ecom_rlve.env.reward import PRESETS, Preset
from ecom_rlve.evaluate.journal import RESULTS
from ecom_rlve.evaluate.playable import playable
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import all_tasks

PROGRAM = "ecom-rlve"
Envs = Annotated[
    str, typer.Argument(help="Environment, several with commas, or all.", autocompletion=completion.environments)
]
Size = Annotated[int, typer.Option("--size", min=MIN_SIZE, max=MAX_SIZE, help="Products in the generated catalogue.")]
CatalogSeed = Annotated[int, typer.Option("--catalog-seed", min=0, help="Seed of the generated catalogue.")]
OwnSeed = Annotated[int, typer.Option("--catalog-seed", "--seed", min=0, help="Seed of the generated catalogue.")]
"""The same for commands that have no episode, and so no other seed."""
CatalogPath = Annotated[Path | None, typer.Option("--catalog", help="A catalogue's folder instead of a generated one.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes; 0 means one for each core.")]
Difficulties = Annotated[str, typer.Option("--difficulty", "-d", help="A number, a range or a list: 3, 0-6, 0,3,9.")]
Seeds = Annotated[str, typer.Option("--seeds", help="A count or a range: 50 (seeds 0 to 49), 100-149.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The episode's seed.")]
PresetName = Annotated[
    str,
    typer.Option("--preset", help=f"Reward preset: {' or '.join(PRESETS)}.", autocompletion=completion.presets),
]


def program() -> str:
    """Return what to type to start this program again: its name, or the relative path that it was called by."""
    called = Path(sys.argv[0])
    return str(called) if len(called.parts) > 1 and not called.is_absolute() and not which(PROGRAM) else PROGRAM


def shop(size: int, seed: int, path: Path | None) -> Shop:
    """Return the shop that the catalogue options name."""
    return Shop(size, seed, str(path) if path else "")


def workers(count: int) -> int:
    """Return the number of processes that `count` stands for."""
    return count or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count or os.cpu_count() or 1


def numbers(text: str, what: str) -> list[int]:
    """Return the numbers that a list of numbers and ranges names, e.g. "0,3,6-8".

    Raises:
        SpecError: It is written in another way; the message names it.
    """
    out: list[int] = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()) or (dash and int(high) < int(low)):
            raise SpecError(f"{what} is written like 3, 0-6 or 0,3,9, got {text!r}")
        out.extend(range(int(low), int(high or low) + 1))
    return out


def seeds(text: str) -> list[int]:
    """Return the seeds that a count or a range names; errors as for `numbers`, and none is one."""
    if not text.strip().isdecimal():
        return numbers(text, "--seeds")
    if int(text) == 0:
        raise SpecError(f"--seeds is a count from 1 (50: seeds 0 to 49) or a range (100-149), got {text!r}")
    return list(range(int(text)))


def env_names(text: str, agent: str = "") -> list[str]:
    """Return versioned environment names; "all": every one that `agent` can play. An unknown one is a SpecError."""
    known = {task.name: f"{task.name}-v{task.version}" for task in all_tasks().values()}
    if text == "all":
        return list(playable(agent, tuple(known.values())))
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known and name not in known.values():
            raise SpecError(f"unknown environment {name!r}: known are all, {', '.join(known)}")
    return [known.get(name, name) for name in names]


def preset(text: str) -> Preset:
    """Return the reward preset called `text`, or raise SpecError."""
    for name in PRESETS:
        if text == name:
            return name
    raise SpecError(f"unknown reward preset {text!r}: known are {', '.join(PRESETS)}")


def trace_files(paths: Sequence[Path]) -> list[Path]:
    """Return the trace files that paths name; a folder means all traces in it.

    Raises:
        TraceError: A folder holds none.
    """
    out: list[Path] = []
    for path in paths:
        found = sorted(f for f in path.rglob("*.jsonl") if f.name != RESULTS) if path.is_dir() else [path]
        if not found:
            raise TraceError(f"{path}: no trace (*.jsonl) in this folder")
        out.extend(found)
    return out

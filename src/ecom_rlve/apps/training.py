"""`ecom-rlve train`: a configuration's run, or what it would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ecom_rlve.core.errors import SpecError
from ecom_rlve.training.config import TrainConfig, read_config
from ecom_rlve.training.plan import Plan, plan_of


def train(
    config: Annotated[Path, typer.Argument(help="A TOML file, e.g. configs/tiny-cpu.toml.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the run; one that was begun goes on.", show_default="runs/train/NAME"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file, show plan and memory, load nothing. Needs no GPU.")
    ] = False,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Steps instead of the file's.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of draws and model instead of the file's.")
    ] = None,
) -> None:
    """Train a model with DAPO on environments, with a curriculum that adapts; go on where a run was killed."""
    read = _changed(read_config(config), steps, seed)
    folder = out if out is not None else Path("runs/train") / config.stem
    console = Console()
    plan = plan_of(read, folder)
    if dry_run:
        _show(console, plan, _checked(read, folder))
        raise typer.Exit(0 if plan.fits else 1)
    if find_spec("trl") is None:
        raise SpecError("training needs the extra `trl`: pip install 'ecom-rlve[trl]'")
    from ecom_rlve.training import run  # noqa: PLC0415 (torch and trl are heavy, and an extra)
    from ecom_rlve.training.arguments import has_gpu  # noqa: PLC0415 (as above)

    finished = run.train(read, folder, gpu=has_gpu())
    if finished.is_main:
        frontier = ", ".join(f"{track} {level}" for track, level in finished.frontier.items())
        console.print(f"{finished.steps} steps are done; frontier: {frontier}")
        console.print(f"the model is in {folder / 'final'}; its curves: ecom-rlve curves {folder}", soft_wrap=True)


def _changed(config: TrainConfig, steps: int | None, seed: int | None) -> TrainConfig:
    trainer: dict[str, Any] = dict(config.trainer)  # Any: what TRL's arguments are
    if steps is not None:
        trainer["max_steps"] = steps
    if seed is not None:
        trainer["seed"] = seed
    environments = config.environments if seed is None else replace(config.environments, seed=seed)
    return replace(config, trainer=trainer, environments=environments)


def _checked(config: TrainConfig, out: Path) -> Mapping[str, str]:
    """Return what was checked, by what; a file that is refused is a SpecError."""
    if find_spec("trl") is None:
        return {"not checked": "arguments of [trainer] and [lora]: TRL is not installed"}
    from importlib.metadata import version  # noqa: PLC0415 (only needed here)

    from ecom_rlve.training.arguments import grpo_arguments, has_gpu, lora_arguments  # noqa: PLC0415 (heavy, and an extra)

    grpo_arguments(config, out, gpu=has_gpu())
    lora_arguments(config)
    return {"checked": f"arguments, against TRL {version('trl')}, transformers {version('transformers')}, peft "
            f"{version('peft')}"}  # fmt: skip


def _show(console: Console, plan: Plan, checked: Mapping[str, str]) -> None:
    table = Table(show_header=False)
    for name, text in {**plan.facts, **checked, "start": plan.command}.items():
        table.add_row(name, text)
    console.print(table)
    memory = Table("memory of one GPU, estimated" if plan.room_gb else "memory, estimated")
    memory.add_column("GB", justify="right")
    for name, size in plan.memory.terms:
        memory.add_row(name, f"{size:.1f}")
    memory.add_row("together", f"{plan.memory.total:.1f}", style="bold")
    console.print(memory)
    if plan.room_gb:
        console.print(f"{'fits' if plan.fits else 'does NOT fit'} into {plan.room_gb} GB")

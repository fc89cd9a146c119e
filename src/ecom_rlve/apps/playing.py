"""`ecom-rlve play`: be the agent yourself, or watch one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.apps import completion, options
from ecom_rlve.apps.play import human, watch
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env


def play(
    env: Annotated[
        str,
        typer.Argument(
            help="Environment, or the whole name of an episode, such as cart_building-v0/d3/s7.",
            autocompletion=completion.episodes,
        ),
    ] = "cart_building",
    difficulty: Annotated[
        int, typer.Option("--difficulty", "-d", min=0, help="How hard: 0 is easiest, the validity card goes to 20.")
    ] = 0,
    seed: options.Seed = 0,
    agent: Annotated[
        str,
        typer.Option(
            "--watch", help=f"Watch an agent instead: {', '.join(PLAYERS)}.", autocompletion=completion.agents
        ),
    ] = "",
    step: Annotated[bool, typer.Option("--step", help="When watching: wait for Enter after every turn.")] = False,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Play one episode in the terminal, as the agent or as a spectator."""
    console = Console()
    spec = EpisodeSpec.parse(env) if "/" in env else EpisodeSpec(options.env_names(env)[0], difficulty, seed)
    live = Env(options.shop(size, catalog_seed, catalog).open())
    live.reset(spec)
    if agent:
        watch(live, agent, console, (lambda: console.input("[dim]Enter goes on[/]")) if step else None)
    else:
        human(live, console, lambda: console.input("[bold]> [/]"))

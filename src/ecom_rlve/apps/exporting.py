"""`ecom-rlve export`: demonstrations as chat data to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ecom_rlve.agents.registry import player_named
from ecom_rlve.apps import options
from ecom_rlve.apps.availability import only_drawable
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.parse import Style
from ecom_rlve.evaluate.playable import plays
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.training.dataset_files import write_dataset
from ecom_rlve.training.demonstrations import DEMONSTRATORS, Demonstration, demonstration

STYLES: Final[Mapping[str, tuple[Style, ...]]] = MappingProxyType(
    {"native": ("native",), "json": ("json",), "both": ("native", "json")}
)
VALIDATION = 20
"""One seed in this many, from the end of the list, is for validation."""
Played = Counter[tuple[str, str, str]]
"""Episodes by (environment, agent, "played" | "kept")."""


def export(
    env: options.Envs = "all",
    agents: Annotated[
        str, typer.Option("--agents", help=f"Who shows how: {', '.join(DEMONSTRATORS)}, with commas.")
    ] = ",".join(DEMONSTRATORS),
    style: Annotated[str, typer.Option("--style", help="native (tool calls), json (one action a turn), or both.")] = (
        "both"
    ),
    difficulty: options.Difficulties = "0-6",
    count: Annotated[int, typer.Option("--seeds", min=1, help="Seeds for each environment and difficulty.")] = 50,
    first: Annotated[int, typer.Option("--first-seed", min=0, help="Seeds from here on that training may use.")] = 0,
    out: Annotated[Path, typer.Option("--out", help="Folder of the data set; must not exist.")] = Path(
        "runs/demonstrations"
    ),
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Write solved episodes as chat data, Parquet and JSONL; seeds kept for evaluation are never used."""
    names, styles = _agents(agents), _styles(style)
    seeds = list(islice(training_seeds(first), count))
    specs: Sequence[EpisodeSpec] = [
        EpisodeSpec(name, d, seed)
        for name in options.env_names(env)
        for d in options.numbers(difficulty, "--difficulty")
        for seed in seeds
    ]
    shop, console, played = options.shop(size, catalog_seed, catalog), Console(), Played()
    if catalog:
        specs = only_drawable(shop.open(), specs, console)
    held_out = frozenset(seeds[len(seeds) - len(seeds) // VALIDATION :])
    about = {
        "catalogue": f"{len(shop.open()):,} products, fingerprint {shop.open().fingerprint}",
        "environments": ", ".join(options.env_names(env)),
        "difficulty": difficulty,
        "agents": ", ".join(names),
        "seeds": f"{seeds[0]} … {seeds[-1]}, without those kept for evaluation",
    }
    shown_by = [(spec, name) for spec in specs for name in names if plays(name, spec.env)]
    if not shown_by:
        raise SpecError(f"{', '.join(names)} cannot play {env}: nothing can be shown")
    rows = _demonstrations(shown_by, styles, shop, played)
    with Progress(console=console, transient=True) as bar:
        shown = bar.track(rows, total=len(shown_by) * len(styles), description="playing")
        kept = (("validation" if demo.spec.seed in held_out else "train", demo) for demo in shown if demo is not None)
        written = write_dataset(out, kept, about)
    console.print(_table(played))
    console.print(
        f"{written} demonstrations are in {out}; read them with datasets.load_dataset({str(out)!r}, 'native')"
    )


def _demonstrations(
    shown_by: Sequence[tuple[EpisodeSpec, str]], styles: Sequence[Style], shop: Shop, played: Played
) -> Iterator[Demonstration | None]:
    catalog = shop.open()
    players = {name: player_named(name) for _, name in shown_by}
    for spec, name in shown_by:
        for style in styles:
            demo = demonstration(catalog, spec, name, players[name], style)
            played[spec.env, name, "played"] += 1
            played[spec.env, name, "kept"] += demo is not None
            yield demo


def _agents(text: str) -> list[str]:
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in DEMONSTRATORS:
            raise SpecError(f"no demonstrations by {name!r}: known are {', '.join(DEMONSTRATORS)}")
    return list(dict.fromkeys(names))


def _styles(text: str) -> tuple[Style, ...]:
    if text not in STYLES:
        raise SpecError(f"unknown style {text!r}: known are {', '.join(STYLES)}")
    return STYLES[text]


def _table(played: Played) -> Table:
    table = Table("environment", "by")
    table.add_column("played", justify="right")
    table.add_column("solved", justify="right")
    for env, agent in dict.fromkeys((env, agent) for env, agent, _ in played):
        table.add_row(env, agent, str(played[env, agent, "played"]), str(played[env, agent, "kept"]))
    return table

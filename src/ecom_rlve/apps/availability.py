"""Tables of what can be played on a catalogue, and specs cut down to it. Knows no command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.availability import Trial, climbs, drawable, trials
from ecom_rlve.evaluate.card.examined import SEEDS_APART
from ecom_rlve.evaluate.card.grid import Grid
from ecom_rlve.evaluate.runs import Shop


def availability_tables(
    catalog: Catalog, envs: Sequence[str], difficulties: Sequence[int], tries: int, console: Console
) -> Iterator[Table]:
    """Try every environment and yield what can be played, and what the others lack."""
    with console.status("trying the environments") as status:
        found = trials(catalog, envs, difficulties, tries, lambda t: status.update(f"trying {t.env}, d={t.difficulty}"))
    title = f"Episodes that can be played, of {tries} tried"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("environment", no_wrap=True)
    for difficulty in difficulties:
        table.add_column(f"d={difficulty}", justify="right")
    for env in envs:
        table.add_row(env, *(_cell(one) for one in found if one.env == env))
    yield table
    lacking = {one.env: one for one in reversed(found) if one.missing}
    if lacking:
        why = Table("environment", "from d", "what is missing", title="Not always", box=box.SIMPLE_HEAD)
        why.title_justify, why.title_style = "left", "bold"
        for env in envs:
            if env in lacking:
                why.add_row(env, str(lacking[env].difficulty), Text(lacking[env].missing))
        yield why


def climb_table(catalog: Catalog, envs: Sequence[str], levels: Sequence[int], tries: int, console: Console) -> Table:
    """Let the expert try the lowest and the highest difficulty, and return whether it notices which is which."""
    low, high = min(levels), max(levels)
    with console.status("letting the expert try") as status:
        found = climbs(catalog, envs, low, high, tries, lambda env: status.update(f"letting the expert try {env}"))
    table = Table(
        title="Episodes that the expert passes", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
    )
    table.add_column("environment", no_wrap=True)
    for name in ("of", f"d={low}", f"d={high}"):
        table.add_column(name, justify="right")
    table.add_column("gets harder")
    for one in found:
        told = Text("yes", style="green") if one.falls else Text("not on this catalogue", style="yellow")
        table.add_row(one.env, f"{one.tried}", f"{one.easy}", f"{one.hard}", told if one.tried else Text("–"))
    return table


def _cell(one: Trial) -> Text:
    if one.solved < one.drawn:
        return Text(f"{one.solved}/{one.drawn} solved", style="bold red")
    style = "green" if one.drawn == one.tried else "yellow" if one.drawn else "red"
    return Text(str(one.drawn) if one.drawn else "none", style=style)


def always_drawable(shop: Shop, envs: Sequence[str], grid: Grid, console: Console) -> list[str]:
    """Return the environments whose every episode of a card's grid can be drawn; tell which others are left out, why.

    A card says what holds at every difficulty: of an environment that lacks some it would say less than it seems to.
    A generated shop has enough for all.

    Raises:
        SpecError: None is left.
    """
    if not shop.path:
        return list(envs)
    catalog = shop.open()
    seeds = max(grid.oracle, grid.expert, grid.others)
    apart = max(grid.laws, grid.told)
    kept: list[str] = []
    for env in envs:
        numbers = [(d, seed) for d in grid.difficulties for seed in (*range(seeds), *_apart(d, apart))]
        with console.status(f"drawing the episodes of {env}"):
            _, refused = drawable(catalog, [EpisodeSpec(env, d, seed) for d, seed in numbers])
        if not refused:
            kept.append(env)
        else:
            console.print(f"[yellow]{env} is left out:[/] this catalogue has too little for some of its episodes")
            for line in refused:
                console.print(f"  {line}", markup=False, highlight=False)
    if not kept:
        raise SpecError("none of these environments can be certified on this catalogue; see `catalog info`")
    return kept


def _apart(difficulty: int, seeds: int) -> range:
    """Return the seeds on which the laws of a card are tried at a difficulty."""
    return range(difficulty * SEEDS_APART, difficulty * SEEDS_APART + seeds)


def only_drawable(catalog: Catalog, specs: Sequence[EpisodeSpec], console: Console) -> tuple[EpisodeSpec, ...]:
    """Return the episodes that a catalogue has enough for; tell what is left out and why."""
    with console.status("drawing the episodes"):
        able, refused = drawable(catalog, specs)
    if refused:
        console.print(
            f"[yellow]{len(specs) - len(able)} of {len(specs)} episodes cannot be drawn on this catalogue:[/]"
        )
        for line in refused:
            console.print(f"  {line}", markup=False, highlight=False)
    return tuple(able)

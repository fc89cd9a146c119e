"""`ecom-rlve catalog`: make one, build one, look at one, search in one, give it rules."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ecom_rlve.apps import completion, embedding, intake, options, ruling
from ecom_rlve.apps.availability import availability_tables, climb_table
from ecom_rlve.catalog.cache import generated_path
from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.generate import generate as make
from ecom_rlve.catalog.intake.report import read_report
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.attributes import attribute, money
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.product import Constraint, Op
from ecom_rlve.evaluate.availability import TRIES

app = typer.Typer(
    help="Shops: make one of any size or of your own products, look at it, search in it by words or by meaning.",
    no_args_is_help=True,
)


@app.command()
def generate(
    size: options.Size = 20_000,
    seed: options.OwnSeed = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the new catalogue.", show_default="in the user's cache")
    ] = None,
) -> None:
    """Make a catalogue of any size; the same size and seed give the same one on every machine."""
    console = Console()
    path = out or generated_path(size, seed)
    began = time.perf_counter()
    with Progress(console=console, transient=True) as bar:
        lines: dict[str, object] = {}

        def show(what: str, done: int, total: int) -> None:
            line = lines.setdefault(what, bar.add_task(what, total=total))
            bar.update(line, completed=done)  # pyright: ignore[reportArgumentType] (rich's own id type)

        make(size, seed, path, show)
    catalog = open_catalog(path)
    console.print(
        f"{len(catalog):,} products, fingerprint {catalog.fingerprint}, {time.perf_counter() - began:.1f} s: {path}"
    )


@app.command()
def info(
    folder: Annotated[Path | None, typer.Argument(help="A catalogue's folder; the generated one if left out.")] = None,
    env: Annotated[
        str,
        typer.Option(
            "--env", help="Environments to try, several with commas, or all.", autocompletion=completion.environments
        ),
    ] = "all",
    difficulty: options.Difficulties = "0,3,6,9,12,16,20",
    tries: Annotated[int, typer.Option("--tries", min=0, help="Episodes tried per difficulty; 0 tries none.")] = TRIES,
    expert: Annotated[
        int, typer.Option("--expert", min=0, help="Episodes the expert tries at the lowest and highest difficulty.")
    ] = 0,
    size: options.Size = 20_000,
    seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Tell what is in a catalogue, where it comes from, and which environments can be played on it."""
    shop = options.shop(size, seed, folder or catalog).open()
    console = Console()
    console.print(f"{len(shop):,} products in {len(shop.taxonomy.leaves)} categories, fingerprint {shop.fingerprint}")
    report = read_report(shop.path)
    own = {line.key for line in report.categories if not line.ours} if report else set[str]()
    table = Table("category", "noun", "attributes", header_style="bold")
    table.add_column("products", justify="right")
    for key, leaf in shop.taxonomy.leaves.items():
        mark = " (never sold or recommended)" if leaf.denied else " (the source's own)" if key in own else ""
        table.add_row(key + mark, leaf.noun, ", ".join(leaf.attributes), f"{len(shop.category_rows(key)):,}")
    console.print(table)
    if report:
        intake.print_report(report, console)
    if tries:
        levels = options.numbers(difficulty, "--difficulty")
        for one in availability_tables(shop, options.env_names(env), levels, tries, console):
            console.print(one)
    if expert:
        levels = options.numbers(difficulty, "--difficulty")
        console.print(climb_table(shop, options.env_names(env), levels, expert, console))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    where: Annotated[
        list[str] | None, typer.Option("--where", help='Filter: brand=Lumera, "price<=25", "rating>=4.5".')
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=200, help="How many results.")] = 10,
    size: options.Size = 20_000,
    seed: options.OwnSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Search a catalogue as an agent would."""
    shop = options.shop(size, seed, catalog).open()
    began = time.perf_counter()
    hits = shop.search(query, [_constraint(w) for w in where or []], sort="relevance", limit=top, offer=Offer())
    took = time.perf_counter() - began
    table = Table("id", "title", header_style="bold")
    for name in ("price", "rating", "days"):
        table.add_column(name, justify="right")
    for row in hits.rows:
        p = shop.product(row)
        table.add_row(p.id, p.title, money(p.price), f"{p.rating / 10}", str(p.delivery_days))
    console = Console()
    console.print(table)
    console.print(f"{hits.total:,} match, {took * 1000:.1f} ms")


app.command("build")(intake.build)
app.command("rules")(ruling.rules)
embedding.add_to(app)


def _constraint(text: str) -> Constraint:
    signs: tuple[tuple[str, Op], ...] = (("<=", "max"), (">=", "min"), ("=", "eq"))
    for sign, op in signs:
        name, found, value = text.partition(sign)
        if found:
            try:
                return Constraint(name.strip(), op, attribute(name.strip()).parse(value.strip()))
            except (KeyError, ValueError) as error:
                raise SpecError(f"filter {text!r}: {error}") from None
    raise SpecError(f"a filter is written like brand=Lumera, price<=25 or rating>=4.5, got {text!r}")

"""`ecom-rlve catalog rules`: the rules that a catalogue brings along, shown, set and taken away.

Knows no rule: what a chapter may say is checked below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ecom_rlve.apps.embedding import Folder
from ecom_rlve.catalog.cache import cache_folder
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.rules import Chapters, save_rules
from ecom_rlve.catalog.storage import open_folder
from ecom_rlve.core.errors import SpecError
from ecom_rlve.world.own_rules import changed, read_folder
from ecom_rlve.world.policy import policy


def rules(
    folder: Folder,
    own: Annotated[
        Path | None, typer.Option("--policy", help="Folder with chapters: returns.toml, shipping.toml …")
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Back to the rules of the package.")] = False,
) -> None:
    """Give a catalogue rules of its own, and list what is in force.

    Sections that no chapter names stay as shipped. The fingerprint of the catalogue changes with its rules, so traces
    of the one are not taken for traces of the other.
    """
    if own is not None and shipped:
        raise SpecError("--policy and --shipped exclude each other: rules are those of a folder or the package's")
    if own is not None or shipped:
        if folder.resolve().is_relative_to(cache_folder().resolve()):
            raise SpecError(
                f"{folder} is the generated catalogue that every command uses; make one of your own to change: "
                "`ecom-rlve catalog generate --out FOLDER`"
            )
        chapters = read_folder(own) if own else ()
        open_folder(folder)  # Sound but for its rules, which are about to be replaced: they may be what is damaged.
        save_rules(folder, dict(chapters))
    catalog = Catalog(folder)
    _show(catalog.rules, Console())
    typer.echo(f"fingerprint {catalog.fingerprint}")


def _show(chapters: Chapters, console: Console) -> None:
    own = changed(chapters)
    table = Table("chapter", "section", "decides", "whose", header_style="bold")
    table.add_column("rules", justify="right")
    for name, section in policy(chapters).sections.items():
        whose = "the shop's own" if name in own else "shipped"
        table.add_row(section.chapter, name, section.kind, whose, str(len(section.rules)))
    console.print(table)

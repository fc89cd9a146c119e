"""`ecom-rlve studio`: play, watch, read and compare in the browser. Needs the extra `studio`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecom_rlve.apps import options


def studio(
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 lets others in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, help="0 takes a free one.")] = 7860,
    runs: Annotated[Path, typer.Option("--runs", help="Folder whose runs can be read in the studio.")] = Path("runs"),
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Open the studio: a local web app to play, watch, compare and look around in. Nothing leaves this machine."""
    from ecom_rlve.apps.studio.app import Studio, serve  # noqa: PLC0415 (Gradio takes a second to import)

    shop = options.shop(size, catalog_seed, catalog)
    serve(Studio(shop, runs), host, port, opened=lambda at: typer.echo(f"The studio is at {at} (Ctrl-C ends it)"))

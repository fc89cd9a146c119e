"""`ecom-rlve studio`: play, watch, read and compare in the browser. Needs the extra `studio`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.apps import options
from ecom_rlve.core.errors import SpecError


def studio(
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 lets others in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, help="Port; 0 takes a free one.")] = 7860,
    runs: Annotated[Path, typer.Option("--runs", help="Folder whose runs can be read in the studio.")] = Path("runs"),
    card: Annotated[Path, typer.Option("--card", help="The validity card's JSON.")] = Path("docs/card.json"),
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="A model to watch, OpenAI-compatible, e.g. http://localhost:8000/v1.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="The model, as its server calls it.")] = "",
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="Environment variable with the key.")
    ] = "OPENAI_API_KEY",
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Open the studio: a web app to play, watch, compare and look around in. Nothing leaves this machine."""
    from ecom_rlve.apps.studio.app import Studio, serve  # noqa: PLC0415 (no other command waits for Gradio)
    from ecom_rlve.apps.studio.watching import served  # noqa: PLC0415 (as above)

    if bool(endpoint) != bool(model):
        raise SpecError("a model to watch needs both --endpoint and --model")
    models = {model: served(Endpoint(endpoint, model, key_variable, style="json"))} if model else {}
    shop = options.shop(size, catalog_seed, catalog)
    serve(Studio(shop, runs, card, models), host, port, opened=lambda at: typer.echo(f"The studio is at {at}"))

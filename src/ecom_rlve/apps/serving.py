"""`ecom-rlve serve`: the environments over OpenEnv's HTTP, websocket and MCP."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ecom_rlve.apps import completion, offered, options
from ecom_rlve.core.errors import EcomRlveError


def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to bind to; only loopback needs no token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="Most sessions at once, over all workers.")] = 64,
    idle: Annotated[
        float, typer.Option("--idle", min=1, help="Seconds after which an idle session is closed.")
    ] = 1800.0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes; they share one catalogue.")] = 1,
    env: Annotated[
        str, typer.Option("--env", help="Environment of resets that name none.", autocompletion=completion.versioned)
    ] = "cart_building-v0",
    preset: options.PresetName = "gated",
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
    prefault: Annotated[
        bool, typer.Option("--prefault", help="Read the whole catalogue into memory before anybody connects.")
    ] = False,
    voice_endpoint: offered.VoiceUrl = "",
    voice_model: offered.VoiceModel = "",
    open_to_all: Annotated[
        bool, typer.Option("--no-token", help="Let other machines in without a token; behind a proxy that checks.")
    ] = False,
) -> None:
    """Serve all environments to OpenEnv clients; the bearer token, if any, is read from ECOM_RLVE_TOKEN."""
    try:
        from ecom_rlve.adapters.openenv import app  # noqa: PLC0415 (heavy, and an extra)
        from ecom_rlve.adapters.openenv.guard import is_loopback  # noqa: PLC0415 (as above)
    except ModuleNotFoundError as error:
        raise EcomRlveError(
            f"serving needs the extra `openenv`: pip install 'ecom-rlve[openenv]' ({error.name} is missing)"
        ) from None
    if not is_loopback(host) and not os.environ.get(app.TOKEN) and not open_to_all:
        raise EcomRlveError(f"{host} is open to other machines: set {app.TOKEN}, or say --no-token")
    settings = app.Settings(
        host, port, sessions, idle, workers, env, options.preset(preset), size, catalog_seed, str(catalog or ""),
        voice_endpoint, voice_model,
    )  # fmt: skip
    if prefault:
        read = options.shop(size, catalog_seed, catalog).open().prefault()
        typer.echo(f"ecom-rlve: {read / 1e6:,.0f} MB of the catalogue are in memory", err=True)
    typer.echo(f"ecom-rlve: serving on http://{host}:{port}, up to {sessions} sessions", err=True)
    app.serve(settings)

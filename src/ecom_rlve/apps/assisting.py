"""`ecom-rlve mcp`: one episode over MCP, for an assistant of one's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ecom_rlve.apps import options
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.env.env import Env
from ecom_rlve.env.trace import write_trace


def mcp(
    spec: Annotated[str, typer.Argument(help="The episode, e.g. cart_building-v0/d3/s7.")] = "cart_building-v0/d0/s7",
    trace: Annotated[Path | None, typer.Option("--trace", help="File for the trace of the finished episode.")] = None,
    preset: options.PresetName = "gated",
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Serve one episode to an assistant over MCP on standard input and output."""
    try:
        from ecom_rlve.adapters import mcp_server  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        raise EcomRlveError(
            f"an assistant needs the extra `mcp`: pip install 'ecom-rlve[mcp]' ({error.name} is missing)"
        ) from None
    shop = options.shop(size, catalog_seed, catalog)
    env = Env(shop.open(), preset=options.preset(preset))
    env.reset(spec)

    def ended(env: Env) -> None:
        if trace is not None:
            write_trace(trace, env.trace("an assistant over MCP", shop.json()))
            typer.echo(f"ecom-rlve: the trace is in {trace}", err=True)

    asyncio.run(mcp_server.serve(env, ended))

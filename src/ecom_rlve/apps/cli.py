"""The command line. Every command's own module does the work; here they get their names and their errors."""

from __future__ import annotations

import sys
from concurrent.futures.process import BrokenProcessPool
from typing import Annotated

import typer

import ecom_rlve
from ecom_rlve.apps import (
    assisting,
    bench,
    catalogue,
    certify,
    demo,
    evaluating,
    exporting,
    opening,
    playing,
    reporting,
    running,
    serving,
    traces,
    training,
)
from ecom_rlve.apps.curves import command
from ecom_rlve.core.errors import EcomRlveError

app = typer.Typer(
    help="Verifiable environments in which a language-model agent serves a simulated customer of an online shop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("play")(playing.play)
app.command("run")(running.run)
app.command("eval")(evaluating.eval_)
app.command("export")(exporting.export)
app.command("train")(training.train)
app.command("curves")(command.curves)
app.command("report")(reporting.report)
app.command("view")(reporting.view)
app.command("studio")(opening.studio)
app.command("replay")(traces.replay)
app.command("regrade")(traces.regrade)
app.command("certify")(certify.certify)
app.command("bench")(bench.bench)
app.command("serve")(serving.serve)
app.command("mcp")(assisting.mcp)
app.add_typer(catalogue.app, name="catalog")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ecom-rlve {ecom_rlve.__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Hold what all commands share."""


def main() -> None:
    """Run the command line; errors raised on purpose and unusable paths are one line and exit status 2."""
    try:
        app()
    except EcomRlveError as error:
        typer.echo(f"ecom-rlve: {error}", err=True)
        sys.exit(2)
    except BrokenProcessPool:
        typer.echo("ecom-rlve: a worker process was killed, for want of memory perhaps: try fewer --workers", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if error.filename is None:  # about no path of the caller's: a bug of ours
            raise
        typer.echo(f"ecom-rlve: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)

"""`ecom-rlve catalog embed | use | encoder`: search by meaning, set up and served."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.encoders.encoder import preset, presets
from ecom_rlve.catalog.semantic import SOCKET_VARIABLE, Mode, Settings, read_settings, save_settings
from ecom_rlve.catalog.vectors import read_about
from ecom_rlve.core.errors import SpecError

Folder = Annotated[Path, typer.Argument(help="The catalogue's folder.", show_default=False)]
ModeName = Annotated[str, typer.Option("--mode", help=f"How to search: {', '.join(get_args(Mode))}.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `ecom-rlve catalog`."""
    for command in (embed, use, encoders, encoder):
        app.command()(command)
    app.command("export-encoder")(export_encoder)


def embed(
    folder: Folder,
    encoder: Annotated[str, typer.Option("--encoder", help="A name that `catalog encoders` lists.")],
    mode: Annotated[str, typer.Option("--use", help="Also search by it from now on: dense or hybrid.")] = "",
    ray: Annotated[bool, typer.Option("--ray", help="Encode on Ray, on this machine or a cluster.")] = False,
    actors: Annotated[int, typer.Option("--actors", min=1, help="Encoders at once, with --ray.")] = 2,
    gpus: Annotated[float, typer.Option("--gpus", min=0, help="GPUs for each encoder, with --ray.")] = 0.0,
    address: Annotated[str, typer.Option("--address", help='Ray cluster: "auto" or its address.')] = "",
    again: Annotated[bool, typer.Option("--again", help="Make vectors anew that are there.")] = False,
) -> None:
    """Encode all products of a catalogue; a run that was interrupted goes on where it was."""
    from ecom_rlve.catalog.embed import embed as make  # noqa: PLC0415 (only needed to make some)

    workers = None
    if ray:
        from ecom_rlve.catalog.embed_ray import on_ray  # noqa: PLC0415 (Ray is an extra)

        workers = on_ray(actors, gpus, address or None)
    console, began = Console(), time.perf_counter()
    with Progress(console=console, transient=True) as bar:
        lines: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in lines:
                lines[what] = bar.add_task(what, total=total)
            bar.update(lines[what], completed=done)

        made = make(folder, encoder, workers, show, again=again)
    about, took = read_about(made), time.perf_counter() - began
    console.print(
        f"{about.rows:,} products, {about.dimensions} dimensions, digest {about.digest}, {took:.1f} s: {made}"
    )
    if mode:
        use(folder, mode, encoder, encoder)
    else:
        console.print(f"Search by it with `ecom-rlve catalog use {folder} --mode hybrid --encoder {encoder}`.")


def use(
    folder: Folder,
    mode: ModeName = "",
    encoder: Annotated[str, typer.Option("--encoder", help="Whose vectors are searched.")] = "",
    similarity: Annotated[str, typer.Option("--similarity", help="Whose vectors compare products; none: hashed.")] = "",
) -> None:
    """Set how a catalogue searches; without options, tell how it does."""
    console = Console()
    if mode:
        settings = Settings(_mode(mode), encoder, similarity)
        Catalog(folder, settings)  # It has to open before it is written down.
        save_settings(folder, settings)
    found = read_settings(folder)
    by = f" by {found.encoder}" if found.encoder else ""
    console.print(f"search: {found.mode}{by}; likeness: {found.similarity or 'hashed words (built in)'}")
    console.print(f"fingerprint {Catalog(folder).fingerprint}")


def _mode(name: str) -> Mode:
    for known in get_args(Mode):
        if name == known:
            return known
    raise SpecError(f"unknown search mode {name!r}: known are {', '.join(get_args(Mode))}")


def encoders() -> None:
    """List the encoders that have a name."""
    table = Table("name", "what it is", header_style="bold")
    for one in presets().values():
        table.add_row(one.name, one.about)
    table.add_row("sentence:PATH", "a sentence-transformers model of your own")
    table.add_row("onnx:FOLDER", "an exported model of your own: model.onnx and tokenizer.json")
    Console().print(table)


def encoder(
    name: Annotated[str, typer.Argument(help="A neural encoder; see `catalog encoders`.")],
    socket: Annotated[Path, typer.Option("--socket", help="Where to listen.")],
) -> None:
    """Serve one encoder of queries to all processes of this host, until interrupted."""
    from ecom_rlve.catalog.encoders.encoder import NEURAL  # noqa: PLC0415 (only this command asks)
    from ecom_rlve.catalog.encoders.neural import open_neural  # noqa: PLC0415 (as above)
    from ecom_rlve.catalog.encoders.remote import EncoderServer  # noqa: PLC0415 (as above)

    if preset(name).kind not in NEURAL:
        raise SpecError(f"{name} is computed faster than it could be asked for: only neural encoders are served")
    # What stops services stops this one as a person does: the socket is cleared away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with EncoderServer(socket, name, open_neural(preset(name))) as server:
        Console().print(f"{name} listens; use it with {SOCKET_VARIABLE}={socket.absolute()}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            Console().print("stopped")
        finally:
            socket.unlink(missing_ok=True)


def export_encoder(
    name: Annotated[str, typer.Argument(help="A sentence-transformers encoder; see `catalog encoders`.")],
    folder: Annotated[Path, typer.Argument(help="Where to write it; use it as onnx:FOLDER.", show_default=False)],
) -> None:
    """Write an encoder as ONNX: queries are encoded without PyTorch from then on."""
    from ecom_rlve.catalog.encoders.export import export  # noqa: PLC0415 (PyTorch is an extra)

    Console().print(f"{name} is now onnx:{export(preset(name), folder)}")

"""The whole studio: its tabs in one page, and how it is served. Knows no environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.catalogue_tab import catalogue_tab
from ecom_rlve.apps.studio.gallery_tab import gallery_tab
from ecom_rlve.apps.studio.library import Library
from ecom_rlve.apps.studio.pages import head, render
from ecom_rlve.apps.studio.play_tab import play_tab
from ecom_rlve.apps.studio.runs_tab import runs_tab
from ecom_rlve.apps.studio.theme import theme
from ecom_rlve.apps.studio.training_tab import training_tab
from ecom_rlve.apps.studio.watch_tab import watch_tab
from ecom_rlve.apps.studio.watching import Mover
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import all_tasks

TITLE = "Ecom-RLVE studio"
AT_ONCE = 64
"""Handlers that run at the same time: everybody who watches holds one."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What the studio shows."""

    shop: Shop
    runs: Path
    """Folder whose runs can be opened; nothing outside it can."""
    card: Path | None = None
    """The validity card's JSON, if there is one."""
    models: Mapping[str, Mover] = field(default_factory=dict[str, Mover])
    """Models that can be watched, by name."""


def build(studio: Studio) -> Any:  # Any: a Gradio app
    """Return the app, not yet served."""
    gr = gradio.library()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as app:
        gradio.panel(_header(studio.shop), name="top")
        with gr.Tabs(elem_id="tabs", selected="play") as tabs:
            with gr.Tab("Play", id="play"):
                table = play_tab(studio.shop)
            with gr.Tab("Watch", id="watch"):
                watch_tab(studio.shop, dict(studio.models), table, tabs)
            with gr.Tab("Trajectories", id="runs"):
                runs_tab(app, Library(studio.runs), tabs)
            with gr.Tab("Training", id="training"):
                training_tab(studio.runs)
            with gr.Tab("Environments", id="environments"):
                gallery_tab(studio.shop, studio.card)
            with gr.Tab("Catalogue", id="catalogue"):
                catalogue_tab(studio.shop)
    app.queue(default_concurrency_limit=None)
    return app


def _header(shop: Shop) -> str:
    return render("header.html.jinja", products=f"{len(shop.open()):,}", environments=len(all_tasks()))


def serve(studio: Studio, host: str, port: int, *, block: bool = True, opened: Callable[[str], object] = print) -> Any:
    """Serve the studio until it is interrupted.

    Args:
        studio: What it shows. Its catalogue is opened first, so that nobody waits for it.
        host: Address to listen at; "127.0.0.1" is this machine only.
        port: Port; 0 takes a free one.
        block: Whether to return only when it is interrupted.
        opened: Called with the address.

    Returns:
        The running app.
    """
    studio.shop.open()
    app = build(studio)
    _, address, _ = app.launch(
        server_name=host,
        server_port=port or None,
        theme=theme(),
        head=head(),
        footer_links=[],
        ssr_mode=False,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        inbrowser=False,
        max_threads=AT_ONCE,
        show_error=True,
        enable_monitoring=False,
    )
    opened(address)
    if block:
        app.block_thread()
    return app

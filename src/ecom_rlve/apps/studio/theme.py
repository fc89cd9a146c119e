"""The studio's look where Gradio draws: tabs, rows, loading. Fonts of the reader's own machine; nothing is fetched.

Knows no content.
"""

from __future__ import annotations

from typing import Any

from ecom_rlve.apps.studio.gradio import library


def theme() -> Any:  # Any: a Gradio theme
    """Return the theme."""
    gr = library()
    plain = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )
    return plain.set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#15171a",
        body_text_color="#1f2328",
        body_text_color_dark="#e6e3dc",
        background_fill_primary="#fbfaf7",
        background_fill_primary_dark="#15171a",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
    )

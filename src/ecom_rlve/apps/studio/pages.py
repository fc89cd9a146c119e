"""Templates of the studio, beside those of the report that it shows finished episodes with. All of them escape.

Knows no episode and no Gradio.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from jinja2 import Environment

from ecom_rlve.evaluate.report.story import signed
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.evaluate.templates import environment, text_of

_REPORT: Final = "ecom_rlve.evaluate.report"
_FROM_REPORT: Final = frozenset({"episode.html.jinja", "verdict.html.jinja"})


def render(template: str, /, **values: Any) -> str:  # Any: what a template takes
    """Return a filled template, e.g. `render("play.html.jinja", live=…)`."""
    return _templates().get_template(template).render(**values)


@cache
def head() -> str:
    """Return what goes into the page's head: the report's style inside the studio's panels, and the studio's own."""
    report = text_of(_REPORT, "page.css").replace(":root {", "& {", 1)
    style = f".studio {{\n{report}\n}}\n{text_of(__package__ or '', 'studio.css')}"
    return f"<style>{style}</style>\n<script>{text_of(__package__ or '', 'studio.js')}</script>"


@cache
def _templates() -> Environment:
    return environment(_source, {"words": words()}, signed=signed)


def _source(name: str) -> str:
    if name in _FROM_REPORT:
        return text_of(_REPORT, name)
    return text_of(__package__ or "", f"templates/{name}")

"""Templates of the studio, beside those of the report that it shows finished episodes with. All of them escape.

Knows no episode and no Gradio.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from ecom_rlve.evaluate.report.story import signed
from ecom_rlve.evaluate.report.words import words

_REPORT: Final = "ecom_rlve.evaluate.report"
_FROM_REPORT: Final = frozenset({"episode.html.jinja", "verdict.html.jinja"})


def render(template: str, /, **values: Any) -> str:  # Any: what a template takes
    """Return a filled template, e.g. `render("play.html.jinja", live=…)`."""
    return _templates().get_template(template).render(**values)


def env_name(env: str) -> str:
    """Return an environment's name as prose has it: "cart building"."""
    return env.rpartition("-v")[0].replace("_", " ") if "-v" in env else env.replace("_", " ")


@cache
def head() -> str:
    """Return what goes into the page's head: the report's style inside the studio's panels, and the studio's own."""
    report = _text(_REPORT, "page.css").replace(":root {", "& {", 1)
    style = f".studio {{\n{report}\n}}\n{_text(__package__ or '', 'studio.css')}"
    return f"<style>{style}</style>\n<script>{_text(__package__ or '', 'studio.js')}</script>"


@cache
def _templates() -> Environment:
    templates: Any = Environment(  # Any: jinja2 does not type its tables
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(words=words())
    templates.filters.update(signed=signed, env=env_name, percent=_percent)
    return templates


def _source(name: str) -> str:
    if name in _FROM_REPORT:
        return _text(_REPORT, name)
    return _text(__package__ or "", f"templates/{name}")


def _text(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"

"""Jinja templates of pages: every value escaped, a name that is missing an error, and how figures are printed.

Knows no page. Each brings its own files, and words of its own as further filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined


def environment(
    source: Callable[[str], str], known: Mapping[str, object] | None = None, **filters: Callable[..., object]
) -> Environment:
    """Return an environment for templates.

    Args:
        source: The text of a template, by its name.
        known: What every template may name.
        filters: Beside `env` and `percent`, which every page has.
    """
    made: Any = Environment(  # Any: jinja2 does not type its tables
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(env=env_name, percent=percent, **filters)
    made.globals.update(known or {})
    return made


def text_of(package: str, name: str) -> str:
    """Return a text file of a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def env_name(env: str) -> str:
    """Return an environment's name as prose has it, with or without its version: "cart building"."""
    return (env.rpartition("-v")[0] or env).replace("_", " ")


def percent(share: float) -> str:
    """Write a share from 0 to 1 as whole percents, without the sign."""
    return f"{share * 100:.0f}"


def pvalue(p: float) -> str:
    """Write a p-value: "p = 0.031", "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"

"""Projects: what people set out to do and what it takes, as data, read once.

Knows no product: which leaf categories a catalogue has is looked up by the environment.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Alike:
    """Things of a project that people like to agree in something."""

    attribute: str
    """What they agree in, e.g. "color"."""
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Something people set out to do."""

    key: str
    noun: str
    """What the whole is called, e.g. "home office"."""
    plural: str
    occasion: str
    """How people tell of it, e.g. "my first home office"."""
    needs: tuple[str, ...]
    """Leaf categories, the telling ones first."""
    alike: tuple[Alike, ...]


@cache
def projects() -> tuple[Project, ...]:
    """Return every project, in the order of the data file."""
    table = tomllib.loads(files("ecom_rlve.tasks").joinpath("data/projects.toml").read_text(encoding="utf-8"))
    return tuple(_project(key, row) for key, row in table.items())


def _project(key: str, row: dict[str, Any]) -> Project:  # Any: a TOML table
    alike = tuple(Alike(one["attribute"], tuple(one["of"])) for one in row.get("alike", []))
    return Project(key, row["noun"], row["plural"], row["occasion"], tuple(row["needs"]), alike)

"""The report's own words, as data: what causes, ends, acts and events mean, how fields of results are labelled.

Knows no episode.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from ecom_rlve.core.attributes import attributes

FieldKind = Literal["money", "stars", "days", "date", "id", "number", "text"]


@dataclass(frozen=True, slots=True)
class Field:
    """How a field of a tool's result is printed."""

    label: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class Words:
    causes: Mapping[str, str]
    """What each failure cause means, in one sentence."""
    flags: Mapping[str, str]
    ends: Mapping[str, str]
    acts: Mapping[str, str]
    events: Mapping[str, str]
    headline: Mapping[str, str]
    """Fields that a call's one-line summary names, in order, each with its wording."""
    fields: Mapping[str, Field]


@cache
def words() -> Words:
    """Return all words, read once."""
    table = tomllib.loads(files(__package__ or "").joinpath("words.toml").read_text(encoding="utf-8"))
    fields = {name: Field(**row) for name, row in table.pop("fields").items()}
    return Words(**table, fields=fields)


def field(name: str) -> Field:
    """Return how a field is printed; one that nobody described gets its attribute's label, or its own name."""
    known = words().fields.get(name)
    if known is not None:
        return known
    attribute = attributes().get(name)
    return Field(attribute.label if attribute else name.replace("_", " "), "text")

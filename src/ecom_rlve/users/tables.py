"""The customer's data files, read once: phrases, how facts are said, what questions look like, nouns.

Knows no grammar and no rule: only the tables' shapes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

Phrases = tuple[str, ...]

_POSITIONS = ("pre", "post", "answer", "need", "told", "sentence")


@dataclass(frozen=True, slots=True)
class Forms:
    """How one attribute is said, by position."""

    pre: Phrases
    """Before the noun: "USB-C"; empty where that is not said."""
    post: Phrases
    """Behind the noun: "with a USB-C connector"."""
    answer: Phrases
    """Alone: "USB-C"."""
    need: Phrases
    """Behind "it should": "have a USB-C connector"."""
    told: Phrases = ()
    """A clause of its own: "I have opened it". What has it is a circumstance, and is never wished for."""
    sentence: Phrases = ()
    """A whole sentence, for what does not go on behind "should"."""


@dataclass(frozen=True, slots=True)
class AttributeWords:
    """All that is known of how people say one attribute."""

    common: Forms
    by_op: dict[str, Forms]
    by_value: dict[str, Forms]
    plain_only: frozenset[str]
    """Values that would mislead in the common forms."""
    careful: Forms
    units: tuple[tuple[str, str], ...]
    """(one, many) of each way to write the unit; empty words where it has none."""
    soft: bool
    """A wish that rules nothing out."""


@cache
def _load(name: str) -> dict[str, Any]:  # Any: TOML values, given their types below
    """Return a table with what further files of its name ("facts_policy.toml") add to it."""
    folder = files("ecom_rlve.users").joinpath("data")
    more = sorted(path.name for path in folder.iterdir() if path.name.startswith(f"{name}_"))
    table: dict[str, Any] = {}
    for file in (f"{name}.toml", *more):
        for key, row in tomllib.loads(folder.joinpath(file).read_text(encoding="utf-8")).items():
            table[key] = _both(table[key], row) if key in table else row
    return table


def _both(one: Any, other: Any) -> Any:  # Any: TOML values of one shape
    """Return two tables in one; lists under the same key are joined."""
    if isinstance(one, list):
        return [*one, *other]
    return {**one, **other, **{key: _both(one[key], other[key]) for key in one.keys() & other.keys()}}


def _forms(row: dict[str, Any]) -> Forms:  # Any: a TOML table
    return Forms(*(tuple(cast("list[str]", row.get(key, []))) for key in _POSITIONS))


@cache
def attribute_words() -> dict[str, AttributeWords]:
    """Return the words for every attribute, and for "any"."""
    return {name: _words(row) for name, row in _load("facts").items() if name != "bounds"}


def _words(row: dict[str, Any]) -> AttributeWords:  # Any: a TOML table
    values = cast("dict[str, dict[str, Any]]", row.get("values", {}))
    units = cast("list[list[str]]", row.get("units", [["", ""]]))
    return AttributeWords(
        common=_forms(row),
        by_op={op: _forms(row[op]) for op in ("eq", "in", "min", "max") if op in row},
        by_value={value: _forms(forms) for key, forms in values.items() for value in key.split("|")},
        plain_only=frozenset(cast("list[str]", row.get("plain_only", []))),
        careful=_forms(row.get("careful", row)),
        units=tuple((one, many) for one, many in units),
        soft=bool(row.get("soft", False)),
    )


@cache
def bounds() -> dict[str, Phrases]:
    """Return how a limit is said, by operator."""
    return {op: tuple(cast("list[str]", phrases)) for op, phrases in _load("facts")["bounds"].items()}


@cache
def registers() -> Phrases:
    """Return the manners of speaking."""
    return tuple(cast("list[str]", _load("phrases")["registers"]))


@cache
def tolerance(register: str) -> int:
    """Return the patience that a manner of speaking begins with."""
    return int(_load("phrases")["tolerance"][register])


@cache
def _phrase_table() -> dict[str, dict[str, Phrases]]:
    table = _load("phrases")
    rows: dict[str, dict[str, list[str]]] = {}
    for key, row in table.items():
        if key in ("registers", "tolerance"):
            continue
        # An occasion of its own for some intents: "opening.fill_cart" beside "opening.any".
        by_intent = all(isinstance(part, dict) for part in row.values())
        rows.update({f"{key}.{intent}": part for intent, part in row.items()} if by_intent else {key: row})
    return {key: {manner: tuple(lines) for manner, lines in row.items()} for key, row in rows.items()}


@cache
def phrases(key: str, register: str) -> Phrases:
    """Return the phrases for an occasion in a manner of speaking; the common ones where it has none of its own."""
    table = _phrase_table()
    frame = key.partition(".")[0]
    row = table.get(key) or table.get(f"{frame}.any") or table["opening.any"]
    return row.get(register) or row["common"]


def occasions() -> Phrases:
    """Return every occasion that has phrases."""
    return tuple(_phrase_table())


@cache
def patterns(name: str) -> dict[str, Phrases]:
    """Return a table of patterns by name: "topics", "cues" or "lexicon"."""
    return {key: tuple(cast("list[str]", rows)) for key, rows in _load(name).items() if key not in ("related", "open")}


@cache
def related() -> dict[str, Phrases]:
    """Return the slots that a question may mean where the request has none of the slot named."""
    rows = cast("dict[str, list[str]]", _load("topics").get("related", {}))
    return {key: tuple(row) for key, row in rows.items()}


@cache
def open_topics() -> Phrases:
    """Return the slots a question about which is as good as "anything else?" where nobody has a wish under them."""
    return tuple(cast("list[str]", _load("topics")["open"]["topics"]))


@dataclass(frozen=True, slots=True)
class NounTable:
    """How things are counted."""

    counters: dict[str, str]
    vague_heads: frozenset[str]
    bare: frozenset[str]
    numbers: Phrases
    ordinals: Phrases
    """First, second, third …"""
    matters: tuple[tuple[str, str], ...]
    """What somebody calls one of several things they came for, one and many."""


@cache
def nouns() -> NounTable:
    """Return the table of nouns."""
    table = _load("nouns")
    return NounTable(
        counters=table["counters"],
        vague_heads=frozenset(table["vague_heads"]),
        bare=frozenset(table["bare"]),
        numbers=tuple(table["numbers"]),
        ordinals=tuple(table["ordinals"]),
        matters=tuple((one, many) for one, many in table["matters"]),
    )

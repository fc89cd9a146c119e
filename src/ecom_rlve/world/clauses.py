"""Conditions of policy rules: atoms, clauses, how they are written in the data, checked and put into English.

Knows no rule and no value of one; what circumstances there are is data (`data/policy/variables.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from ecom_rlve.core.attributes import Value

Case = Mapping[str, Value]
"""The circumstances of one case, by name."""

_ATOM = re.compile(r"(?P<name>\w+) (?P<op>=|in|>=|<=) (?P<value>[^()]+)")


@dataclass(frozen=True, slots=True)
class Variable:
    """One circumstance that rules may ask about."""

    name: str
    values: tuple[str, ...] = ()
    """Of a word; empty for a number."""
    low: int = 0
    high: int = 0
    """Range of a number, both ends included."""
    words: Mapping[str, str] | None = None
    """A clause by value, or by "v" (a template for any value), "at_least", "at_most"."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One circumstance compared with values or a limit."""

    name: str
    op: Literal["in", ">=", "<="]
    values: tuple[str, ...] = ()
    limit: int = 0

    def holds(self, case: Case) -> bool:
        """Whether it is so in `case`; a circumstance that `case` lacks is a KeyError."""
        value = case[self.name]
        if isinstance(value, str):
            return value in self.values
        return value >= self.limit if self.op == ">=" else value <= self.limit

    def english(self) -> str:
        """Return the atom as a clause: "the parcel goes to Alaska or Hawaii"."""
        words = variables()[self.name].words or {}
        if self.op != "in":
            return words["at_least" if self.op == ">=" else "at_most"].replace("{n}", str(self.limit))
        if "v" in words:
            return words["v"].replace("{v}", " or ".join(self.values))
        return " or ".join(words[value] for value in self.values)


AnyOf = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """All of some alternatives, except where all of some others hold. Empty: always."""

    all_of: tuple[AnyOf, ...] = ()
    unless: tuple[AnyOf, ...] = ()

    def holds(self, case: Case) -> bool:
        """Whether the clause holds in `case`."""
        return _all(self.all_of, case) and not (self.unless and _all(self.unless, case))

    def atoms(self) -> tuple[Atom, ...]:
        """Return every atom, in the order in which they are written."""
        return tuple(atom for any_of in (*self.all_of, *self.unless) for atom in any_of)

    def english(self) -> str:
        """Return "If the item is used and either … or …, except where …"; empty for no condition."""
        if not self.all_of:
            return ""
        text = f"If {_english(self.all_of)}"
        return f"{text}, except where {_english(self.unless)}" if self.unless else text


def _all(parts: Sequence[AnyOf], case: Case) -> bool:
    return all(any(atom.holds(case) for atom in any_of) for any_of in parts)


def _english(parts: Sequence[AnyOf]) -> str:
    return ", and ".join(
        any_of[0].english() if len(any_of) == 1 else f"either {' or '.join(a.english() for a in any_of)}"
        for any_of in parts
    )


def parse_clause(text: str) -> Clause:
    """Return the clause written like "a = x and (b in y|z or n >= 3) except c = yes"; empty text is no condition.

    Raises:
        ValueError: It names an unknown circumstance, or a value that it cannot have.
    """
    if not text:
        return Clause()
    condition, _, exception = text.partition(" except ")
    return Clause(_parts(condition), _parts(exception) if exception else ())


def _parts(text: str) -> tuple[AnyOf, ...]:
    return tuple(
        tuple(_atom(piece.strip("() ")) for piece in part.split(" or ")) if part.startswith("(") else (_atom(part),)
        for part in text.split(" and ")
    )


def _atom(text: str) -> Atom:
    match = _ATOM.fullmatch(text.strip())
    if match is None or match["name"] not in variables():
        raise ValueError(f"no condition on a known circumstance: {text!r}")
    variable = variables()[match["name"]]
    if match["op"] in (">=", "<="):
        return Atom(variable.name, ">=" if match["op"] == ">=" else "<=", limit=int(match["value"]))
    values = tuple(match["value"].split("|"))
    if not set(values) <= set(variable.values):
        raise ValueError(f"{variable.name} is one of {', '.join(variable.values)}, not {match['value']!r}")
    return Atom(variable.name, "in", values)


@cache
def variables() -> Mapping[str, Variable]:
    """Return every circumstance by name."""
    path = files("ecom_rlve.world").joinpath("data/policy/variables.toml")
    return {name: _variable(name, row) for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def _variable(name: str, row: Mapping[str, Any]) -> Variable:  # Any: a TOML table
    if "values" in row:
        words = cast("Mapping[str, str]", row.get("is") or {"v": row["template"]})
        return Variable(name, tuple(row["values"]), words=words)
    return Variable(name, low=row["low"], high=row["high"], words={k: row[k] for k in ("at_least", "at_most")})

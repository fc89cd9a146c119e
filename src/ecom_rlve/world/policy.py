"""The shop's policy: sections of rules as data, their evaluation and their plain English, all from one source.

A rule holds in a case or not; of those of a section that hold, the one that no other goes before decides. A shop may
have sections of its own in place of the shipped ones. Knows no tool, no question and no customer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product
from types import MappingProxyType
from typing import Any, Final, Literal

from ecom_rlve.catalog.rules import Chapters
from ecom_rlve.core.attributes import Value
from ecom_rlve.core.ids import PassageId
from ecom_rlve.core.rng import stream
from ecom_rlve.world.clauses import Case, Clause, parse_clause, variables

Kind = Literal["number", "date", "yesno", "category"]
"""What a section decides. A date is counted in days from the day that the section's anchor gives."""
CHAPTERS: Final = ("returns", "shipping", "warranty", "pricing", "membership")
RETURNS: Final = "return_accepted"
"""The section that decides whether something can be returned."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a passage of the policy."""

    id: PassageId
    section: str
    value: Value
    when: Clause
    text: str
    """The passage in plain English."""
    code: str = ""
    """What a refusal on its ground is called, e.g. "final_sale"."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """All rules that decide one thing, in order: a later one goes before the earlier ones that it can meet."""

    name: str
    chapter: str
    title: str
    keywords: str
    """Words by which people ask for it."""
    kind: Kind
    unit: str
    """Of a number or of the days of a date; empty for words."""
    values: tuple[str, ...]
    """What a word may be."""
    anchor: str
    """The circumstance from which the days of a date are counted: days that have passed since. Else empty."""
    rules: tuple[Rule, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The circumstances that the section turns on, the anchor included, in the order of the rules."""
        names = [atom.name for rule in self.rules for atom in rule.when.atoms()]
        return tuple(dict.fromkeys([*names, *([self.anchor] if self.anchor else [])]))

    @property
    def page(self) -> tuple[Rule, ...]:
        """The rules in the order in which the policy prints them: by number, which is no order of precedence."""
        return tuple(sorted(self.rules, key=lambda rule: _number(rule.id)))

    def decide(self, case: Case) -> Rule:
        """Return the rule that decides `case`, which must hold every circumstance of the section."""
        return next(rule for rule in reversed(self.rules) if rule.when.holds(case))


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """All rules of one shop."""

    sections: Mapping[str, Section]
    """By name, in the order in which the policy prints them."""

    @property
    def returns(self) -> Section:
        """The section that decides whether something can be returned."""
        return self.sections[RETURNS]


def _number(passage: str) -> int:
    return int(passage.removeprefix("RULE"))


@lru_cache(maxsize=16)
def policy(own: Chapters = ()) -> Policy:
    """Return the shipped policy, with the sections that `own` has in the place of its.

    Raises:
        ValueError: A clause names an unknown circumstance or value, or a text is no TOML.
        KeyError: A section lacks what it needs.
    """
    rows = [(chapter, name, row) for chapter in CHAPTERS for name, row in _table(chapter, dict(own)).items()]
    count = sum(len(row["rules"]) for _, _, row in rows)
    numbers, out = iter(range(1, count + 1)), dict[str, Section]()
    for chapter, name, row in rows:
        out[name] = _section(chapter, name, row, [next(numbers) for _ in row["rules"]])
    return Policy(MappingProxyType(out))


def _table(chapter: str, own: Mapping[str, str]) -> Mapping[str, Any]:  # Any: TOML values
    path = files("ecom_rlve.world").joinpath(f"data/policy/{chapter}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8")) | tomllib.loads(own.get(chapter, ""))


def _section(chapter: str, name: str, row: Mapping[str, Any], numbers: Sequence[int]) -> Section:
    # Printed in an order of its own: the general rule stands anywhere among its exceptions.
    order = stream(0, "policy", name).shuffled(numbers)
    ids = [PassageId(f"RULE{number}") for number in order]
    clauses = [parse_clause(rule.get("when", "")) for rule in row["rules"]]
    rules: list[Rule] = []
    for k, rule in enumerate(row["rules"]):
        before = [ids[j] for j in range(k) if can_meet(clauses[j], clauses[k])]
        text = _text(row, rule["value"], clauses[k], before)
        rules.append(Rule(ids[k], name, rule["value"], clauses[k], text, rule.get("code", "")))
    kind: Kind = row["kind"]
    values = ("yes", "no") if kind == "yesno" else tuple(row.get("values", ()))
    unit = row.get("unit", "days" if kind == "date" else "")
    return Section(
        name, chapter, row["title"], row["keywords"], kind, unit, values, row.get("anchor", ""), tuple(rules)
    )


def _text(row: Mapping[str, Any], value: Value, when: Clause, before: Sequence[str]) -> str:
    said = row["says"].replace("{v}", _spoken(row, value))
    condition = when.english()
    text = f"{condition}: {said}." if condition else f"Unless another rule of this section says otherwise: {said}."
    return f"{text} This goes before {', '.join(before)}." if before else text


def _spoken(row: Mapping[str, Any], value: Value) -> str:
    if isinstance(value, str):
        return row.get("words", {}).get(value, value)
    unit = row.get("unit", "days")
    if unit == "USD":
        return f"${value}"
    return f"{value} {unit.removesuffix('s') if value == 1 else unit}"


def can_meet(one: Clause, other: Clause) -> bool:
    """Whether there is a case in which both clauses hold, by trying every kind of case."""
    return any(one.holds(case) and other.holds(case) for case in cases((one, other)))


def cases(clauses: Sequence[Clause]) -> Iterator[dict[str, Value]]:
    """Yield cases of every kind that `clauses` can tell apart: every word, numbers around every limit."""
    names = tuple(dict.fromkeys(atom.name for clause in clauses for atom in clause.atoms()))
    options = [telling_values(name, clauses) for name in names]
    for values in product(*options):
        yield dict(zip(names, values, strict=True))


def telling_values(name: str, clauses: Sequence[Clause]) -> tuple[Value, ...]:
    """Return the values of a circumstance that `clauses` can tell apart, each at least once, limits from both sides."""
    variable = variables()[name]
    if variable.values:
        return variable.values
    atoms = [atom for clause in clauses for atom in clause.atoms() if atom.name == name]
    near = {variable.low, variable.high, *(v for a in atoms for v in (a.limit - 1, a.limit, a.limit + 1))}
    return tuple(sorted(v for v in near if variable.low <= v <= variable.high))

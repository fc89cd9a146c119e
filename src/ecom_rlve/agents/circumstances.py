"""Reading rules and cases: what a passage of the policy demands, and what a customer says of their case.

Sees texts alone: no rule base, no brief. What it knows of English is data (`data/circumstances.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ecom_rlve.agents.spelling import Spelling

Known = Mapping[str, str | int]
"""Circumstances of a case as far as they are known."""
_BEFORE = re.compile(r" This goes before ((?:RULE\d+(?:, )?)+)\.$")
_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True)
class Demand:
    """One circumstance that a rule demands."""

    name: str
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = 10**9

    def met(self, known: Known) -> bool | None:
        """Whether a case meets it; None if that is not known."""
        value = known.get(self.name)
        if value is None:
            return None
        return value in self.values if isinstance(value, str) else self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage as it was understood."""

    passage_id: str
    demands: tuple[tuple[Demand, ...], ...]
    unless: tuple[tuple[Demand, ...], ...]
    before: tuple[str, ...]
    """Passages that it goes before."""
    said: str
    """What holds where it decides."""

    def applies(self, known: Known) -> bool | None:
        """Whether the rule applies to a case; None if that is not known."""
        held = _all(self.demands, known)
        spared = _all(self.unless, known) if self.unless else False
        if held is False or spared is True:
            return False
        return None if held is None or spared is None else True

    def names(self) -> tuple[str, ...]:
        """Return the circumstances it mentions."""
        return tuple(d.name for part in (*self.demands, *self.unless) for d in part)


def _all(parts: Sequence[Sequence[Demand]], known: Known) -> bool | None:
    met = [_any([d.met(known) for d in part]) for part in parts]
    return False if False in met else None if None in met else True


def _any(met: Sequence[bool | None]) -> bool | None:
    return True if True in met else None if None in met else False


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:  # Any: TOML values
    path = files("ecom_rlve.agents").joinpath("data/circumstances.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def question_about(name: str) -> str:
    """Return what to ask for, to go on behind "Could you tell me"."""
    return str(_table()[name]["ask"])


def read_passage(passage_id: str, text: str) -> Reading:
    """Return what a passage says."""
    found = _BEFORE.search(text)
    before = tuple(found[1].split(", ")) if found else ()
    body = text[: found.start()] if found else text
    condition, _, said = body.partition(": ")
    condition, _, exception = condition.removeprefix("If ").partition(", except where ")
    return Reading(passage_id, _parts(condition), _parts(exception), before, said.rstrip("."))


def _parts(text: str) -> tuple[tuple[Demand, ...], ...]:
    parts = (_demands(part) for part in text.split(", and ") if part)
    return tuple(part for part in parts if part)


def _demands(part: str) -> tuple[Demand, ...]:
    out: list[tuple[int, Demand]] = []
    for name, row in _table().items():
        for value, pattern in row.get("read", {}).items():
            out.extend((m.start(), Demand(name, (value,))) for m in re.finditer(pattern, part))
        if "read_as" in row:
            out.extend((m.start(), Demand(name, _named(m[1], row))) for m in re.finditer(row["read_as"], part))
        for k, pattern in enumerate(row.get("read_at", ())):
            out.extend((m.start(), _limit(name, k, int(m[1]))) for m in re.finditer(pattern, part))
    return tuple(demand for _, demand in sorted(out, key=lambda pair: pair[0]))


def _named(text: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value for value in row["values"] if value in text)


def _limit(name: str, k: int, limit: int) -> Demand:
    return Demand(name, low=limit) if k == 0 else Demand(name, high=limit)


def hear(text: str, names: Sequence[str], *, reads_typos: bool = True) -> dict[str, str | int]:
    """Return the circumstances among `names` that a customer's words tell, typos mended if they can be read."""
    said = re.sub(r"[^.!?:;]*\?", " ", text).replace("’", "'")
    plain = (_spelling().mended(said) if reads_typos else said).replace("n't ", " not ")
    out: dict[str, str | int] = {}
    for name in names:
        value = _heard(_table()[name], plain)
        if value is not None:
            out[name] = value
    return out


def _heard(row: Mapping[str, Any], text: str) -> str | int | None:
    if "number" in row:
        found = re.search(row["number"], text, re.IGNORECASE)
        return int(next(group for group in found.groups() if group)) if found else None
    patterns = row.get("heard") or {v: row["heard_as"].replace("{v}", re.escape(v)) for v in row["values"]}
    return next((value for value, p in patterns.items() if re.search(rf"\b(?:{p})", text, re.I)), None)


@cache
def _spelling() -> Spelling:
    words = {"owned", "arrived", "delivered", "chose", "payment", "accessories", "reason", "because"}
    for row in _table().values():
        texts = [*row.get("heard", {}).values(), *row.get("read", {}).values(), *row.get("values", ())]
        words.update(word.lower() for text in texts for word in _WORD.findall(text))
    return Spelling(sorted(words))

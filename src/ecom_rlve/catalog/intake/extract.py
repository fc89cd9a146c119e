"""Attributes of a foreign product, each with how sure it is: from columns, properties, options, features and its title.

Knows no file. What is surer than `ACCEPTED` becomes an attribute; nothing else is ever stored, so that no condition
in an episode can rest on a guess.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final, Literal, cast

from ecom_rlve.catalog.intake.markup import plain
from ecom_rlve.catalog.intake.measures import found_in, measured, read_measure, title_patterns
from ecom_rlve.catalog.intake.vocabulary import key_of, plausible, property_names, read_word, title_words
from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.core.attributes import Value, attribute

Evidence = Literal["stated", "option", "label", "title"]
STATED, STATED_IN_PART, OPTION, LABEL, TITLE, CONTRADICTED = 95, 85, 92, 90, 88, 40
"""Confidences, of 100: a property that says just this; one that says it among other words; the first value of an
option; "Label: value" in a feature; the title; a title that says two things."""
ACCEPTED: Final = 80
_LABEL: Final = re.compile(r"^[\W_]*([A-Za-z][A-Za-z ]{2,30}?)\s*[:：]\s*(\S.{0,79})$")
_VALUE_MOST: Final = 120


@dataclass(frozen=True, slots=True)
class Found:
    """One attribute of one product."""

    value: Value
    confidence: int
    """0 … 100."""
    evidence: Evidence


@dataclass(slots=True)
class Notes:
    """What was met on the way, counted for the report."""

    unsure: Counter[str] = field(default_factory=Counter[str])
    """By attribute: found, but not surely enough."""
    unread: Counter[str] = field(default_factory=Counter[str])
    """By "attribute: text": stated, but in words or units that are not known."""
    implausible: Counter[str] = field(default_factory=Counter[str])
    """By attribute: a number no product of the category has."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a row says in so many words."""

    columns: Mapping[str, str]
    """Attribute to the text of a column that states it."""
    details: Mapping[str, str]
    """Property to its text."""
    options: Mapping[str, Sequence[str]]
    """Option to its values, the first one being the product's own."""
    features: Sequence[str]
    title: str
    brand: str


def attributes_of(told: Told, leaf: Leaf | None, notes: Notes) -> dict[str, Found]:
    """Return the attributes of a product.

    Args:
        told: What its row says.
        leaf: Its category where it is one of ours; titles are searched only then, since only then it is known what
            their words can mean.
        notes: Where what could not be used is counted.
    """
    found: dict[str, Found] = {}
    for name, text, sure, evidence in _statements(told):
        if name not in found:
            one = _read(text, name, leaf, sure, evidence, notes)
            if one is not None:
                found[name] = one
    if leaf is not None:
        for name, one in _from_title(told, leaf).items():
            if name in found:
                continue
            if one.confidence < ACCEPTED:
                notes.unsure[name] += 1
            elif isinstance(one.value, int) and not plausible(leaf, name, one.value):
                notes.implausible[name] += 1
            else:
                found[name] = one
    return found


def _statements(told: Told) -> Iterator[tuple[str, str, int, Evidence]]:
    for name, text in told.columns.items():
        yield name, text, STATED, "stated"
    for label, text in told.details.items():
        name = property_names().get(key_of(label))
        if name:
            yield name, text, STATED, "stated"
    for label, values in told.options.items():
        name = property_names().get(key_of(label))
        if name and values:
            yield name, values[0], OPTION, "option"
    for line in told.features:
        label = _LABEL.match(line)
        name = property_names().get(key_of(label[1])) if label else None
        if label and name:
            yield name, label[2], LABEL, "label"


def _read(text: str, name: str, leaf: Leaf | None, sure: int, evidence: Evidence, notes: Notes) -> Found | None:
    text = text[:_VALUE_MOST]
    if attribute(name).kind == "number":
        steps = read_measure(text, name)
        if steps is None:
            notes.unread[f"{name}: {text[:40]}"] += 1
        elif not plausible(leaf, name, steps):
            notes.implausible[name] += 1
        else:
            return Found(steps, sure, evidence)
        return None
    read = read_word(text, name, leaf.attributes.get(name, ()) if leaf else ())
    if read is None:
        notes.unread[f"{name}: {text[:40]}"] += 1
        return None
    return Found(read.value, sure if read.exact else min(sure, STATED_IN_PART), evidence)


def _from_title(told: Told, leaf: Leaf) -> dict[str, Found]:
    known = title_words(leaf.key)
    key = key_of(told.title)
    brand = key_of(told.brand)
    if brand and key.startswith(brand):
        key = key[len(brand) :]
    said: dict[str, list[Value]] = {}
    for phrase in known.pattern.findall(known.own_names.sub(" ", key)):
        if phrase in known.meanings:
            name, value = known.meanings[phrase]
            said.setdefault(name, []).append(value)
    numbers = tuple(name for name in leaf.attributes if name in measured())
    for name, pattern in title_patterns(numbers).items():
        values = found_in(told.title, name, pattern)
        if values:
            said[name] = list(values)
    return {
        name: Found(values[0], TITLE if len(set(values)) == 1 else CONTRADICTED, "title")
        for name, values in said.items()
    }


def details_of(value: object) -> dict[str, str]:
    """Return a table of properties as texts: from a table, or from JSON text of one; empty for anything else."""
    if isinstance(value, str):
        try:
            value = cast("object", json.loads(value)) if value.lstrip().startswith("{") else None
        except (ValueError, RecursionError):
            return {}
    if not isinstance(value, Mapping):
        return {}
    table = cast("Mapping[object, object]", value)
    return {str(key): text for key, one in table.items() if (text := text_of(one))}


def options_of(value: object) -> dict[str, list[str]]:
    """Return options and their values: {"color": ["red"]}, or lists of tables with a "value", as WebShop has."""
    if isinstance(value, str):
        try:
            value = cast("object", json.loads(value)) if value.lstrip().startswith("{") else None
        except (ValueError, RecursionError):
            return {}
    if not isinstance(value, Mapping):
        return {}
    out: dict[str, list[str]] = {}
    for name, values in cast("Mapping[object, object]", value).items():
        if isinstance(values, (list, tuple)):
            texts = [_option_text(one) for one in cast("Sequence[object]", values)]
            if any(texts):
                out[str(name)] = [text for text in texts if text]
    return out


def _option_text(one: object) -> str:
    if isinstance(one, Mapping):
        one = cast("Mapping[str, object]", one).get("value")
    return plain(str(one)) if isinstance(one, (str, int, float)) else ""


def text_of(value: object) -> str:
    """Return one text for what a cell holds: numbers as they print, lists joined; empty for nothing and for tables."""
    if isinstance(value, str):
        return plain(value) if value.strip().casefold() not in ("none", "nan", "null") else ""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() else repr(value)) if isfinite(value) else ""
    if isinstance(value, (list, tuple)):
        return ", ".join(text for one in cast("Sequence[object]", value) if (text := text_of(one)))
    return ""

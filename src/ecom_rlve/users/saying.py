"""How one fact is said: before the noun, behind it, alone, or behind "it should".

Knows nouns only as one or many, and no occasion.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from ecom_rlve.core.attributes import Attribute, Value, attributes, circumstances
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.users.tables import AttributeWords, Forms, Phrases, attribute_words, bounds
from ecom_rlve.users.text import ARTICLE, OPEN, fill, kept, listed

Position = Literal["pre", "post", "answer", "need", "told", "sentence"]
_MAY_LACK: tuple[Position, ...] = ("pre", "told", "sentence")
_ONE = {"s": "s", "is": "is", "has": "has", "it": "it", "them": "it", "its": "its"}
_MANY = {"s": "", "is": "are", "has": "have", "it": "they", "them": "them", "its": "their"}


def agreement(*, many: bool) -> dict[str, str]:
    """Return the words that agree with one or many things."""
    return _MANY if many else _ONE


@lru_cache(maxsize=1024)
def _known(name: str) -> tuple[AttributeWords, Attribute]:
    table = attribute_words()
    known = attributes().get(name) or circumstances().get(name)
    if known is None:
        known = Attribute(name, name.replace("_", " "), "word", 1, "", "", either_way=False, filterable=False)
    return table.get(name, table["any"]), known


def label(topic: str) -> str:
    """Return the everyday word for a topic, e.g. "battery life"."""
    return "quantity" if topic == "quantity" else _known(topic)[1].label


@lru_cache(maxsize=8192)
def wordings(constraint: Constraint, position: Position) -> Phrases:
    """Return every template that says `constraint` in `position`; empty where none fits ("pre" and "told" alone)."""
    words, _ = _known(constraint.attribute)
    found = _of(_forms(words, constraint), position)
    if found or position in _MAY_LACK:
        return found
    return _of(attribute_words()["any"].common, position)


def _forms(words: AttributeWords, constraint: Constraint) -> Forms:
    values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    if len(values) == 1 and str(values[0]) in words.by_value:
        return words.by_value[str(values[0])]
    if constraint.op in words.by_op:
        return words.by_op[constraint.op]
    if any(str(value) in words.plain_only for value in values):
        return words.careful
    return words.common


def _of(forms: Forms, position: Position) -> Phrases:
    by_position: dict[Position, Phrases] = {
        "pre": forms.pre, "post": forms.post, "answer": forms.answer, "need": forms.need, "told": forms.told,
        "sentence": forms.sentence,
    }  # fmt: skip
    return by_position[position]


def say(constraint: Constraint, position: Position, rng: Stream, *, many: bool = False, without: str = "\0") -> str:
    """Return `constraint` in words, its values marked as verbatim; none that hold `without`, if there are others."""
    words, known = _known(constraint.attribute)
    unit = words.units[0] if len(words.units) == 1 else rng.choice(words.units)
    values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    amount = listed([_amount(known, unit, value) for value in values], "or")
    templates = wordings(constraint, position)
    template = rng.choice(tuple(t for t in templates if without not in t) or templates)
    if len(values) == 1 and str(values[0]) in words.by_value:
        # A wording made for one value spells it out; it stands verbatim like any other.
        template = re.sub(rf"\b{re.escape(str(values[0]))}\b", "{v}", template)
    limit = fill(rng.choice(bounds()[constraint.op]), q=amount) if "{limit}" in template else ""
    bare = listed([kept(_number(known, value)) for value in values], "or")
    said = fill(template, limit=limit, q=amount, v=amount, n=bare, a=ARTICLE, label=known.label, **agreement(many=many))
    return _undoubled(said, known.name)


def is_told(constraint: Constraint) -> bool:
    """Whether `constraint` is a circumstance: told as a sentence of its own, not wished for."""
    return bool(wordings(constraint, "told"))


def is_soft(constraint: Constraint) -> bool:
    """Whether `constraint` is a wish that rules nothing out."""
    return _known(constraint.attribute)[0].soft


def is_circumstance(topic: str) -> bool:
    """Whether what goes by this name is told, not wished for."""
    words, _ = _known(topic)
    return any(forms.told for forms in (words.common, *words.by_op.values(), *words.by_value.values()))


def shown(attribute: str, value: Value) -> str:
    """Return a value as the customer reads it off a page, marked as verbatim."""
    words, known = _known(attribute)
    return _amount(known, words.units[0], value)


def _number(known: Attribute, value: Value) -> str:
    if known.unit == "USD" and isinstance(value, int):
        return known.show(value).removesuffix(".00")
    return known.show(value).removesuffix(f" {known.unit}") if known.unit else known.show(value)


def _amount(known: Attribute, unit: tuple[str, str], value: Value) -> str:
    number = _number(known, value)
    if isinstance(value, str) or not unit[1]:
        return kept(number)
    return kept(f"{number} {unit[0] if number == '1' else unit[1]}")


def _undoubled(text: str, name: str) -> str:
    # A size may be called "size 2": "in size 2", not "in size size 2"; and nobody says "priced at at most $5".
    text = text.replace(f"{name} {OPEN}{name} ", f"{OPEN}{name} ")
    return text.replace(" at at most ", " at no more than ").replace(" at up to ", " at no more than ")

"""Answers by their shape alone: what somebody fills in who knows the form and has not understood the question.

Sees the answer's field types and the pages seen so far; no goal, no environment's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

from ecom_rlve.core.dialogue import ToolCall, ToolResult
from ecom_rlve.core.ids import PREFIXES, prefix_of
from ecom_rlve.core.views import Json, shown_ids
from ecom_rlve.tools.toolbox import TOOLS

Pick = Callable[[Sequence[str]], str]
_LOOKS: Final[Mapping[str, str]] = {
    "P": "catalog.search",
    "RULE": "policy.search",
    "O": "order.list",
    "LN": "order.list",
}
"""The tool that shows ids of a kind to somebody who knows none."""
_AMOUNT: Final = re.compile(r"(\$)(\d+)|(\d+) ([a-z]+)")


def kinds(answer_type: type) -> list[str]:
    """Return the kinds of ids (their prefixes) that an answer holds."""
    hints = get_type_hints(answer_type)
    found = (_kind(hints[f.name]) for f in fields(answer_type))
    return list(dict.fromkeys(kind for kind, _ in found if kind))


def looks(answer_type: type, words: str) -> list[ToolCall]:
    """Return the look-ups that show ids an answer needs, with the customer's words where words are asked for.

    An answer without ids is about the cart: products are looked up.
    """
    names = dict.fromkeys(_LOOKS[kind] for kind in kinds(answer_type) or ["P"] if kind in _LOOKS)
    calls: list[ToolCall] = []
    for name in names:
        if name in TOOLS:
            takes_words = "query" in TOOLS[name].arguments.model_fields
            calls.append(ToolCall(name, {"query": words[:500] or "?"} if takes_words else {}))
    return calls


def filled(answer_type: type, results: Sequence[ToolResult], pick: Pick) -> dict[str, Json]:
    """Return an answer whose ids and words are picked from what was shown; fields that nothing fits stay out."""
    hints, out, entry = get_type_hints(answer_type), dict[str, Json](), ""
    pages = [r for r in results if r.ok]
    shown = list(dict.fromkeys(i for r in pages for i in shown_ids(r.view)))
    for f in fields(answer_type):
        kind, many = _kind(hints[f.name])
        ids = [i for i in shown if prefix_of(i) == kind]
        if kind and ids:
            chosen = pick(ids)
            entry = entry or _entry(pages, chosen)
            out[f.name] = ids if many else chosen
    for f in fields(answer_type):
        value = _free(hints[f.name], entry, pick)
        if f.name not in out and value is not None:
            out[f.name] = value
    return out


def _kind(hint: object) -> tuple[str, bool]:
    """Return the prefix of the ids that a type holds, and whether it holds many; an empty prefix for none."""
    if hint in PREFIXES:
        return PREFIXES[hint], False
    many = get_origin(hint) in (tuple, list)
    inner = (_kind(arg)[0] for arg in get_args(hint)) if many or get_origin(hint) in (Union, UnionType) else ()
    return next((kind for kind in inner if kind), ""), many


def _free(hint: object, entry: str, pick: Pick) -> Json:
    """Return a value for a field without ids: an option, or an amount that stands in what was picked."""
    options = list(_options(hint))
    if options:
        return pick(options)
    amounts = [(m[2] or m[3], "USD" if m[1] else m[4]) for m in _AMOUNT.finditer(entry)]
    if hint is str:
        return amounts[-1][1] if amounts else None
    if int in get_args(hint):
        return amounts[-1][0] if amounts else pick(["yes", "no"])
    return None


def _options(hint: object) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from (str(option) for option in get_args(hint) if option)
    elif get_origin(hint) in (Union, UnionType):
        for arg in get_args(hint):
            yield from _options(arg)


def _entry(pages: Sequence[ToolResult], chosen: str) -> str:
    """Return the words of the entry that an id stands in."""
    for page in pages:
        for row in _rows(page.json()):
            if chosen in row.values():
                return " ".join(str(value) for value in row.values() if value != chosen)
    return ""


def _rows(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, Mapping):
        yield cast("Mapping[str, Json]", value)
        for inner in cast("Mapping[str, Json]", value).values():
            yield from _rows(inner)
    elif isinstance(value, (list, tuple)):
        for inner in cast("Sequence[Json]", value):
            yield from _rows(inner)


def arguments(tool: str, seen: Sequence[str], words: str, pick: Pick) -> dict[str, Any] | None:  # Any: JSON arguments
    """Return arguments for `tool` from what was seen and said, required ones alone; None where an id is missing."""
    out: dict[str, Any] = {}
    for name, field in TOOLS[tool].arguments.model_fields.items():
        if not field.is_required():
            continue
        kind, many = _kind(field.annotation)
        ids = [i for i in seen if prefix_of(i) == kind]
        if kind and not ids:
            return None
        if kind:
            out[name] = ids[:20] if many else pick(ids)
        elif list(_options(field.annotation)):
            out[name] = pick(list(_options(field.annotation)))
        else:
            out[name] = int(pick(["1", "2", "3", "4"])) if field.annotation is int else words[:200] or "?"
    return out

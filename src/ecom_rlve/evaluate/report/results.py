"""What a tool brought, as blocks that a page or a terminal can show: pairs, tables, and one line that sums it up.

Knows no tool: it goes by the shape of the JSON and by `words.toml`, so that a new tool needs no new line here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.views import Json
from ecom_rlve.evaluate.report.words import Field, field, words

Object = Mapping[str, Json]
_SIGNS = {"eq": "=", "min": "≥", "max": "≤", "in": "is one of"}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Single values with their labels."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Several things of one kind."""

    name: str
    columns: tuple[Field, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    """What the columns are called in the JSON."""


Block = Pairs | Rows


def is_object(value: Json) -> TypeGuard[Object]:
    """Whether a JSON value is an object."""
    return isinstance(value, Mapping)


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether a JSON value is a list."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def objects(value: Json) -> list[Object]:
    """Return the objects of a list of objects; of anything else, nothing."""
    return [item for item in value if is_object(item)] if is_list(value) else []


def blocks(result: Json) -> tuple[Block, ...]:
    """Return a result as blocks: tables first, then what stands beside them."""
    if not is_object(result):
        return (Pairs((("", printed("", result)),)),)
    tables = [_rows(name, objects(value)) for name, value in result.items() if objects(value)]
    pairs: list[tuple[str, str]] = []
    for name, value in result.items():
        if objects(value) or _empty(value):
            continue
        if is_object(value):
            pairs.extend((field(inner).label, printed(inner, v)) for inner, v in value.items())
        else:
            pairs.append((field(name).label, printed(name, value)))
    return (*tables, Pairs(tuple(pairs))) if pairs else tuple(tables)


def headline(result: Json) -> str:
    """Return one line on what a call brought: how many, or what."""
    if not is_object(result):
        return printed("", result)
    if "error" in result:
        return str(result["error"])
    parts: list[str] = []
    for name, wording in words().headline.items():
        value = result.get(name)
        if value is not None:
            parts.append(_filled(wording, len(value) if is_list(value) else value))
    return ", ".join(parts) or ", ".join(result)


def printed(name: str, value: Json) -> str:
    """Write one value of the field `name` the way a shop prints it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_object(value):
        return ", ".join(f"{field(inner).label}: {printed(inner, v)}" for inner, v in value.items())
    if is_list(value):
        return ", ".join(printed(name, v) for v in value)
    kind = field(name).kind
    if kind == "money":
        return f"${value}"
    if kind == "days":
        return f"{value} day" if value == 1 else f"{value} days"
    if kind == "number" and isinstance(value, int):
        return f"{value:,}"
    return f"{value} ★" if kind == "stars" else str(value)


def arguments(args: Json, titles: Mapping[str, str]) -> str:
    """Return the arguments of a call in one line, ids followed by what they name.

    Args:
        args: The call's JSON arguments.
        titles: What the ids seen so far stand for.
    """
    if not is_object(args):
        return printed("", args)
    return ", ".join(part for name, value in args.items() if (part := _argument(name, value, titles)))


def titles_in(result: Json) -> dict[str, str]:
    """Return what the ids in a result stand for: titles of products, options of variants, titles of lines."""
    found: dict[str, str] = {}
    for thing in _all_objects(result):
        title = thing.get("title")
        options = thing.get("options")
        if isinstance(title, str):
            found.update({str(thing[key]): title for key in ("product_id", "line_id") if thing.get(key)})
        if is_object(options) and options and thing.get("variant_id"):
            found[str(thing["variant_id"])] = ", ".join(printed(name, v) for name, v in options.items())
    return found


def _rows(name: str, things: Sequence[Object]) -> Rows:
    keys = dict.fromkeys(
        key for thing in things for key, value in thing.items() if value not in (None, "") and value != {}
    )
    rows = tuple(tuple(printed(key, thing.get(key)) for key in keys) for thing in things)
    return Rows(name.replace("_", " "), tuple(field(key) for key in keys), rows, tuple(keys))


def _empty(value: Json) -> bool:
    """Whether there is nothing to show: null, an empty text, list or object."""
    return value is None or (not isinstance(value, (bool, int, float)) and len(value) == 0)


def _all_objects(value: Json) -> list[Object]:
    if is_object(value):
        return [value, *(inner for v in value.values() for inner in _all_objects(v))]
    return [inner for v in value for inner in _all_objects(v)] if is_list(value) else []


def _filled(wording: str, value: Json) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    one = value == 1
    return wording.replace("{}", text).replace("(es)", "" if one else "es").replace("(s)", "" if one else "s")


def _argument(name: str, value: Json, titles: Mapping[str, str]) -> str:
    if _empty(value):
        return ""
    if name == "query":
        return f"“{str(value).strip()}”"
    if is_object(value):
        return ", ".join(_condition(key, v) for key, v in value.items())
    if field(name).kind == "id":
        return f"{value} ({titles[str(value)]})" if str(value) in titles else str(value)
    return f"×\u00a0{value}" if name == "quantity" else f"{field(name).label} {printed(name, value)}"


def _condition(name: str, value: Json) -> str:
    label = field(name).label
    if is_object(value):
        return " and ".join(f"{label} {_SIGNS.get(op, op)} {_in_unit(name, v)}" for op, v in value.items())
    return f"{label} = {_in_unit(name, value)}"


def _in_unit(name: str, value: Json) -> str:
    """Write a filter's value with the unit of its attribute; what the attribute does not take, as it came."""
    known = attributes().get(name)
    if is_list(value):
        return " or ".join(_in_unit(name, v) for v in value)
    if known is not None and isinstance(value, (str, int, float)):
        try:
            return known.show(known.parse(value))
        except ValueError:
            return str(value)
    return printed(name, value)

"""Views: frozen dataclasses as JSON, and the ids they show, both walked by declared type.

Knows no particular view. A plan per class is worked out once from its annotations; keys are never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from ecom_rlve.core.ids import ID_TYPES

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def to_json(value: object) -> Json:
    """Return `value` (a dataclass, or JSON already) as JSON values; fields that are None are left out."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        return {key: to_json(item) for key, item in items.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in cast("Sequence[object]", value)]
    out: dict[str, Json] = {}
    for name in _names(type(value)):
        item = getattr(value, name)
        if item is not None:
            out[name] = to_json(item)
    return out


@cache
def _names(cls: type) -> tuple[str, ...]:
    if not is_dataclass(cls):
        raise TypeError(f"cannot write {cls!r} as JSON: views are dataclasses")
    return tuple(f.name for f in fields(cls))


def shown_ids(view: object) -> Iterator[str]:
    """Yield every id that `view` shows, in field order."""
    if view is not None:
        for name, walk in _plan(type(view)):
            yield from walk(getattr(view, name))


Walk = Callable[[Any], Iterator[str]]


@cache
def _plan(cls: type) -> tuple[tuple[str, Walk], ...]:
    hints = get_type_hints(cls, include_extras=False)
    plan: list[tuple[str, Walk]] = []
    for name in _names(cls):
        walk = id_walk(hints[name])
        if walk is not None:
            plan.append((name, walk))
    return tuple(plan)


def id_walk(hint: object) -> Walk | None:
    """Return the function that yields the ids in a value of type `hint`, or None if that type holds none."""
    if hint in ID_TYPES:
        return _one
    if isinstance(hint, type) and is_dataclass(hint):
        return shown_ids if _plan(hint) else None
    if get_origin(hint) in (Union, UnionType):
        walks = [w for w in map(id_walk, get_args(hint)) if w is not None]
        return walks[0] if walks else None
    if get_origin(hint) in (tuple, list):
        inner = id_walk(get_args(hint)[0])
        return None if inner is None else _each(inner)
    return None


def _one(value: str | None) -> Iterator[str]:
    if value is not None:
        yield value


def _each(inner: Walk) -> Walk:
    def walk(values: Sequence[object] | None) -> Iterator[str]:
        for value in values or ():
            yield from inner(value)

    return walk

"""What can be handed in, read off an answer's type alone: an empty answer, one that lists products, a spoilt one.

Knows no environment: only fields and their types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ecom_rlve.core.ids import ProductId

_BLANKS: Mapping[object, object] = {int: 0, float: 0.0, bool: False}
Answer = Mapping[str, Any]
"""An answer as JSON values (Any: whatever its fields take)."""


@cache
def product_list(answer_type: type) -> str:
    """Return the name of the field that takes a list of products, or nothing."""
    hints = get_type_hints(answer_type)
    lists = (f.name for f in fields(answer_type) if get_origin(hints[f.name]) in (list, tuple))
    return next((name for name in lists if get_args(hints[name])[0] is ProductId), "")


def empty(answer_type: type) -> Answer:
    """Return an answer in which every field that needs a value has one that says nothing."""
    hints = get_type_hints(answer_type)
    needed = [f.name for f in fields(answer_type) if f.default is MISSING and f.default_factory is MISSING]
    return {"answer": {**{name: _nothing(hints[name]) for name in needed}, "done": True}}


def with_products(answer_type: type, product_ids: Sequence[str]) -> Answer:
    """Return an answer that lists products where its type takes them, else an empty one."""
    name, whole = product_list(answer_type), empty(answer_type)
    return {"answer": {**whole["answer"], name: list(product_ids)}} if name else whole


def spoilt(answer: object) -> object:
    """Return an answer without the last of the products that it lists; any other one as it is."""
    name = product_list(type(answer))
    if not name:
        return answer
    names = get_type_hints(type(answer))
    values = {field: getattr(answer, field) for field in names}
    return type(answer)(**{**values, name: values[name][:-1]})


def _nothing(hint: object) -> object:
    origin = get_origin(hint)
    if origin in (list, tuple):
        return []
    if origin is Literal:
        return get_args(hint)[0]
    if NoneType in get_args(hint):
        return None
    return _BLANKS.get(hint, "")

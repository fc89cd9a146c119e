"""Answers of a task: their schema, and how they are read. One pydantic adapter per answer type.

Knows no particular task: fields and field docs of the answer's dataclass say everything.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.views import Walk, id_walk


@cache
def answer_model(answer_type: type) -> type[BaseModel]:
    """Return the pydantic model of an answer's fields."""
    docs = _field_docs(answer_type)
    hints = get_type_hints(answer_type, include_extras=True)
    columns: dict[str, Any] = {}
    for f in fields(answer_type):
        default = ... if f.default is f.default_factory else f.default
        columns[f.name] = (hints[f.name], Field(default, description=docs[f.name]))
    return create_model("submit", __config__=ConfigDict(extra="forbid"), **columns)


def read_answer(answer_type: type, given: Mapping[str, Any]) -> object:
    """Return the answer that JSON values stand for; a "done" beside them must be true.

    Raises:
        ActionError: `format`; the message names the field and what is allowed.
    """
    values = dict(given)
    if values.pop("done", True) is not True:
        raise ActionError(
            "format", f'answer: "done" must be true, got {given["done"]!r}; leave the answer null instead'
        )
    try:
        parsed = answer_model(answer_type).model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "answer"
        raise ActionError("format", f"answer: {where}: {fault['msg']}, got {repr(fault['input'])[:80]}") from None
    return answer_type(**{name: getattr(parsed, name) for name in type(parsed).model_fields})


@cache
def answer_walks(answer_type: type) -> tuple[tuple[str, Walk], ...]:
    """Return the fields of an answer that carry ids, with the function that yields them."""
    hints = get_type_hints(answer_type)
    walks = ((f.name, id_walk(hints[f.name])) for f in fields(answer_type))
    return tuple((name, walk) for name, walk in walks if walk is not None)


def _field_docs(cls: type) -> dict[str, str]:
    """Return the string under each field of a dataclass."""
    if not fields(cls):
        return {}
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs: dict[str, str] = {}
    for node, following in zip(body.body, body.body[1:], strict=False):
        match node, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = " ".join(text.split())
            case _:
                continue
    missing = [f.name for f in fields(cls) if f.name not in docs]
    if missing:
        raise TypeError(f"{cls.__name__}: fields without a doc string: {', '.join(missing)}")
    return docs

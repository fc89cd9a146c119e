"""Forms of tools and answers, made from their schemas, and how what was typed becomes arguments.

Knows no tool and no page: a new tool has its form without a new line here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from ecom_rlve.apps.play.commands import TypingError, filters_in
from ecom_rlve.core.views import Json
from ecom_rlve.evaluate.report.results import is_list, is_object, printed

Kind = Literal["text", "number", "choice", "list", "filters", "value"]
Schema = Mapping[str, Any]  # Any: JSON Schema
_SPLIT = re.compile(r"[\s,;]+")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    hint: str
    required: bool
    default: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    @property
    def label(self) -> str:
        """What it is called on the page."""
        return self.name.replace("_", " ")

    @property
    def known(self) -> str:
        """Which kind of id it takes, as results call it ("product_id"); empty if it takes none."""
        name = "product_id" if self.name == "like" else self.name.removeprefix("new_").removesuffix("s")
        return name if name.endswith("_id") else ""


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    """The tool's name, or "submit"."""
    title: str
    description: str
    fields: tuple[Field, ...]

    @property
    def group(self) -> str:
        """The domain it belongs to: "catalog"."""
        return self.name.partition(".")[0]


def form(name: str, title: str, description: str, schema: Schema) -> Form:
    """Return the form for the arguments that `schema` describes."""
    required = set(schema.get("required", ()))
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    fields = tuple(_field(key, value, key in required) for key, value in properties.items())
    return Form(name, title, description, fields)


def read(form: Form, typed: Mapping[str, str]) -> dict[str, Json]:
    """Return the arguments that were typed into a form; empty optional fields are left out.

    Raises:
        TypingError: A field is missing or cannot be read; the message names it.
    """
    out: dict[str, Json] = {}
    for field in form.fields:
        text = typed.get(field.name, "").strip()
        if text:
            out[field.name] = _value(field, text)
        elif field.required:
            raise TypingError(f"“{field.label}” is needed: {field.hint}")
    return out


def known_ids(results: Iterable[Json]) -> dict[str, dict[str, str]]:
    """Return the ids in results by what results call them ("product_id"), each with what it stands for."""
    known: dict[str, dict[str, str]] = {}
    for result in results:
        _collect(result, known)
    return known


def _field(name: str, schema: Schema, required: bool) -> Field:
    options = [s for s in cast("Sequence[Schema]", schema.get("anyOf", (schema,))) if s.get("type") != "null"]
    first = options[0] if options else schema
    choices = tuple(str(c) for s in options for c in s.get("enum", (s["const"],) if "const" in s else ()) if c != "")
    default = schema.get("default")
    plain = str(default) if isinstance(default, (str, int, float)) and not isinstance(default, bool) else ""
    return Field(
        name=name,
        kind="choice" if choices else _kind(name, options, first),
        hint=str(schema.get("description", "")),
        required=required,
        default=plain,
        choices=choices,
        low=first.get("minimum"),
        high=first.get("maximum"),
    )


def _kind(name: str, options: Sequence[Schema], first: Schema) -> Kind:
    if name == "filters":
        return "filters"
    if len({str(option.get("type")) for option in options}) > 1:
        return "value"
    return {"array": "list", "integer": "number", "number": "number"}.get(str(first.get("type")), "text")  # pyright: ignore[reportReturnType] (literals)


def _value(field: Field, text: str) -> Json:
    if field.kind == "list":
        return [part for part in _SPLIT.split(text) if part]
    if field.kind == "filters":
        found = filters_in(text)
        if not found:
            raise TypingError("Filters are written like price<=30 color=black,white rating>=4.")
        return cast("Json", found)
    if field.kind == "number":
        if not text.lstrip("-").isdecimal():
            raise TypingError(f"“{field.label}” is a whole number, got {text[:20]!r}.")
        return int(text)
    return _anything(text) if field.kind == "value" else text


def _anything(text: str) -> Json:
    """Read a value that may be a number, yes or no, or words."""
    if text.lower() in _YES_NO:
        return _YES_NO[text.lower()]
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float)) else text


def _collect(value: Json, known: dict[str, dict[str, str]]) -> None:
    if is_object(value):
        for key, inner in value.items():
            if key.endswith("_id") and isinstance(inner, str):
                name = _called(value, key)
                if name or inner not in known.get(key, {}):
                    known.setdefault(key, {})[inner] = name
            else:
                _collect(inner, known)
    elif is_list(value):
        for inner in value:
            _collect(inner, known)


def _called(thing: Mapping[str, Json], key: str) -> str:
    options = thing.get("options")
    if key == "variant_id" and is_object(options):
        return ", ".join(printed(name, option) for name, option in options.items())
    title = thing.get("title")
    if key in ("product_id", "line_id", "passage_id") and isinstance(title, str):
        return title
    placed = thing.get("placed") if key == "order_id" else None
    return str(placed) if placed else ""

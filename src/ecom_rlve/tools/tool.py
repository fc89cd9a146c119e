"""Tools: typed functions over a `World`, declared once.

A function's annotations and docstring give its JSON Schema, its OpenAI form and its line in the system prompt. Knows
no particular tool. A tool that writes returns `Change`, so whether it writes is read off its annotation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

import docstring_parser
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.views import Walk, id_walk
from ecom_rlve.world.world import World

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Change(Generic[V]):
    """What a tool that writes returns: the next world, and the view the agent gets."""

    world: World
    view: V


@dataclass(frozen=True, slots=True)
class Recorded(Change[V]):
    """What a tool returns that reads, and whose use the shop keeps on record: no write."""


@dataclass(frozen=True, slots=True)
class Final(Change[V]):
    """What a tool returns whose write cannot be taken back: it waits until the customer's mind is made up."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function of the world that agents can call, with the schema of its arguments."""

    name: str
    """Dotted, e.g. "cart.add"."""
    description: str
    arguments: type[BaseModel]
    writes: bool
    run: Callable[..., Any]
    """(world, **arguments) -> view, or Change[view]; raises ToolError for a refusal."""
    walks: tuple[tuple[str, Walk], ...]
    """Arguments that carry ids, with the function that yields them."""
    final: bool
    """A write that cannot be taken back."""
    recommends: bool
    """A write that names a product: house rules about what may be sold apply to it."""

    @property
    def wire_name(self) -> str:
        """The name where dots are not allowed, e.g. "cart_add"."""
        return self.name.replace(".", "_")

    def schema(self) -> dict[str, Any]:  # Any: JSON Schema
        """Return the JSON Schema of the arguments."""
        return _plain(self.arguments.model_json_schema())

    def openai(self) -> dict[str, Any]:  # Any: JSON Schema
        """Return the tool as an OpenAI function."""
        function = {"name": self.wire_name, "description": self.description, "parameters": self.schema()}
        return {"type": "function", "function": function}

    def check(self, args: Mapping[str, Any]) -> dict[str, Any]:  # Any: typed by the tool's own signature
        """Return the arguments in the types of the signature.

        Raises:
            ActionError: They break the schema (`invalid_tool`); the message names the value and what is allowed.
        """
        try:
            parsed = self.arguments.model_validate(args)
        except ValidationError as error:
            raise ActionError("invalid_tool", f"{self.name}: {_first_fault(error)}") from None
        return {name: getattr(parsed, name) for name in type(parsed).model_fields}

    def ids(self, args: Mapping[str, Any]) -> Iterator[str]:
        """Yield the ids that checked arguments carry."""
        for name, walk in self.walks:
            yield from walk(args[name])


def tool(name: str) -> Callable[[Callable[..., Any]], Tool]:
    """Turn a function into the tool called `name`.

    Raises:
        TypeError: An argument is not typed or not described, or the function has no description.
    """

    def declare(fn: Callable[..., Any]) -> Tool:
        doc = docstring_parser.parse(inspect.getdoc(fn) or "")
        described = {p.arg_name: " ".join((p.description or "").split()) for p in doc.params}
        hints = get_type_hints(fn, include_extras=True)
        returns = hints.pop("return")
        arguments: dict[str, Any] = {}
        for arg, parameter in list(inspect.signature(fn).parameters.items())[1:]:
            if not described.get(arg) or arg not in hints:
                raise TypeError(f"tool {name!r}: argument {arg!r} needs a type and a description")
            default = ... if parameter.default is parameter.empty else parameter.default
            arguments[arg] = (hints[arg], Field(default, description=described[arg]))
        if not doc.description:
            raise TypeError(f"tool {name!r} needs a description")
        model = create_model(name, __config__=ConfigDict(extra="forbid"), **arguments)
        bare = get_type_hints(fn)
        walks = ((arg, id_walk(bare[arg])) for arg in arguments)
        writes = get_origin(returns) in (Change, Final)
        return Tool(
            name=name,
            description=" ".join(doc.description.split()),
            arguments=model,
            writes=writes,
            run=fn,
            walks=tuple((arg, walk) for arg, walk in walks if walk is not None),
            final=get_origin(returns) is Final,
            recommends=writes and any(bare[arg] is ProductId for arg in arguments),
        )

    return declare


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "arguments"
    return f"{where}: {fault['msg']}, got {repr(fault['input'])[:80]}"


def _plain(schema: dict[str, Any]) -> dict[str, Any]:  # Any: JSON Schema
    """Drop the titles that pydantic adds: they cost tokens and say nothing."""
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        if key in ("properties", "$defs"):
            out[key] = {name: _plain(inner) for name, inner in value.items()}
        elif isinstance(value, dict):
            out[key] = _plain(value)  # pyright: ignore[reportUnknownArgumentType] (JSON)
        elif isinstance(value, list):
            out[key] = [_plain(v) if isinstance(v, dict) else v for v in value]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] (JSON)
        else:
            out[key] = value
    return out

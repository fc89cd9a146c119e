"""Environments as TRL wants them: `reset(**row)`, and every public method a tool. Knows no trainer and no model.

One class for each environment of the package, generated from the tool registry, with `message_user` and `submit`. TRL
turns *every* public function of the class, inherited ones too, into a tool, so there is none but `reset` and the tools;
what a reward needs to know are plain attributes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, Union, cast

from ecom_rlve.adapters.text import brought
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import ToolCall, dumps
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.chat import Message
from ecom_rlve.env.env import Env
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.env.prompt import native_tools
from ecom_rlve.env.reward import Preset
from ecom_rlve.tasks.registry import AnyTask, all_tasks

OVER: Final = dumps({"notice": "The episode is over."})
"""What every tool answers after the end."""
Schema = Mapping[str, Any]  # Any: JSON Schema
_BASIC: Final = {"string": str, "integer": int, "number": float, "boolean": bool, "object": dict, "null": None}


class ShopEnvironment:
    """One pooled environment: made once, reset often. The tools are added by `environment_class`."""

    task_name: ClassVar[str] = ""

    def __init__(self, catalog: Catalog | None = None, preset: Preset = "gated") -> None:
        self._catalog = catalog
        self._preset: Preset = preset
        self.shell: Env | None = None
        """The live episode; None before the first reset, since the trainer makes environments only to look at them."""
        self.spoken: int | None = None
        """Tokens of the assistant in this episode, where the trainer tells."""
        self.seconds = 0.0
        """Time spent in this episode's resets and tools."""

    def reset(self, episode: str, **row: object) -> None:
        """Begin the episode that a row names; its prompt holds the customer's first words already."""
        begun = perf_counter()
        if self.shell is None:
            self.shell = Env(self._catalog, preset=self._preset)
        self.shell.reset(episode)
        self.spoken, self.seconds = None, perf_counter() - begun

    def _call(self, name: str, arguments: Mapping[str, object]) -> str:
        if self.shell is None or self.shell.episode.is_over:
            return OVER
        begun = perf_counter()
        text = brought(self.shell.call(ToolCall(name, arguments)))
        self.seconds += perf_counter() - begun
        return text


def environment_class(task: AnyTask, tools: Iterable[str] | None = None) -> type[ShopEnvironment]:
    """Return the class of an environment.

    Args:
        task: The environment.
        tools: Names (with underscores) of the tools that it shows, for small models; all of them if left out.
            `message_user` and `submit` are always there.

    Raises:
        SpecError: There is no such tool.
    """
    functions = {f["function"]["name"]: f["function"] for f in native_tools(task)}
    shown = list(functions) if tools is None else [*dict.fromkeys(tools), MESSAGE, SUBMIT]
    for name in shown:
        if name not in functions:
            raise SpecError(f"unknown tool {name!r}: known are {', '.join(functions)}")
    methods: dict[str, object] = {name: _method(functions[name]) for name in shown}
    title = "".join(part.capitalize() for part in task.name.split("_"))
    return type(title, (ShopEnvironment,), {"__module__": __name__, "task_name": task.name, **methods})


def prompt_of(env: Env) -> list[Message]:
    """Return the prompt of an episode that has just begun: rules, and the customer's first words."""
    return env.messages("native")


def _method(function: Schema) -> Callable[..., str]:
    """Return the method that stands for an OpenAI function, with the signature and docstring that TRL reads."""
    name, schema = str(function["name"]), cast("Schema", function["parameters"])
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    definitions = cast("Mapping[str, Schema]", schema.get("$defs", {}))

    def method(self: ShopEnvironment, **arguments: object) -> str:
        return self._call(name, arguments)  # pyright: ignore[reportPrivateUsage] (a method of that very class)

    hints = {arg: _hint(properties[arg], definitions) for arg in properties}
    required = cast("Sequence[str]", schema.get("required", ()))
    # A parameter without default may not follow one with, so they are all by keyword, which is how TRL calls them.
    parameters = [
        inspect.Parameter(
            arg,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hint,
            default=inspect.Parameter.empty if arg in required else properties[arg].get("default"),
        )
        for arg, hint in hints.items()
    ]
    receiver = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__name__ = method.__qualname__ = name
    method.__doc__ = _docstring(str(function["description"]), properties)
    method.__annotations__ = hints  # without a return type, which would stand in every prompt and say nothing
    method.__signature__ = inspect.Signature([receiver, *parameters])  # pyright: ignore[reportFunctionMemberAccess] (what inspect reads)
    return method


def _docstring(description: str, properties: Mapping[str, Schema]) -> str:
    if not properties:
        return description
    lines = [f"    {arg}: {' '.join(str(p['description']).split())}{_limits(p)}" for arg, p in properties.items()]
    return "\n".join([description, "", "Args:", *lines])


def _limits(schema: Schema) -> str:
    """Return the limits of a value in words, since TRL takes types and descriptions alone from a function."""
    parts = [
        f"{word} {schema[key]}{unit}"
        for key, word, unit in (
            ("minimum", "at least", ""), ("maximum", "at most", ""),
            ("minItems", "at least", " items"), ("maxItems", "at most", " items"),
            ("maxLength", "at most", " characters"),
        )
        if key in schema
    ]  # fmt: skip
    return f" ({', '.join(parts)})" if parts else ""


def _hint(schema: Schema, definitions: Mapping[str, Schema]) -> Any:  # Any: a type hint
    """Return the Python type that a JSON Schema stands for, as closely as TRL can read one."""
    if "$ref" in schema:
        return _hint(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    options = schema.get("anyOf", schema.get("oneOf"))
    if options:
        members = tuple(dict.fromkeys(_hint(option, definitions) for option in options))
        return Union[members]  # noqa: UP007 (built from values)
    if "const" in schema or "enum" in schema:
        return Literal[tuple(schema.get("enum", (schema.get("const"),)))]
    if schema.get("type") == "array":
        return list[_hint(schema["items"], definitions)] if "items" in schema else list
    return _BASIC[str(schema.get("type", "object"))]


ENVIRONMENTS: Final[Mapping[str, type[ShopEnvironment]]] = MappingProxyType(
    {name: environment_class(task) for name, task in all_tasks().items()}
)
"""The class of every environment, by name without version."""
# A class that is to be pickled must be found by its name in its module.
globals().update({made.__name__: made for made in ENVIRONMENTS.values()})

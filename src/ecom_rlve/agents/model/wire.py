"""The chat protocol: a request's body, and what a reply's JSON says. Pure; knows no network and no episode.

Servers differ. Reasoning comes as `reasoning_content`, as `reasoning`, or in the text between `<think>` tags of which
the first may be missing (it stood in the prompt); content may be null or a list of parts; arguments may be an object.
Source: OpenAI's chat completions API, and what vLLM, SGLang and llama.cpp make of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.errors import EndpointError
from ecom_rlve.core.views import Json
from ecom_rlve.env.chat import Message
from ecom_rlve.env.parse import without_reasoning

TOO_LONG = "context"
"""The finish reason of a reply that the server refused because the dialogue is longer than the model's context."""
_CONTEXT = re.compile(
    r"context[ _](?:length|window|size)|maximum (?:context|model|input)|(?:prompt|input|request)[^.]{0,40}"
    r"(?:is|are) too long|too many (?:input )?tokens|exceeds? [^.]{0,40}(?:context|max_model_len|tokens)",
    re.IGNORECASE,
)
_OPENS_ACTION = ("{", "[", "```", "<tool_call>")
Object = Mapping[str, Any]  # Any: JSON of a server


@dataclass(frozen=True, slots=True)
class Tokens:
    """As the server counted them; 0 where it did not."""

    prompt: int = 0
    completion: int = 0
    """Reasoning included."""
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A native call as the model wrote it."""

    id: str
    """Empty where the server gave none."""
    name: Json
    arguments: Json
    """JSON text as a rule; whether it is any, the environment decides."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply of a model."""

    content: str
    """Without the reasoning in front of it."""
    calls: tuple[WrittenCall, ...] = ()
    reasoning: str = ""
    finish: str = ""
    tokens: Tokens = Tokens()


def body(model: str, messages: Sequence[Message], tools: Sequence[Object], fields: Mapping[str, Json]) -> Object:
    """Return the body of a request; `fields` are further ones, e.g. how to sample."""
    out: dict[str, Any] = {"model": model, "messages": list(messages)}
    if tools:
        out["tools"] = list(tools)
    return {**out, **fields}


def read_completion(reply: object) -> Completion:
    """Return what a reply says.

    Raises:
        EndpointError: It is no chat completion. That is the server's fault, not the model's.
    """
    choice = _object(_first(_object(reply).get("choices")))
    if not isinstance(choice.get("message"), Mapping):
        raise EndpointError(f"no chat completion: {dumps(cast('Json', reply))[:160]}")
    message = _object(choice["message"])
    text, reasoning = split_reasoning(_text(message.get("content")))
    apart = message.get("reasoning_content") or message.get("reasoning")
    return Completion(
        content=text,
        calls=tuple(_call(each) for each in _list(message.get("tool_calls"))),
        reasoning=_text(apart) or reasoning,
        finish=str(choice.get("finish_reason") or ""),
        tokens=_tokens(_object(_object(reply).get("usage"))),
    )


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the text behind the reasoning, and the reasoning."""
    before, closing, after = text.partition("</think>")
    if closing and "<think>" not in before and not before.lstrip().startswith(_OPENS_ACTION):
        return after.strip(), before.strip()
    rest = without_reasoning(text)
    return rest, text.removesuffix(rest).strip() if rest else text.strip() * text.lstrip().startswith("<think>")


def is_too_long(status: int, text: str) -> bool:
    """Whether a refusal says that the dialogue is longer than the model's context."""
    return status in (400, 413, 422) and _CONTEXT.search(text) is not None


def _call(value: object) -> WrittenCall:
    given = _object(value)
    function = _object(given.get("function"))
    return WrittenCall(str(given.get("id") or ""), function.get("name"), function.get("arguments", {}))


def _tokens(usage: Object) -> Tokens:
    details = _object(usage.get("completion_tokens_details"))
    return Tokens(
        _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"), _count(details, "reasoning_tokens")
    )


def _count(table: Object, name: str) -> int:
    value = table.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    parts = (_object(part).get("text") for part in _list(value))
    return "".join(part for part in parts if isinstance(part, str))


def _first(value: object) -> object:
    return next(iter(_list(value)), None)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, Mapping) else {}

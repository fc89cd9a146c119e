"""Reading actions: the JSON action, OpenAI tool calls, and Hermes `<tool_call>` text as Qwen3 writes it.

Knows no episode. Everything unreadable is an ActionError; nothing an agent writes is evaluated or imported.
Reasoning in `<think>…</think>` before the action is ignored.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, cast

from ecom_rlve.core.dialogue import Action, ToolCall, dumps
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.views import Json
from ecom_rlve.env.answers import read_answer
from ecom_rlve.tools.toolbox import find

MAX_TEXT = 100_000
"""Characters of one action; more is a format failure."""
MAX_DEPTH = 32
MESSAGE, SUBMIT = "message_user", "submit"
_THINK = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCES = ("```", "```json")
_HERMES = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
Style = Literal["json", "native"]


def without_reasoning(text: str) -> str:
    """Return `text` without the reasoning in front of it."""
    return _THINK.sub("", text, count=1).strip() if text.lstrip().startswith("<think>") else text.strip()


def json_text(value: object) -> str:
    """Return JSON values as text, or text that is no JSON where they are none."""
    try:
        return dumps(cast("Json", value))
    except (TypeError, ValueError, RecursionError):
        return f"<a {type(value).__name__} that is no JSON>"


def read_json_action(text: str, answer_type: type) -> Action:
    """Return the action that JSON text stands for; a code fence around it is allowed.

    Raises:
        ActionError: `format` for what is no action, `invalid_tool` for a tool or arguments that do not exist.
    """
    return action_from(_load(_unfenced(without_reasoning(_within_limits(text)))), answer_type)


def _unfenced(body: str) -> str:
    """Return what stands in a code fence, or all of it where there is none; in linear time, whatever is written."""
    first, _, rest = body.partition("\n")
    inner, _, last = rest.rpartition("\n")
    return inner if first.rstrip() in _FENCES and last.strip() == "```" else body


def action_from(value: object, answer_type: type) -> Action:
    """Return the action that JSON values stand for; errors as for `read_json_action`."""
    given = _object(value, "action")
    unknown = [key for key in given if key not in ("assistant_message", "tool_calls", "answer")]
    if unknown:
        raise ActionError(
            "format", f"action: unknown key {unknown[0][:40]!r}: known are assistant_message, tool_calls, answer"
        )
    if not given:
        raise ActionError("format", "action: empty; give at least one of assistant_message, tool_calls, answer")
    message = given.get("assistant_message")
    if message is not None and not isinstance(message, str):
        raise ActionError("format", f"assistant_message must be a text, got {repr(message)[:80]}")
    calls = given.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise ActionError("format", f"tool_calls must be a list, got {repr(calls)[:80]}")
    checked = tuple(_json_call(call) for call in cast("list[object]", calls or []))
    answer = given.get("answer")
    read = None if answer is None else read_answer(answer_type, _object(answer, "answer"))
    return Action(_clean(message or ""), checked, read)


def _json_call(value: object) -> ToolCall:
    given = _object(value, "tool call")
    name = given.get("name")
    args = given.get("args", given.get("arguments", {}))
    if not isinstance(name, str) or set(given) - {"name", "args", "arguments", "id", "type"}:
        raise ActionError("format", f'a tool call is {{"name": …, "args": {{…}}}}, got {repr(given)[:120]}')
    return ToolCall(find(name).name, _object(args, f"args of {name[:40]}"))


def read_openai_calls(calls: Sequence[object]) -> list[ToolCall]:
    """Return OpenAI `tool_calls` (dicts) as calls; names may be tools, `message_user` or `submit`."""
    return [native_call(_object(_object(c, "tool call").get("function"), "function")) for c in calls]


def read_hermes(text: str) -> list[ToolCall]:
    """Return the calls in Hermes text; text without any call is the message to the customer.

    Words beside calls are commentary and reach nobody.
    """
    body = without_reasoning(_within_limits(text))
    blocks = _HERMES.findall(body)
    if not blocks:
        return [ToolCall(MESSAGE, {"text": _clean(body)})]
    return [native_call(_object(_load(block), "tool_call")) for block in blocks]


def native_call(given: Mapping[str, object]) -> ToolCall:
    """Return the call that {"name", "arguments"} stands for; arguments are an object, or JSON text of one.

    Raises:
        ActionError: `format` for what is no call, `invalid_tool` for a tool that does not exist.
    """
    name: object = given.get("name")
    args: object = given.get("arguments", {})
    if not isinstance(name, str):
        raise ActionError("format", f"a tool call needs a name, got {repr(given)[:120]}")
    text = args if isinstance(args, str) else json_text(args)
    checked = _object(_load(_within_limits(text)) if text.strip() else {}, f"arguments of {name[:40]!r}")
    if name == MESSAGE:
        words = checked.get("text")
        if not isinstance(words, str) or len(checked) != 1:
            raise ActionError("format", f"assistant_message must be a text, got {repr(checked)[:80]}")
        return ToolCall(MESSAGE, {"text": _clean(words)})
    return ToolCall(SUBMIT if name == SUBMIT else find(name).name, checked)


def _within_limits(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ActionError("format", f"action: at most {MAX_TEXT} characters are allowed, got {len(text)}")
    return text


def _load(text: str) -> object:
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise ActionError("format", f"no JSON ({reason}): {text[:80]!r}") from None
    if _deeper_than(value, MAX_DEPTH):
        raise ActionError("format", f"no action: nested deeper than {MAX_DEPTH} levels")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    """Return a JSON number; one beyond all floats would be read as infinity, which no trace can hold."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for v in level for child in _children(v)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from cast("dict[str, object]", value).values()
    elif isinstance(value, list):
        yield from cast("list[object]", value)


def _object(value: object, what: str) -> Mapping[str, Any]:  # Any: JSON from the agent
    if not isinstance(value, dict):
        raise ActionError("format", f"{what} must be a JSON object, got {repr(value)[:80]}")
    return cast("dict[str, Any]", value)


def _clean(text: str) -> str:
    """Replace lone surrogates, which JSON can smuggle in and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()

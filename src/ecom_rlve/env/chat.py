"""An episode as chat messages, in the JSON style or with native tool calls. Knows no rules."""

from __future__ import annotations

from typing import Any

from ecom_rlve.core.dialogue import Action, Observation, ToolCall, ToolResult, dumps
from ecom_rlve.core.views import Json, to_json
from ecom_rlve.env.episode import Episode, Turn
from ecom_rlve.env.parse import MESSAGE, SUBMIT, Style

Message = dict[str, Any]  # Any: a chat message is JSON
_END = {
    "answered": "The answer was handed in.",
    "out_of_turns": "The turn limit is reached.",
    "customer_left": "The customer has left.",
    "hard_failure": "The episode broke off",
    "invalid": "The environment failed; this episode does not count.",
}


def observation_after(episode: Episode) -> Observation:
    """Return what is new for the agent: the opening, or the last turn's results and words."""
    if not episode.turns:
        return Observation(episode.opening.text if episode.opening else "", turns_left=episode.turns_left)
    turn = episode.turns[-1]
    words = turn.reply.text if turn.reply else ""
    return Observation(words, turn.results, episode.turns_left, notice(episode))


def notice(episode: Episode) -> str:
    """Return why the episode is over, or nothing."""
    verdict = episode.verdict
    if verdict is None:
        return ""
    return _END[verdict.end] + (f": {verdict.detail}" if verdict.end == "hard_failure" else "")


def action_json(action: Action) -> dict[str, Json]:
    """Return an action in the form in which agents write it."""
    calls = [{"name": c.name, "args": dict(c.args)} for c in action.calls]
    answer = None if action.answer is None else {**_object(action.answer), "done": True}
    return {"assistant_message": action.message, "tool_calls": calls, "answer": answer}


def as_text(action: Action) -> str:
    """Return an action as the JSON text that reads back as it."""
    return dumps(action_json(action))


def native_calls(action: Action) -> list[ToolCall]:
    """Return an action as the sequence of native calls that it is."""
    calls = list(action.calls)
    if action.answer is not None:
        return [*calls, ToolCall(SUBMIT, _object(action.answer))]
    if action.message or not calls:  # A turn in which nothing happens is an empty message.
        calls.append(ToolCall(MESSAGE, {"text": action.message}))
    return calls


def messages(episode: Episode, system: str, style: Style = "json") -> list[Message]:
    """Return the whole dialogue so far, starting with the system prompt and the customer's opening."""
    first = Observation(episode.opening.text if episode.opening else "", turns_left=episode.max_turns)
    out: list[Message] = [{"role": "system", "content": system}]
    out.append({"role": "user", "content": first.message if style == "native" else first.text()})
    for number, turn in enumerate(episode.turns, start=1):
        last = number == len(episode.turns)
        left = episode.turns_left if last else episode.max_turns - number
        words = turn.reply.text if turn.reply else ""
        seen = Observation(words, turn.results, left, notice(episode) if last else "")
        if style == "json":
            out.append({"role": "assistant", "content": turn.raw if turn.raw is not None else as_text(turn.action)})
            out.append({"role": "user", "content": seen.text()})
        else:
            out.extend(_native_turn(turn, seen, number))
    return out


def _native_turn(turn: Turn, seen: Observation, number: int) -> list[Message]:
    if turn.raw is not None:
        return [{"role": "assistant", "content": turn.raw}]
    calls = native_calls(turn.action)
    made = [
        {"id": f"call_{number}_{i}", "type": "function",
         "function": {"name": c.name.replace(".", "_"), "arguments": dumps(to_json(c.args))}}
        for i, c in enumerate(calls)
    ]  # fmt: skip
    out: list[Message] = [{"role": "assistant", "content": "", "tool_calls": made}]
    contents = [tool_content(r) for r in seen.results]
    spoken = seen.message or seen.notice
    if len(calls) > len(contents):
        contents.append(tool_content(None, spoken))
    elif spoken:
        contents[-1:] = [tool_content(seen.results[-1], spoken)]
    pairs = zip(made, contents, strict=True)
    return [*out, *({"role": "tool", "tool_call_id": m["id"], "content": c} for m, c in pairs)]


def tool_content(result: ToolResult | None, spoken: str = "") -> str:
    """Return what a native call brought, as the content of its tool message.

    Args:
        result: Of the tool; None for words and answers, which have none.
        spoken: What the customer said to the turn that this call closed, or why the episode is over.
    """
    if result is None:
        return dumps({"customer": spoken}) if spoken else "{}"
    return dumps({"result": result.json(), "customer": spoken}) if spoken else result.text()


def _object(value: object) -> dict[str, Json]:
    out = to_json(value)
    assert isinstance(out, dict)
    return out

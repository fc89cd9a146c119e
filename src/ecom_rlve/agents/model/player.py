"""The model as a player: its dialogue with one live episode, in native tool calls or in JSON actions.

Decides nothing about the episode: whatever the model writes, empty or garbled, goes to the environment as it is. Only
an endpoint that does not answer is not the model's doing: the episode is then abandoned as invalid.
"""

from __future__ import annotations

from typing import cast

from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.agents.model.wire import TOO_LONG, Completion, WrittenCall
from ecom_rlve.core.dialogue import ToolCall, dumps
from ecom_rlve.core.errors import ActionError, EndpointError, RefusedError
from ecom_rlve.core.views import Json
from ecom_rlve.env.chat import Message, tool_content
from ecom_rlve.env.env import AsyncEnv
from ecom_rlve.env.parse import read_hermes
from ecom_rlve.env.shell import Step

SILENCE = "(The customer says nothing.)"
"""What stands in the customer's place after words they do not react to: an empty chat message is refused by some."""


class ModelPlayer:
    """Plays live episodes; many at once, each with its own dialogue."""

    def __init__(self, client: ChatClient, name: str = "") -> None:
        self.client = client
        self.name = name or client.endpoint.model

    async def play(self, env: AsyncEnv, trial: int = 0) -> Usage:
        """Play the live episode to its end and return what it took.

        Raises:
            RefusedError: The endpoint will refuse every request; nothing was decided about the episode.
        """
        style = self.client.endpoint.style
        talk = list(env.messages(style))
        tools = env.tools() if style == "native" else []
        usage = Usage()
        while not env.episode.is_over:
            try:
                reply = await self.client.complete(talk, tools, trial)
            except RefusedError:
                raise
            except EndpointError as error:
                env.abandon(str(error))
                return usage + Usage(unanswered=1)
            usage += _usage(reply)
            talk.extend(await (_native_turn(env, reply) if style == "native" else _json_turn(env, reply)))
        return usage


async def _json_turn(env: AsyncEnv, reply: Completion) -> list[Message]:
    step = await env.step(reply.content)
    return [
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": step.observation.text()},
    ]


async def _native_turn(env: AsyncEnv, reply: Completion) -> list[Message]:
    calls = reply.calls or _calls_in(reply.content)
    if not calls:
        (step,) = await env.play_text(reply.content)
        heard = step.observation.message or step.observation.notice or SILENCE
        return [{"role": "assistant", "content": reply.content}, {"role": "user", "content": heard}]
    number = len(env.episode.turns) + 1
    ids = [c.id or f"call_{number}_{len(env.episode.open_turn.calls) + i}" for i, c in enumerate(calls)]
    steps = await env.play_text("".join(map(_hermes, calls)))
    said = reply.content if reply.calls else reply.content.partition("<tool_call>")[0].strip()
    made = [
        {"id": i, "type": "function", "function": {"name": c.name, "arguments": _as_text(c.arguments)}}
        for i, c in zip(ids, calls, strict=True)
    ]
    answers = [
        {"role": "tool", "tool_call_id": i, "content": _brought(step)} for i, step in zip(ids, steps, strict=False)
    ]
    return [{"role": "assistant", "content": said, "tool_calls": made}, *answers]


def _calls_in(text: str) -> tuple[WrittenCall, ...]:
    """Return the calls that stand in the text itself, as of a server that does not take them out; or none."""
    if "<tool_call>" not in text:
        return ()
    try:
        found: list[ToolCall] = read_hermes(text)
    except ActionError:
        return ()  # The environment reads the same text and ends the episode.
    return tuple(WrittenCall("", c.name.replace(".", "_"), cast("Json", dict(c.args))) for c in found)


def _hermes(call: WrittenCall) -> str:
    """Return a call as the text that it is read from; no text inside it can end it early."""
    text = dumps({"name": call.name, "arguments": call.arguments}).replace("<", "\\u003c")
    return f"<tool_call>{text}</tool_call>"


def _as_text(arguments: Json) -> str:
    return arguments if isinstance(arguments, str) else dumps(arguments)


def _brought(step: Step) -> str:
    seen = step.observation
    return tool_content(seen.results[0] if seen.results else None, seen.message or seen.notice)


def _usage(reply: Completion) -> Usage:
    tokens = reply.tokens
    return Usage(
        requests=1,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        reasoning_tokens=tokens.reasoning,
        cut=int(reply.finish in ("length", TOO_LONG)),
        empty=int(not reply.content and not reply.calls),
    )

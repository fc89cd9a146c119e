"""Demonstrations: episodes that a built-in player solved, as the very chat that a model would have had.

Knows no file. The JSON style is the episode's own chat; in the native style the player's actions are played call by
call, since calls that wait for a turn to fill up are another episode than a JSON turn each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ecom_rlve.agents.registry import Player
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, Observation, dumps
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import to_json
from ecom_rlve.env.chat import Message, native_calls, tool_content
from ecom_rlve.env.env import Env, Given
from ecom_rlve.env.parse import Style, json_text, read_json_action
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.shell import Info, Step

DEMONSTRATORS: Final = ("oracle", "expert")
"""Players worth learning from: one that sees the goal, one that sees what every agent sees."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One solved episode."""

    spec: EpisodeSpec
    agent: str
    style: Style
    reward: float
    turns: int
    calls: int
    messages: tuple[Message, ...]
    """From the system prompt to the player's last message."""
    tools: tuple[Mapping[str, Any], ...]  # Any: JSON Schema
    """OpenAI functions that stood beside the prompt; none in the JSON style, where the prompt lists them."""


class NativeEnv(Env):
    """An `Env` whose turns are played as native calls, and which keeps the dialogue as a chat endpoint would see it."""

    def __init__(self, catalog: Catalog, preset: Preset = "gated") -> None:
        super().__init__(catalog, preset=preset)
        self.talk: list[Message] = []

    def reset(self, spec: EpisodeSpec | str) -> tuple[Observation, Info]:
        """As `Env.reset`; the dialogue begins anew."""
        begun = super().reset(spec)
        self.talk = list(self.messages("native"))
        return begun

    def step(self, action: Given) -> Step:
        """Play an action call by call; a turn with room for more calls stays open."""
        if not isinstance(action, Action):
            text = action if isinstance(action, str) else json_text(dict(action))
            action = read_json_action(text, self.task.answer_type)
        number, begun = len(self.episode.turns) + 1, len(self.episode.open_turn.calls)
        calls = native_calls(action)
        ids = [f"call_{number}_{begun + i}" for i in range(len(calls))]
        steps = self.play(calls)
        made = [
            {"id": i, "type": "function",
             "function": {"name": c.name.replace(".", "_"), "arguments": dumps(to_json(c.args))}}
            for i, c in zip(ids, calls, strict=True)
        ]  # fmt: skip
        self.talk.append({"role": "assistant", "content": "", "tool_calls": made})
        for i, step in zip(ids, steps, strict=False):  # What comes after the end of the episode brings nothing.
            self.talk.append({"role": "tool", "tool_call_id": i, "content": _brought(step.observation)})
        return replace(steps[-1], observation=_all_of(steps))


def demonstration(
    catalog: Catalog, spec: EpisodeSpec, agent: str, player: Player, style: Style, preset: Preset = "gated"
) -> Demonstration | None:
    """Play an episode; return it as a demonstration, or None if it was not solved.

    Args:
        catalog: The shop.
        spec: Which episode.
        agent: The player's name.
        player: Plays it.
        style: In which form the chat is kept.
        preset: Of the reward.
    """
    env = Env(catalog, preset=preset) if style == "json" else NativeEnv(catalog, preset)
    env.reset(spec)
    player(env)
    episode = env.episode
    verdict = episode.verdict
    assert verdict is not None, "a player ends its episode"
    if not verdict.is_correct or verdict.reward.total is None:
        return None
    talk = env.talk if isinstance(env, NativeEnv) else env.messages(style)
    return Demonstration(
        spec=episode.spec,
        agent=agent,
        style=style,
        reward=verdict.reward.total,
        turns=len(episode.turns),
        calls=sum(len(turn.action.calls) for turn in episode.turns),
        messages=tuple(_to_the_last_word(talk)),
        tools=tuple(env.tools()) if style == "native" else (),
    )


def row(demo: Demonstration) -> dict[str, Any]:  # Any: a row of a data set is JSON
    """Return a demonstration as a row: every message has the same four keys, and schemas are JSON text.

    Arrow has one type for each column: optional keys become nulls, and schemas, no two of which are of one shape, text.
    """
    return {
        "episode": str(demo.spec),
        "env": demo.spec.env,
        "difficulty": demo.spec.difficulty,
        "seed": demo.spec.seed,
        "agent": demo.agent,
        "style": demo.style,
        "reward": demo.reward,
        "turns": demo.turns,
        "calls": demo.calls,
        "messages": [
            {key: message.get(key) for key in ("role", "content", "tool_calls", "tool_call_id")}
            for message in demo.messages
        ],
        "tools": json.dumps(demo.tools, ensure_ascii=False) if demo.tools else None,
    }


def _to_the_last_word(talk: list[Message]) -> list[Message]:
    """Return a dialogue without what follows the agent's last message: there is nothing to learn in it."""
    last = max(i for i, message in enumerate(talk) if message["role"] == "assistant")
    return talk[: last + 1]


def _brought(seen: Observation) -> str:
    return tool_content(seen.results[0] if seen.results else None, seen.message or seen.notice)


def _all_of(steps: list[Step]) -> Observation:
    """Return what several calls brought together, as one turn would have."""
    seen = [step.observation for step in steps]
    return replace(
        seen[-1],
        message=" ".join(each.message for each in seen if each.message),
        results=tuple(result for each in seen for result in each.results),
    )

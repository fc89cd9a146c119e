"""Episodes as text in and text out, for trainers that bring their own model loop: a class, and one async function.

Knows no trainer and no model: what an agent is, is a function from chat messages to text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import Message, tool_content
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Reward, Verdict
from ecom_rlve.env.parse import Style
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.shell import Step

TextAgent = Callable[[Sequence[Message]], Awaitable[str]]
"""Returns the next assistant text for the dialogue so far, system prompt first."""
SILENCE = "(The customer says nothing.)"
"""What stands in the customer's place after words they do not react to: an empty chat message is refused by some."""


@dataclass(frozen=True, slots=True)
class TextStep:
    """What one assistant text brought."""

    messages: tuple[Message, ...]
    """Chat messages that go behind the assistant's text; role "tool" or "user"."""
    reward: float | None
    """0.0 while the episode goes on, in [-1, 1] at its end; None if it is invalid through a fault of ours."""
    done: bool
    truncated: bool
    """Over because the turn limit was reached."""

    @property
    def text(self) -> str:
        """The messages' contents, for loops that know only one string an observation."""
        return "\n".join(str(message["content"]) for message in self.messages)


@dataclass(frozen=True, slots=True)
class TextResult:
    """A finished episode."""

    spec: EpisodeSpec
    verdict: Verdict
    messages: tuple[Message, ...]
    """The whole dialogue; the assistant's texts are exactly the agent's, reasoning included."""

    @property
    def reward(self) -> float | None:
        """In [-1, 1]; None if the episode is invalid through a fault of ours, and must not be trained on."""
        return self.verdict.reward.total

    @property
    def components(self) -> Reward:
        """What the reward is made of."""
        return self.verdict.reward


class TextEpisode:
    """One episode after another, as text.

    >>> episode = TextEpisode("cart_building-v0/d0/s7")
    >>> [message["role"] for message in episode.prompt]
    ['system', 'user']
    >>> step = episode.step('{"answer": {"done": true}}')
    >>> step.done, step.reward
    (True, -0.9)
    """

    def __init__(
        self,
        spec: EpisodeSpec | str,
        *,
        style: Style = "json",
        catalog: Catalog | None = None,
        preset: Preset = "gated",
    ) -> None:
        """Begin the episode `spec`.

        Args:
            spec: Its name.
            style: "json": a text is one JSON action. "native": a text holds Hermes `<tool_call>`s, as Qwen3 writes
                them, or is said to the customer.
            catalog: Whose products; the embedded one of 20,000 by default.
            preset: How the reward is composed.

        Raises:
            SpecError: There is no such environment, version, difficulty or axis.
            GenerationError: The catalogue offers no such problem.
        """
        self.env = Env(catalog, preset=preset)
        self.style: Style = style
        self.env.reset(spec)
        self.prompt: tuple[Message, ...] = tuple(self.env.messages(style))
        self._said: list[Message] = list(self.prompt)

    @property
    def tools(self) -> list[dict[str, Any]]:  # Any: JSON Schema
        """The tools as OpenAI functions, for a chat template; empty in JSON style, where the prompt lists them."""
        return self.env.tools() if self.style == "native" else []

    @property
    def messages(self) -> tuple[Message, ...]:
        """The dialogue so far, the assistant's texts as they came."""
        return tuple(self._said)

    @property
    def result(self) -> TextResult:
        """The finished episode; before its end a RuntimeError."""
        verdict = self.env.episode.verdict
        if verdict is None:
            raise RuntimeError(f"{self.env.episode.spec} is not over: {self.env.episode.turns_left} turns are left")
        return TextResult(self.env.episode.spec, verdict, self.messages)

    def step(self, text: str) -> TextStep:
        """Play one assistant text, reasoning in front of it ignored. After the end a RuntimeError."""
        steps = [self.env.step(text)] if self.style == "json" else self.env.play_text(text)
        new = _json_messages(steps) if self.style == "json" else _native_messages(text, steps)
        last = steps[-1]
        self._said += [{"role": "assistant", "content": text}, *new]
        return TextStep(tuple(new), last.reward, last.terminated or last.truncated, last.truncated)


async def run_episode(
    spec: EpisodeSpec | str,
    agent: TextAgent,
    *,
    style: Style = "json",
    catalog: Catalog | None = None,
    preset: Preset = "gated",
) -> TextResult:
    """Play one episode with `agent` and return it; many can run at once in one event loop.

    Args:
        spec: The episode's name.
        agent: Awaited once a turn; what it raises comes through, and nothing is decided about the episode.
        style: As for `TextEpisode`, likewise what follows.
        catalog: Whose products.
        preset: How the reward is composed.

    Raises:
        SpecError: There is no such environment, version, difficulty or axis.
        GenerationError: The catalogue offers no such problem.
    """
    episode = TextEpisode(spec, style=style, catalog=catalog, preset=preset)
    while not episode.env.episode.is_over:
        episode.step(await agent(episode.messages))
    return episode.result


def _json_messages(steps: Sequence[Step]) -> list[Message]:
    return [{"role": "user", "content": step.observation.text()} for step in steps]


def _native_messages(text: str, steps: Sequence[Step]) -> list[Message]:
    if "<tool_call>" not in text:
        seen = steps[-1].observation
        return [{"role": "user", "content": seen.message or seen.notice or SILENCE}]
    return [{"role": "tool", "content": brought(step)} for step in steps]


def brought(step: Step) -> str:
    """Return what one native call brought, as text."""
    seen = step.observation
    return tool_content(seen.results[0] if seen.results else None, seen.message or seen.notice)

"""Playing a trace again without any model: `replay` compares byte for byte, `regrade` only judges anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import TraceError
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.reward import PRESETS, Preset
from ecom_rlve.env.trace import Trace
from ecom_rlve.users.customer import Customer
from ecom_rlve.users.user import User
from ecom_rlve.users.voice import Recorded


@dataclass(frozen=True, slots=True)
class Regraded:
    """A verdict worked out again from the actions alone."""

    spec: str
    recorded: float | None
    found: float | None
    correct: bool
    cause: str
    recorded_correct: bool

    @property
    def agrees(self) -> bool:
        """Whether the verdict is the recorded one, the reward to the last bit."""
        return self.recorded == self.found and self.correct == self.recorded_correct


def replay(trace: Trace, catalog: Catalog) -> str:
    """Play a trace again and return the first difference, in words; empty if there is none.

    Raises:
        TraceError: The trace is of another catalogue.
    """
    _, env = _played(trace, catalog, _preset(trace))
    again = env.trace(str(trace.header["agent"]), cast("Mapping[str, Any]", trace.header["catalog"]))
    return first_difference(trace.lines, again)


def regrade(trace: Trace, catalog: Catalog, preset: Preset | None = None) -> Regraded:
    """Judge a trace anew, perhaps under another reward preset; errors as for `replay`."""
    episode, _ = _played(trace, catalog, preset or _preset(trace))
    verdict = episode.verdict
    assert verdict is not None
    return Regraded(
        spec=str(episode.spec),
        recorded=cast("float | None", trace.end["reward"].get("total")),
        found=verdict.reward.total,
        correct=verdict.is_correct,
        cause=verdict.cause,
        recorded_correct=bool(trace.end.get("correct")),
    )


def first_difference(lines: Sequence[str], again: Sequence[str]) -> str:
    """Return where two traces part, in words; empty if they are equal."""
    for number, (was, now) in enumerate(zip(lines, again, strict=False), start=1):
        if was != now:
            at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
            clip = slice(max(0, at - 30), at + 50)
            return f"line {number}, character {at + 1}: recorded …{was[clip]!r}…, found …{now[clip]!r}…"
    return "" if len(lines) == len(again) else f"recorded {len(lines)} lines, found {len(again)}"


def _preset(trace: Trace) -> Preset:
    preset = trace.header.get("preset")
    if preset not in PRESETS:
        raise TraceError(f"unknown reward preset {preset!r}: known are {', '.join(PRESETS)}")
    return preset


def _customer(trace: Trace) -> User[Any]:
    """Return the customer of a trace; where a model worded it, one that says again what is on record."""
    lines = [trace.opening, *(turn["customer"] for turn in trace.turns if turn["customer"])]
    if not any("words" in line for line in lines):
        return Customer()
    return Recorded(
        [(line["text"], line.get("words", "grammar"), line.get("tries", 0)) for line in lines if line["text"]]
    )


def _played(trace: Trace, catalog: Catalog, preset: Preset) -> tuple[Episode, Env]:
    wanted = trace.header["catalog"].get("fingerprint")
    if wanted != catalog.fingerprint:
        raise TraceError(f"the trace is of catalogue {wanted!r}, this one is {catalog.fingerprint!r}")
    env = Env(catalog, _customer(trace), preset)
    env.reset(str(trace.header["spec"]))
    for line in trace.turns:
        if env.episode.is_over:
            raise TraceError(f"the episode is over before turn {line['turn']} of the trace")
        if "raw" not in line:
            env.step(line["action"])
            continue
        made = line["action"]["tool_calls"]
        if line.get("style") == "native":
            env.play([ToolCall(call["name"], call["args"]) for call in made])
            env.play_text(line["raw"])
            continue
        if len(made) == env.episode.difficulty.B_tool:
            # Called one by one they would close the turn; a turn so full can only have failed at its answer.
            env.step({**json.loads(line["raw"]), "tool_calls": made})
            continue
        for call in made:
            env.call(ToolCall(call["name"], call["args"]))
        env.step(line["raw"])
    if not env.episode.is_over and trace.end["end"] == "invalid":
        env.abandon(str(trace.end.get("detail", "")))
    if not env.episode.is_over:
        raise TraceError(f"the episode is not over after turn {len(trace.turns)} of the trace")
    return env.episode, env

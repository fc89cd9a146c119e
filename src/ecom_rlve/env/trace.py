"""Traces: an episode as JSON lines, versioned and self-contained, with a digest so that a change is found.

One header, the opening, one line a turn, one end. Knows how to write and read them; playing them again is `env.replay`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import ecom_rlve
from ecom_rlve.core.dialogue import Action, dumps
from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.views import Json, to_json
from ecom_rlve.env.chat import action_json
from ecom_rlve.env.episode import Episode, Turn, Verdict
from ecom_rlve.env.reward import Preset
from ecom_rlve.tasks.reveal import Revealed
from ecom_rlve.users.user import Reply

FORMAT = 1
"""Grows when a reader of the old form could not read the new one."""
KINDS = ("header", "opening", "turn", "end")
Line = Mapping[str, Any]  # Any: JSON of a file


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace file says, its form and digest checked."""

    header: Line
    opening: Line
    turns: tuple[Line, ...]
    end: Line
    lines: tuple[str, ...]
    """As written."""


def trace_lines(
    episode: Episode, *, system: str, agent: str, preset: Preset, catalog: Line, goal: Sequence[Revealed] = ()
) -> list[str]:
    """Return the lines of a finished episode's trace.

    Args:
        episode: It must be over.
        system: The system prompt, JSON style.
        agent: Who played, for people.
        preset: The reward preset in force.
        catalog: How to get the catalogue again, and its fingerprint.
        goal: What was wanted, for people.
    """
    if episode.verdict is None or episode.opening is None:
        raise ValueError(f"{episode.spec} is not over: only a finished episode has a trace")
    header: dict[str, Json] = {
        "kind": "header",
        "format": FORMAT,
        "spec": str(episode.spec),
        "catalog": catalog,
        "version": ecom_rlve.__version__,
        "preset": preset,
        "agent": agent,
        "max_turns": episode.max_turns,
        "reference": {name: getattr(episode.reference, name) for name in ("turns", "free", "calls")},
        "system": system,
    }
    lines = [dumps(header), dumps({"kind": "opening", **_reply(episode.opening)})]
    lines.extend(dumps(_turn(turn, number)) for number, turn in enumerate(episode.turns, start=1))
    return sealed([*lines, dumps({"kind": "end", **_verdict(episode.verdict), "goal": list(goal)})])


def live_lines(episode: Episode) -> list[Line]:
    """Return the opening and the turns of an episode that may go on, as its trace will have them.

    Calls of a turn that is still open stand as a last turn without words. Nothing of the goal is in it.
    """
    if episode.opening is None:
        raise ValueError(f"{episode.spec} was never opened")
    opened, turns = episode.open_turn, list(episode.turns)
    if opened.calls:
        turns.append(Turn(Action("", opened.calls), opened.results, episode.world, opened.fired))
    told = (_turn(turn, number) for number, turn in enumerate(turns, start=1))
    return [{"kind": "opening", **_reply(episode.opening)}, *told]


def digest(lines: Sequence[str]) -> str:
    """Return 32 hex digits over lines."""
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def sealed(lines: Sequence[str]) -> list[str]:
    """Return lines with a digest over all of them as the last entry of the last."""
    return [*lines[:-1], _with_digest(lines[-1], digest(lines))]


def _with_digest(end: str, seal: str) -> str:
    return f'{end[:-1]},"digest":"{seal}"}}'


def write_trace(path: Path, lines: Sequence[str]) -> None:
    """Write a trace whole or not at all."""
    write_whole(path, "\n".join(lines) + "\n")


def read_trace(path: Path) -> Trace:
    """Read one trace.

    Raises:
        TraceError: It is missing, truncated, was changed, or has another format; the message says which line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TraceError(f"{path.name}: cannot be read: {error}") from None
    return parse_trace(text.splitlines(), path.name)


def parse_trace(lines: Sequence[str], name: str = "trace") -> Trace:
    """Return the trace that `lines` are; errors as for `read_trace`."""
    read = [_line(text, number, name) for number, text in enumerate(lines, start=1)]
    kinds = [line["kind"] for line in read]
    if not read or kinds[0] != "header":
        raise TraceError(f"{name}: line 1: no header")
    if read[0].get("format") != FORMAT:
        raise TraceError(f"{name}: format {read[0].get('format')!r}; this version reads {FORMAT}")
    if kinds != ["header", "opening", *["turn"] * (len(read) - 3), "end"]:
        raise TraceError(
            f"{name}: truncated or out of order: {len(read)} lines, the last one is {kinds[-1]!r}, not 'end'"
        )
    said = str(read[-1].get("digest"))
    end = lines[-1].removesuffix(_with_digest("}", said)) + "}"
    found = digest([*lines[:-1], end])
    if said != found:
        raise TraceError(f"{name}: changed: digest is {found}, the trace says {said!r}")
    return Trace(read[0], read[1], tuple(read[2:-1]), read[-1], tuple(lines))


def _line(text: str, number: int, name: str) -> Line:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise TraceError(f"{name}: line {number}: no JSON ({error})") from None
    if not isinstance(value, dict) or cast("dict[str, Any]", value).get("kind") not in KINDS:
        raise TraceError(f"{name}: line {number}: no line of a trace: {text[:80]!r}")
    return cast("Line", value)


def _reply(reply: Reply) -> dict[str, Json]:
    out: dict[str, Json] = {
        "act": reply.act,
        "text": reply.text,
        "said": [list(slot) for slot in reply.said],
        "settled": [list(slot) for slot in reply.settled],
    }
    return {**out, "words": reply.words, "tries": reply.tries} if reply.words != "grammar" else out


def _turn(turn: Turn, number: int) -> dict[str, Json]:
    out: dict[str, Json] = {"kind": "turn", "turn": number}
    if turn.raw is not None:
        out["raw"] = turn.raw
        if turn.native:
            out["style"] = "native"
    out["action"] = action_json(turn.action)
    out["results"] = [{"name": r.name, "result": r.json()} for r in turn.results]
    if turn.fired:
        out["events"] = [{"kind": e.kind, "request": e.request} for e in turn.fired]
    out["customer"] = None if turn.reply is None else _reply(turn.reply)
    out["world"] = turn.world.digest()
    return out


def _verdict(verdict: Verdict) -> dict[str, Json]:
    reward = cast("dict[str, Json]", to_json(verdict.reward))
    out: dict[str, Json] = {"end": verdict.end, "correct": verdict.is_correct, "reward": {"total": None, **reward}}
    if verdict.cause:
        out["cause"] = verdict.cause
    if verdict.flags:
        out["flags"] = list(verdict.flags)
    if verdict.detail:
        out["detail"] = verdict.detail
    if verdict.score is not None and verdict.score.faults:
        out["faults"] = [to_json(fault) for fault in verdict.score.faults]
    return out

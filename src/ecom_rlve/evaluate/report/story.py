"""A finished episode as a reader sees it: who said what, what was looked up, how the cart grew, what it was worth.

Made from the lines of its trace alone. Knows no HTML, no task and no catalogue.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.core.views import Json
from ecom_rlve.env.reward import W_EFF, W_HALL, W_TASK
from ecom_rlve.evaluate.report.results import (
    Block,
    Rows,
    arguments,
    blocks,
    headline,
    is_object,
    objects,
    printed,
    titles_in,
)
from ecom_rlve.evaluate.report.words import field, words
from ecom_rlve.evaluate.runs import Outcome

Line = Mapping[str, Any]  # Any: JSON of a trace
_ONE_LINE = 90
"""Characters of JSON that are written without line breaks."""


@dataclass(frozen=True, slots=True)
class CallShown:
    name: str
    summary: str
    """The arguments in one line."""
    args: str
    """The arguments as JSON, indented where they are long; empty where there are none."""
    headline: str
    error: str
    """The sentence of a refusal; empty where the shop did what was asked."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the customer did and said."""

    act: str
    meaning: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnShown:
    number: int
    calls: tuple[CallShown, ...]
    message: str
    answer: str
    """What was handed in, as JSON; empty if nothing was."""
    raw: str
    """What could not be read as an action."""
    events: tuple[str, ...]
    before: Rows | None
    """The cart before this turn, where the turn changed one that held something."""
    cart: Rows | None
    """The cart after this turn, where the turn changed it."""
    subtotal: str
    customer: Spoken | None


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the way from nothing to the reward."""

    name: str
    weight: float
    value: float
    start: float
    """Sum of the parts before."""

    @property
    def worth(self) -> float:
        """What it adds to the reward."""
        return self.weight * self.value


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of the things that would have been right."""

    noun: str
    title: str
    facts: tuple[str, ...]
    more: tuple[tuple[str, str], ...]
    """Whatever else the trace tells of it, with labels."""


@dataclass(frozen=True, slots=True)
class VerdictShown:
    end: str
    cause: str
    explanation: str
    """The cause in one sentence."""
    remarks: tuple[str, ...]
    detail: str
    total: str
    parts: tuple[Part, ...]
    """Empty where the reward is not the sum of its parts: after a hard failure, or if the episode is invalid."""
    counts: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...]
    """What the verdict found wrong, and the product that would have been right."""
    goal: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Story:
    outcome: Outcome
    opening: Spoken
    turns: tuple[TurnShown, ...]
    max_turns: int
    verdict: VerdictShown
    again: str
    """The command that shows it again; empty where the agent is no built-in one."""
    raw: tuple[tuple[Json, ...], ...]
    """The results of every call, turn by turn, as the trace has them."""

    @property
    def key(self) -> str:
        """A name for the episode that may stand in an address."""
        trial = f".t{self.outcome.trial}" if self.outcome.trial else ""
        return f"{self.outcome.agent}.{self.outcome.spec}{trial}".replace("/", ".").replace("?", ".").replace("&", ".")

    @property
    def result(self) -> str:
        """One of passed, failed, invalid."""
        return "invalid" if self.outcome.reward is None else "passed" if self.outcome.correct else "failed"


def story(outcome: Outcome) -> Story:
    """Return the story of an episode that was played with its trace; without one, ValueError."""
    if not outcome.lines:
        raise ValueError(f"{outcome.spec} by {outcome.agent} has no trace: play it with traced=True")
    header, opening, *turns, end = (json.loads(line) for line in outcome.lines)
    teller = _Teller()
    shown = tuple(teller.turn(turn) for turn in turns)
    raw = tuple(tuple(result["result"] for result in turn["results"]) for turn in turns)
    return Story(
        outcome=outcome,
        opening=_spoken(opening),
        turns=shown,
        max_turns=header["max_turns"],
        verdict=told_verdict(end, teller.titles),
        again=_again(outcome, header["catalog"]),
        raw=raw,
    )


def told_turns(turns: Sequence[Line]) -> tuple[TurnShown, ...]:
    """Return the turns of a trace as a reader sees them; of an episode that may go on, too."""
    teller = _Teller()
    return tuple(teller.turn(turn) for turn in turns)


def _again(outcome: Outcome, catalog: Line) -> str:
    if outcome.agent not in PLAYERS:
        return ""
    where = ["--catalog", str(catalog["path"])] if "path" in catalog else ["--size", str(catalog.get("size", ""))]
    return shlex.join(["ecom-rlve", "play", str(outcome.spec), "--watch", outcome.agent, *(where if where[1] else [])])


class _Teller:
    """Tells one turn after another; remembers what ids stand for, and the cart."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.cart: Json = []
        self.shown: Rows | None = None
        """The cart as it was last shown."""

    def turn(self, turn: Line) -> TurnShown:
        action = turn["action"]
        calls = tuple(self._call(c, r) for c, r in zip(action["tool_calls"], turn["results"], strict=True))
        before = self.shown
        cart, subtotal = self._cart_if_changed([r["result"] for r in turn["results"]])
        answer: dict[str, Json] = dict(action["answer"] or {})
        answer.pop("done", None)
        return TurnShown(
            number=turn["turn"],
            calls=calls,
            message=action["assistant_message"],
            answer="" if action["answer"] is None else json.dumps(answer, ensure_ascii=False),
            raw=turn.get("raw", ""),
            events=tuple(words().events.get(e["kind"], e["kind"]) for e in turn.get("events", [])),
            before=before if cart is not None and before is not None and before.rows else None,
            cart=cart,
            subtotal=subtotal,
            customer=_spoken(turn["customer"]) if turn["customer"] and turn["customer"]["text"] else None,
        )

    def _call(self, call: Line, result: Line) -> CallShown:
        brought: Json = result["result"]
        summary = arguments(call["args"], self.titles)
        self.titles.update(titles_in(brought))
        refused = is_object(brought) and "error" in brought
        return CallShown(
            name=call["name"],
            summary=summary,
            args=_pretty(call["args"]),
            headline=headline(brought),
            error=str(brought["message"]) if is_object(brought) and refused else "",
            blocks=() if refused else blocks(brought),
        )

    def _cart_if_changed(self, results: Sequence[Json]) -> tuple[Rows | None, str]:
        pages = [r for r in results if is_object(r) and "lines" in r and "subtotal" in r]
        if not pages or pages[-1]["lines"] == self.cart:
            return None, ""
        self.cart = pages[-1]["lines"]
        table = next((block for block in blocks(pages[-1]) if isinstance(block, Rows)), Rows("lines", (), (), ()))
        self.shown = table
        return table, printed("subtotal", pages[-1]["subtotal"])


def _pretty(args: Json) -> str:
    short = json.dumps(args, ensure_ascii=False)
    return "" if not args else short if len(short) <= _ONE_LINE else json.dumps(args, indent=2, ensure_ascii=False)


def _spoken(reply: Line) -> Spoken:
    return Spoken(reply["act"], words().acts.get(reply["act"], ""), reply["text"])


def told_verdict(end: Line, titles: Mapping[str, str]) -> VerdictShown:
    """Return the verdict of a trace's last line, in words.

    Args:
        end: The line, read.
        titles: What the ids that the episode showed stand for.
    """
    cause = str(end.get("cause", ""))
    reward: Mapping[str, Any] = end["reward"]
    return VerdictShown(
        end=words().ends.get(end["end"], end["end"]),
        cause=cause,
        explanation=words().causes.get(cause, ""),
        remarks=tuple(words().flags.get(flag, flag) for flag in end.get("flags", [])),
        detail=str(end.get("detail", "")),
        total="invalid" if reward["total"] is None else signed(reward["total"]),
        parts=_parts(reward),
        counts=_counts(reward),
        faults=tuple(_fault(fault, titles) for fault in end.get("faults", [])),
        goal=tuple(_wanted(thing) for thing in objects(end.get("goal", []))),
    )


def signed(value: float) -> str:
    """Write a reward with its sign and three decimals, with a minus sign as printers set it; zero has none."""
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if text in ("+0.000", "−0.000") else text


def _parts(reward: Mapping[str, Any]) -> tuple[Part, ...]:
    weighted = (("task", W_TASK, "r_task"), ("efficiency", W_EFF, "r_eff"), ("grounding", W_HALL, "r_hall"))
    parts: list[Part] = []
    for name, weight, key in weighted:
        parts.append(Part(name, weight, reward[key], sum(part.worth for part in parts)))
    total = reward["total"]
    adds_up = total is not None and abs(sum(part.worth for part in parts) - total) < 1e-9
    return tuple(parts) if adds_up else ()


def _counts(reward: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    subscores: Mapping[str, float] = reward.get("parts") or {}
    scores = [("raw score", signed(reward["raw"]))]
    scores += [(name.replace("_", " "), f"{value:.3f}") for name, value in subscores.items()]
    named = (
        ("turns", "turns"), ("free_turns", "of them free"), ("calls", "tool calls"), ("unseen_ids", "ids made up"),
    )  # fmt: skip
    return (*scores, *((label, str(reward[key])) for key, label in named))


def _fault(fault: Line, titles: Mapping[str, str]) -> tuple[str, str]:
    meant = str(fault.get("product_id") or "")
    right = f"{titles.get(meant, 'a product never shown')} ({meant})" if meant else ""
    about = ", ".join(field(topic).label for topic in fault.get("topics", []))
    said = words().causes.get(fault["cause"], fault["cause"])
    return (said, " · ".join(part for part in (right, about) if part))


def _wanted(thing: Mapping[str, Json]) -> Wanted:
    facts = thing.get("facts")
    told = tuple(str(fact) for fact in facts) if isinstance(facts, (list, tuple)) else ()
    more = tuple(
        (field(name).label, printed(name, value))
        for name, value in thing.items()
        if name not in ("noun", "title", "facts") and value not in (None, "", [])
    )
    return Wanted(str(thing.get("noun", "")), str(thing.get("title", "")), told, more)

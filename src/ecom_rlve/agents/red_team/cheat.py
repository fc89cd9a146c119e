"""What a cheat is: a script of moves over what every agent sees, and the few things that all of them do.

Knows no environment by name: forms are filled by the answer's field types alone. A script that has ended begins anew,
for where a submission is not the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from dataclasses import MISSING, fields
from functools import cache
from typing import get_type_hints

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.filling import Pick, arguments, filled, kinds, looks
from ecom_rlve.core.dialogue import Action, Observation, ToolCall, ToolResult
from ecom_rlve.core.ids import prefix_of
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.core.views import Json, shown_ids

Script = Generator[Move, Observation, None]
"""Moves out, observations in."""


class Cheat(ABC):
    """Plays its script again and again; its class docstring says what it tries."""

    name: str = ""
    cheated = True
    """Whether it has tried what it is for in this episode; where not, its play tells nothing."""

    @classmethod
    def what(cls) -> str:
        """Return what it tries."""
        return " ".join((cls.__doc__ or "").split())

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first move of a new episode."""
        self.briefing = briefing
        self.rng: Stream = stream(briefing.seed, "agent", self.name)
        self.results: list[ToolResult] = []
        self.submissions = 0
        self.words = opening.message
        self._script = self.script()
        return next(self._script)

    def act(self, observation: Observation) -> Move:
        """Return the next move."""
        self.results.extend(observation.results)
        self.words = observation.message or self.words
        try:
            return self._script.send(observation)
        except StopIteration:
            self._script = self.script()
            return next(self._script)

    @abstractmethod
    def script(self) -> Script:
        """Yield the moves; at least one."""

    def calls(self, *wanted: ToolCall) -> Script:
        """Make calls, as many in a turn as allowed; no turn where there are none."""
        count = self.briefing.calls_a_turn
        for i in range(0, len(wanted), count):
            yield Action("", wanted[i : i + count])

    def look(self, words: str = "") -> Script:
        """Look up what an answer needs, with the customer's own words if no others are given."""
        yield from self.calls(*looks(self.briefing.answer_type, words or self.words))

    def shown(self, kind: str) -> list[str]:
        """Return the ids of a kind (a prefix) that were shown, in the order in which they were."""
        ids = dict.fromkeys(i for r in self.results if r.ok for i in shown_ids(r.view))
        return [i for i in ids if prefix_of(i) == kind]

    def wants(self, kind: str) -> bool:
        """Whether an answer holds ids of a kind; products are also what an answer without ids is about."""
        return kind in (kinds(self.briefing.answer_type) or ["P"])

    def filled(self, pick: Pick | None = None) -> dict[str, Json]:
        """Return an answer picked from what was shown, the first of everything if nothing else is said."""
        return filled(self.briefing.answer_type, self.results, pick or first)

    def given(self, tool: str, ids: Sequence[str], pick: Pick | None = None) -> ToolCall | None:
        """Return a call of `tool` with `ids`, or None where one that it needs is missing."""
        args = arguments(tool, ids, self.words, pick or first)
        return None if args is None else ToolCall(tool, args)

    def submit(self, values: dict[str, Json]) -> Move:
        """Return the submission of an answer; a whole number that it needs counts submissions."""
        self.submissions += 1
        numbers = dict.fromkeys(whole_numbers(self.briefing.answer_type), self.submissions)
        return {"answer": {**numbers, **values, "done": True}}

    def spelled(self, change: Callable[[str], str]) -> dict[str, Json]:
        """Return an answer from what was shown, every id and word of it rewritten by `change`."""
        return {name: _changed(value, change) for name, value in self.filled().items()}


def first(options: Sequence[str]) -> str:
    """Return the first option."""
    return options[0]


def last(options: Sequence[str]) -> str:
    """Return the last option."""
    return options[-1]


@cache
def whole_numbers(answer_type: type) -> tuple[str, ...]:
    """Return the fields of an answer that need a whole number."""
    hints = get_type_hints(answer_type)
    return tuple(f.name for f in fields(answer_type) if hints[f.name] is int and f.default is MISSING)


def _changed(value: Json, change: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return change(value)
    return [_changed(item, change) for item in value] if isinstance(value, list) else value

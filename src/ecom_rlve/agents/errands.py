"""One errand after another: lets an agent that knows one matter serve a customer with several.

Reads the customer's counting ("my second thing: …"), and puts the number to every submission. Sees observations only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Protocol, cast

from ecom_rlve.agents.agent import Agent, Briefing, Move
from ecom_rlve.core.dialogue import Observation

LEG: Final = "leg"
"""The field of an answer that says which errand it settles."""
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
_COUNTED: Final = re.compile(rf"\b({'|'.join(_ORDINALS)}) (?:thing|point|matter|request)\b", re.IGNORECASE)

_BETWEEN: Final = re.compile(
    r"\b(?:wait|hold on|hang on|stop|jump|interrupt\w*|excuse me|urgent|before|first)\b", re.IGNORECASE
)
"""Words by which an errand comes between, rather than next."""


class OneMatter(Protocol):
    """What serves one errand; as `Agent`, without a name."""

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first turn."""
        ...

    def act(self, observation: Observation) -> Move:
        """Return the next turn."""
        ...


def has_errands(briefing: Briefing) -> bool:
    """Whether answers carry the number of an errand."""
    return any(f.name == LEG for f in fields(briefing.answer_type))


@dataclass(slots=True)
class _Open:
    """An errand brought up and not settled."""

    number: int
    server: OneMatter
    waiting: Observation | None = None
    """What its server has not been told yet, because another errand came between."""


class OneByOne:
    """Serves errand after errand, the one brought up last first.

    Args:
        serve: Makes what serves an errand, from its opening words.
    """

    def __init__(self, serve: Callable[[str], OneMatter]) -> None:
        self.serve = serve

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first turn."""
        self.briefing = briefing
        self.open: list[_Open] = []
        self.raised = 0
        self.submitted = False
        _, words = self._split(opening.message)
        return self._bring_up(replace(opening, message=opening.message if words is None else words))

    def act(self, observation: Observation) -> Move:
        """Return the next turn."""
        before, words = self._split(observation.message)
        submitted, self.submitted = self.submitted, False
        if words is not None:
            if submitted and not _BETWEEN.search(observation.message[: -len(words)]):
                self.open.pop()
            elif self.open:
                self.open[-1].waiting = replace(observation, message=before)
            return self._bring_up(replace(observation, message=words, results=()))
        if submitted and len(self.open) > 1 and _COUNTED.search(observation.message):
            self.open.pop()
            held = self.open[-1].waiting or replace(observation, results=())
            observation = replace(held, turns_left=observation.turns_left)
        self.open[-1].waiting = None
        return self._numbered(self.open[-1].server.act(observation))

    def _split(self, message: str) -> tuple[str, str | None]:
        """Return the words before a new errand is brought up, and those that bring it up, if any do."""
        for match in _COUNTED.finditer(message):
            if _ORDINALS.index(match[1].lower()) + 1 > self.raised:
                begin = max(message.rfind(sign, 0, match.start()) for sign in ".!?") + 1
                return message[:begin].strip(), message[match.end() :].lstrip(" :.,!?")
        return message, None

    def _bring_up(self, opening: Observation) -> Move:
        self.raised += 1
        server = self.serve(opening.message)
        self.open.append(_Open(self.raised, server))
        return self._numbered(server.begin(self.briefing, opening))

    def _numbered(self, move: Move) -> Move:
        """Return a turn with the errand's number in its submission."""
        if not isinstance(move, Mapping) or not move.get("answer"):
            return move
        self.submitted = True
        answer = cast("Mapping[str, Any]", move["answer"])  # Any: JSON
        return {**move, "answer": {**answer, LEG: self.open[-1].number}}


class ByErrand:
    """An agent for one matter, and for several one after another where a customer has several.

    Args:
        make: Makes the agent for one matter.
    """

    def __init__(self, make: Callable[[], Agent]) -> None:
        self.make = make
        self.name = make().name

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.server: OneMatter = OneByOne(lambda _: self.make()) if has_errands(briefing) else self.make()
        return self.server.begin(briefing, opening)

    def act(self, observation: Observation) -> Move:
        return self.server.act(observation)

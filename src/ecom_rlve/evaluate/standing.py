"""How far an evaluation is: episodes, passes, tokens and the traffic of an endpoint, counted as outcomes come in.

Knows no display and no journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.evaluate.runs import Outcome


@dataclass(slots=True)
class Standing:
    """How far an evaluation is, for a display."""

    at_most: int
    found: int
    """Episodes that an earlier process had finished."""
    done: int = 0
    passed: int = 0
    invalid: int = 0
    usage: Usage = field(default_factory=Usage)
    cells: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict[tuple[str, int], tuple[int, int]])
    """(passed, valid) by environment and difficulty."""
    traffic: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the client of an endpoint is doing, by name."""

    def count(self, outcome: Outcome) -> None:
        """Count a finished episode."""
        self.done += 1
        self.passed += outcome.correct
        self.invalid += outcome.reward is None
        self.usage += outcome.usage
        key = (outcome.spec.env, outcome.spec.difficulty)
        passed, valid = self.cells.get(key, (0, 0))
        self.cells[key] = (passed + outcome.correct, valid + (outcome.reward is not None))

    def forget_unanswered(self) -> None:
        """Take an unanswered episode back out: it is played again. Its tokens stay counted, they were paid for."""
        self.done -= 1
        self.invalid -= 1

"""The goal-blind expert at questions about the shop's rules: reads the section, asks what it turns on, applies it.

Sees observations only: what a passage demands and what the customer said is read from their words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.circumstances import Reading, hear, question_about, read_passage
from ecom_rlve.agents.skill import FULL, Skill
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.context import Today
from ecom_rlve.tools.policy import Passage, PolicyPage

ASKED_AT_ONCE: Final = 2
ASKED_AT_MOST: Final = 2
"""How often the same thing is asked for."""
_QUESTION: Final = re.compile(r"[^.!?]*\?")
_LAST_DAY: Final = re.compile(r"(\d+) days? after the day of delivery")
_AMOUNT: Final = re.compile(r"\$(\d+)|(\d+) (days?|months?|percent|points?|guests?)")
_TRUTH: Final = re.compile(
    r"\b(accepted|refused|possible|free|cancelled|covers?|provided|matched|combined|given)\b", re.IGNORECASE
)
_DENIED: Final = re.compile(r"\b(?:refused|not|cannot|no longer)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"(?:paid by the|made as|changed by|takes effect) (.+)$")
SINCE: Final = "days_since_delivery"


class PolicyExpert:
    """Answers policy questions."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.calls_a_turn = briefing.calls_a_turn
        self.heard = [opening.message]
        self.rules: tuple[Reading, ...] = ()
        self.asked: dict[str, int] = {}
        self.questions = 0
        self.today: date | None = None
        asked = _QUESTION.findall(opening.message)
        query = (asked[-1] if asked else opening.message).strip()[:500]
        return Action("", (ToolCall("policy.search", {"query": query or "policy"}),))

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            if isinstance(result.view, PolicyPage) and not self.rules:
                self._read(result.view.passages)
            elif isinstance(result.view, Today):
                self.today = date.fromisoformat(result.view.date)
        if observation.message:
            self.heard.append(observation.message)
        known = self._known()
        able = observation.turns_left > 2 and self.questions < self.skill.questions
        wanted = self._unknown(known) if able else []
        if wanted:
            self.questions += 1
            for name in wanted:
                self.asked[name] = self.asked.get(name, 0) + 1
            return Action(f"Could you tell me {' and '.join(question_about(name) for name in wanted)}?")
        if self.today is None and self._is_date() and observation.turns_left > 1:
            return Action("", (ToolCall("datetime.now", {}),))
        return {"answer": {**self._answer(known), "done": True}}

    def _read(self, passages: Sequence[Passage]) -> None:
        section = passages[0].section if passages else ""
        mine = [p for p in passages if p.section == section][: self.skill.passages]
        self.rules = tuple(read_passage(p.passage_id, p.text) for p in mine)

    def _is_date(self) -> bool:
        return any(_LAST_DAY.search(rule.said) for rule in self.rules)

    def _names(self) -> list[str]:
        since = [SINCE] if self._is_date() else []
        return list(dict.fromkeys([*(name for rule in self.rules for name in rule.names()), *since]))

    def _known(self) -> dict[str, str | int]:
        known: dict[str, str | int] = {}
        for words in self.heard:
            known.update(hear(words, self._names(), reads_typos=self.skill.reads_typos))
        return known

    def _unknown(self, known: dict[str, str | int]) -> list[str]:
        """Return what to ask for next: circumstances that could still matter."""
        open_rules = [rule for rule in self.rules if rule.applies(known) is None]
        mattering = [name for rule in open_rules for name in rule.names()]
        since = [SINCE] if self._is_date() else []
        names = dict.fromkeys([*mattering, *since])
        return [n for n in names if n not in known and self.asked.get(n, 0) < ASKED_AT_MOST][:ASKED_AT_ONCE]

    def _answer(self, known: dict[str, str | int]) -> dict[str, str | int | float]:
        applying = [rule for rule in self.rules if rule.applies(known)] or list(self.rules[:1])
        outranked = {passage for rule in applying for passage in rule.before}
        deciding = next((rule for rule in applying if rule.passage_id not in outranked), None)
        if deciding is None:
            return {}
        return {**self._value(deciding.said, known), "passage_id": deciding.passage_id}

    def _value(self, said: str, known: dict[str, str | int]) -> dict[str, str | int | float]:
        last_day, amount, word = _LAST_DAY.search(said), _AMOUNT.search(said), _WORD.search(said)
        if last_day:
            passed = known.get(SINCE, 0)
            days = int(last_day[1]) - (passed if isinstance(passed, int) else 0)
            return {"value": ((self.today or date.min) + timedelta(days=days)).isoformat()}
        if amount:
            return {"value": int(amount[1] or amount[2]), "unit": "USD" if amount[1] else amount[3]}
        if word and not _TRUTH.search(word[1]):
            return {"value": word[1]}
        return {"value": "no" if _DENIED.search(said) else "yes"}

"""The goal-blind expert at substitution: finds what is sold out, then weighs likeness to it and softer wishes.

Rules over observations only. Likeness and wishes count 60 to 40, whatever the customer's own weights are.
"""

from __future__ import annotations

import re
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.listening import Limit
from ecom_rlve.agents.shortlist_expert import PAGE, ShortlistExpert
from ecom_rlve.core.attributes import attribute, attributes
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.catalog import Card, SearchPage

LIKENESS: Final = 0.6
_QUOTED: Final = re.compile(r"\bsold-out (?!one\b)(.+)", re.DOTALL)
_LABELS: Final = {a.label: name for name, a in attributes().items() if a.kind == "number"}
_NUMBER_WISH: Final = re.compile(
    rf"\ba ({'|'.join(_LABELS)}) of at (most|least) \$?(\d+(?:\.\d+)?)(?: (?!and\b)[A-Za-z]+)?",
    re.IGNORECASE,
)
ON_CARDS: Final = ("rating", "delivery_days")


class SubstitutionExpert(ShortlistExpert):
    """Finds alternatives and ranks them by likeness and wishes."""

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.original = self.quoting = ""
        self.wishes: dict[str, Limit] = {}
        self.meets: dict[str, set[str]] = {}
        self.pending: list[str] = []
        return super().begin(briefing, opening)

    def hear_opening(self, message: str) -> None:
        quoted = _QUOTED.search(message)
        if quoted is None:
            super().hear_opening(message)
            return
        self.quoting = message
        super().hear_opening(message[: quoted.start()])

    def _next(self, turns_left: int) -> Move:
        quoted = _QUOTED.search(self.quoting)
        if quoted is not None and self.known.category and turns_left > 1:
            query, filters = quoted[1][:120], {"category": self.known.category}
            return Action("", (ToolCall("catalog.search", {"query": query, "filters": filters}),))
        return super()._next(turns_left)

    def see(self, view: object) -> None:
        if not isinstance(view, SearchPage):
            super().see(view)
        elif self.quoting:
            named = [card for card in view.results if card.title in self.quoting]
            message, self.quoting = self.quoting, ""
            if named:
                self.original = named[0].product_id
                message = message.replace(named[0].title, "one")
            self.learn(message)
        elif (name := self.pending.pop(0) if self.pending else "") != "":
            self.meets[name] = {card.product_id for card in view.results}
        else:
            super().see(view)

    def learn(self, message: str) -> bool:
        before = dict(self.wishes)
        for label, end, value in _NUMBER_WISH.findall(message):
            self.wishes[_LABELS[label.lower()]] = {"max" if end == "most" else "min": float(value)}
        message = _NUMBER_WISH.sub("that", message)
        for name, said, words in self._word_wishes():
            at = message.lower().find(words.lower())
            if at >= 0:
                self.wishes[name] = {"eq": said}
                message = f"{message[:at]}that{message[at + len(words) :]}"
        if before != self.wishes:
            self.meets = {}
        known = (dict(self.known.limits), dict(self.known.values))
        learnt = super().learn(message)
        if known != (self.known.limits, self.known.values):
            self.meets = {}
        return learnt or before != self.wishes

    def _word_wishes(self) -> list[tuple[str, str, str]]:
        """Return (attribute, value, words) of every wish that can be said with a word."""
        leaf = self.ear.taxonomy.leaves[self.known.category]
        shown = [(name, attribute(name).show(value)) for name, values in leaf.attributes.items() for value in values]
        words = [(name, said, f"{said} as the {attribute(name).label}") for name, said in shown]
        return sorted(words, key=lambda wish: -len(wish[1]))

    def missing(self) -> list[tuple[str, str]]:
        able = [
            ("wishes", "what would be nice to have", not self.wishes),
            ("price", "what your budget is", "price" not in self.known.limits),
        ]
        return [(topic, question) for topic, question, open_ in able if open_]

    def first_looks(self) -> list[ToolCall]:
        if self.visits is None and self.known.days_ago is not None:
            return [ToolCall("user.get_visit_history", {})]
        return []

    def _calls(self) -> list[ToolCall]:
        calls = super()._calls()
        tags = ["" for call in calls if call.name == "catalog.search"]
        for name, condition in self.wishes.items():
            if name not in self.meets and name not in ON_CARDS:
                filters = {**self._filters(), name: condition}
                calls.append(ToolCall("catalog.search", {"filters": filters, "top_k": PAGE}))
                tags.append(name)
        self.pending = tags
        return calls

    def _turns_needed(self) -> int:
        due = sum(name not in self.meets and name not in ON_CARDS for name in self.wishes) if self.wishes else 2
        looks = (not self.searched) + due + (self.visits is None and self.known.days_ago is not None)
        return 2 + -(-looks // self.calls_a_turn)

    def like(self) -> str:
        return self.original or self.visited()

    def worth(self, card: Card) -> float:
        met = sum(self._meets(card, name, wish) for name, wish in self.wishes.items())
        share = met / len(self.wishes) if self.wishes else 0.0
        alike = (self.alike or {}).get(card.product_id, 0.0)
        return LIKENESS * alike + (1 - LIKENESS) * share if card.product_id != self.like() else -1.0

    def _meets(self, card: Card, name: str, wish: Limit) -> bool:
        if name == "rating":
            return card.rating >= float(wish.get("min", 0))
        if name == "delivery_days":
            return card.delivery_days <= float(wish.get("max", 99))
        return card.product_id in self.meets.get(name, ())

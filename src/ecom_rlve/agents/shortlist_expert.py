"""What goal-blind experts at short lists share: listen, ask, look everything up, compare, hand in, mend.

Rules over observations only. What a product is worth, and what to ask for, is each expert's own.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.listening import NUMBER_WORDS, Heard, Limit, listener_for
from ecom_rlve.agents.skill import FULL, Asked, Skill
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.catalog import Card, Reranked, SearchPage
from ecom_rlve.tools.context import VisitEntry, VisitPage

PAGE: Final = 50
MOST_QUESTIONS: Final = 2
"""A fixed skill: more is not asked, however much a customer leaves unsaid."""
NOTHING_MORE: Final = re.compile(
    r"\b(?:nothing (?:else|more)|that'?s (?:all|it|everything|really all)|that is (?:all|everything)|this is all|"
    r"know (?:all|everything)|no more|can'?t think)\b|^no\b",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten)\b(?! days?)", re.IGNORECASE)
_VISIT: Final = re.compile(r"\b(?:yesterday|earlier today|[\w-]+ (?:days?|weeks?) ago)\b", re.IGNORECASE)
_NAME: Final = r"(?:[A-Z][\w'’-]*|&)"
_BY_BRAND: Final = re.compile(rf"\b(?:by|from) {_NAME}(?: {_NAME})*")


@dataclass(slots=True)
class Known:
    """What the customer wants, as far as the expert has understood."""

    category: str = ""
    k: int = 3
    days_ago: int | None = None
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    values: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""
    """All the customer's words."""


class ShortlistExpert(ABC):
    """Finds what meets every limit and ranks it; subclasses say by what."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.calls_a_turn = briefing.calls_a_turn
        self.ear = listener_for(briefing.taxonomy, reads_typos=self.skill.reads_typos)
        self.known = Known()
        self.cards: dict[str, Card] = {}
        self.visits: tuple[VisitEntry, ...] | None = None
        self.alike: dict[str, float] | None = None
        self.sold_out: set[str] = set()
        self.asked: set[str] = set()
        self.searched = self.told_all = self.asked_more = False
        self.loosened = self.questions = 0
        self.hear_opening(opening.message)
        return self._next(opening.turns_left)

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            self.see(result.view)
        if observation.message:
            self.hear(observation.message)
        return self._next(observation.turns_left)

    # What comes in.

    def hear_opening(self, message: str) -> None:
        """Take in the first words: what kind of thing, how many, and whatever else."""
        told = [heard for heard in self.ear.listen(message) if heard.category]
        if not told:
            return
        known = self.known
        known.category = told[0].category
        count = _COUNT.search(message)
        known.k = NUMBER_WORDS[count[1].lower()] if count else known.k
        self.learn(message)

    def learn(self, message: str) -> bool:
        """Take over what a message says of the thing wanted; tell whether any of it was new."""
        known = self.known
        before = (dict(known.limits), dict(known.values), known.days_ago)
        known.text = f"{known.text} {message}"
        days = self.ear.about(known.category, Heard("", message)).days_ago
        mine = self.ear.about(known.category, Heard("", self._bare(message)))
        known.limits.update({name: _natural(name, asked) for name, asked in mine.limits.items()})
        known.values.update({name: values[-1] for name, values in mine.values.items()})
        known.days_ago = days if days is not None else known.days_ago
        if before[:2] != (known.limits, known.values):
            self.cards, self.searched, self.alike, self.loosened = {}, False, None, 0
        return before != (known.limits, known.values, known.days_ago)

    def _bare(self, message: str) -> str:
        """Return a message without names of brands and of the thing itself, and without visits: they are no wishes."""
        leaf = self.ear.taxonomy.leaves[self.known.category]
        for name in (leaf.many, leaf.plural, leaf.one, leaf.noun):
            message = re.sub(rf"\b{re.escape(name)}\b", "things", message, flags=re.IGNORECASE)
        return _BY_BRAND.sub("by somebody", _VISIT.sub("then", message))

    def hear(self, message: str) -> None:
        """Take in a reply: news of what sold out, limits, wishes."""
        for card in list(self.cards.values()):
            if card.title in message:
                self.sold_out.add(card.product_id)
                message = message.replace(card.title, "it")
        if not self.known.category:
            self.hear_opening(message)
            return
        learnt = self.learn(message)
        if self.asked_more and (not learnt or NOTHING_MORE.search(message)):
            self.told_all = True
        self.asked_more = False

    def see(self, view: object) -> None:
        """Take note of what a tool shows."""
        if isinstance(view, SearchPage):
            self.searched = True
            leaf = self.ear.taxonomy.leaves.get(self.known.category)
            self.cards.update(
                {card.product_id: card for card in self.skill.read(view.results, self._wanted()[1], leaf)}
            )
        elif isinstance(view, VisitPage):
            self.visits = view.visits
        elif isinstance(view, Reranked):
            self.alike = {scored.product_id: scored.score for scored in view.results}

    # What goes out.

    def _next(self, turns_left: int) -> Move:
        if not self.known.category:
            if turns_left <= 1 or self.questions >= self.skill.questions:
                return self.submission()
            self.questions += 1
            return Action("What are you looking for?")
        if turns_left <= 1:
            return self.submission()
        question = self._question(turns_left)
        if question:
            return Action(question)
        calls = self._calls()[: self.calls_a_turn]
        return Action("", tuple(calls)) if calls else self.submission()

    def _question(self, turns_left: int) -> str:
        """Return what to ask now: what this kind of job needs to know, then whatever else there is."""
        spare = turns_left - self._turns_needed()
        if self.questions >= min(MOST_QUESTIONS, self.skill.questions):
            return ""
        open_ = [(topic, text) for topic, text in self.missing() if topic not in self.asked][:2]
        if open_ and spare > 0 and not self.questions:
            self.questions += 1
            self.asked |= {topic for topic, _ in open_}
            return f"May I ask {' and '.join(text for _, text in open_)}?"
        if not self.told_all and spare > 1:
            self.questions += 1
            self.asked_more = True
            return "Is there anything else I should know about what you want?"
        return ""

    def _turns_needed(self) -> int:
        """Return how many turns the known work takes at least, the submission included."""
        looks = (not self.searched) + (self.visits is None)
        return 1 + -(-looks // self.calls_a_turn) + (self.alike is None)

    def _calls(self) -> list[ToolCall]:
        """Return the calls that are due and do not depend on each other."""
        calls = self.first_looks()
        if not self.searched:
            calls.append(self._search())
        if calls:
            return calls
        if not self.cards and self.loosened < 2:
            self.loosened += 1
            return [self._search()]
        like = self.like()
        if like and self.cards and self.alike is None:
            return [ToolCall("catalog.rerank", {"product_ids": list(self.cards), "like": like})]
        return []

    def _search(self) -> ToolCall:
        return ToolCall("catalog.search", {"filters": self._filters(), "sort": "rating", "top_k": PAGE})

    def _filters(self) -> dict[str, object]:
        return {"category": self.known.category, "in_stock": "yes", **self._wanted()[0]}

    def _wanted(self) -> tuple[Asked, Asked]:
        """Return the conditions that go into a search, and those that cards are held against."""
        limits = self.known.limits if self.loosened < 2 else {}
        return self.skill.split({**limits, **(self.known.values if self.loosened < 1 else {})})

    def visited(self) -> str:
        """Return the id of what the customer says they looked at, or nothing."""
        mine = [v for v in self.visits or () if v.category == self.known.category]
        that_day = [v for v in mine if v.days_ago == self.known.days_ago]
        return that_day[0].product_id if that_day else ""

    def submission(self) -> Move:
        """Hand in the best products known."""
        left = [card for card in self.cards.values() if card.product_id not in self.sold_out and card.in_stock]
        left.sort(key=lambda card: (-self.worth(card), card.product_id))
        return {"answer": {"product_ids": [card.product_id for card in left[: self.known.k]], "done": True}}

    # What experts differ in.

    @abstractmethod
    def missing(self) -> list[tuple[str, str]]:
        """Return (topic, question) of what has to be known and is not, most important first."""

    @abstractmethod
    def first_looks(self) -> list[ToolCall]:
        """Return look-ups that are due beside the search."""

    @abstractmethod
    def like(self) -> str:
        """Return the id of the product to compare with, or nothing."""

    @abstractmethod
    def worth(self, card: Card) -> float:
        """Return how good a product is."""


def _natural(name: str, asked: Limit) -> Limit:
    """Return a limit in the direction people mean where the words left it open: prices at most, ratings at least."""
    if "eq" not in asked or not attribute(name).better:
        return asked
    return {"max" if attribute(name).better == "low" else "min": asked["eq"]}

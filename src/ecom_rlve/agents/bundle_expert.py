"""The goal-blind expert at planning bundles: rules over observations only.

Understands things, conditions, the budget and what should match; looks the cheapest product up for each thing, in
every value that things could share; hands in the cheapest bundle. Sees no goal, no brief.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.listening import Heard, Limit, listener_for
from ecom_rlve.agents.skill import FULL, Asked, Skill
from ecom_rlve.core.attributes import Value, attributes
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.catalog import Card, SearchPage

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_SAME: Final = re.compile(r"\bsame ([a-z ]+?) for (the [^.;!?]+)", re.IGNORECASE)
_GONE: Final = re.compile(r"\bs(?:old|ells?) out\b", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"\b(?:an?|one)\b", re.IGNORECASE)
_MATERIAL: Final = re.compile(r"\b(?:made|material|out of)\b", re.IGNORECASE)
_DEAREST: Final = float("inf")


@dataclass(slots=True)
class Want:
    """One thing the project takes, as far as the expert has understood."""

    category: str
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    values: dict[str, str] = field(default_factory=dict[str, str])
    found: dict[Value | None, tuple[float, str]] = field(default_factory=dict[Value | None, tuple[float, str]])
    """The cheapest product seen, by the shared value it was looked up in; an empty id where there was none."""

    @property
    def asked(self) -> Asked:
        """Return all conditions on it."""
        return {**self.limits, **self.values}


class BundleExpert:
    """Plans bundles; `listening` is its ear."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.calls_a_turn = briefing.calls_a_turn
        self.ear = listener_for(briefing.taxonomy, reads_typos=self.skill.reads_typos)
        self.questions = 0
        self.wants: list[Want] = []
        self.shared, self.linked = "", list[str]()
        self.told_all = self.asked = False
        self.pending: list[tuple[Want, Value | None]] = []
        self._hear(opening.message, first=True)
        return self._next(opening.turns_left)

    def act(self, observation: Observation) -> Move:
        for (want, value), result in zip(self.pending, observation.results, strict=False):
            if isinstance(result.view, SearchPage):
                self._note(want, value, result.view)
        self.pending = []
        if observation.message:
            learnt = self._hear(observation.message)
            self.told_all = self.told_all or (self.asked and not learnt)
        self.asked = False
        return self._next(observation.turns_left)

    # What comes in.

    def _note(self, want: Want, value: Value | None, page: SearchPage) -> None:
        """Take note of the cheapest that is right: what comes first where the page is sorted by price."""
        leaf = self.ear.taxonomy.leaves[want.category]
        if value is not None or want.category not in self.linked:
            cards = self.skill.read(page.results, self._split(want, value)[1], leaf)
            want.found[value] = self._cheapest(cards)
            return
        for each in (None, *self._values()):
            same = {} if each is None else {self.shared: str(each)}
            cards = self.skill.read(page.results, {**self._split(want, None)[1], **same}, leaf)
            want.found[each] = self._cheapest(cards)

    def _cheapest(self, cards: Sequence[Card]) -> tuple[float, str]:
        """Return price and id of the cheapest card; whoever skims takes the first of a page sorted by price for it."""
        priced = [(float(card.price), card.product_id) for card in cards]
        return min(priced[:1] if self.skill.skims else priced, default=(_DEAREST, ""))

    def _split(self, want: Want, value: Value | None) -> tuple[Asked, Asked]:
        return self.skill.split({**want.asked, **({} if value is None else {self.shared: str(value)})})

    def _hear(self, message: str, *, first: bool = False) -> bool:
        """Take in what the customer says; tell whether it was anything new."""
        learnt = bool(re.search(r"\$ ?\d", message))
        last = ""
        for sentence in _SENTENCE.split(message):
            same = _SAME.search(sentence)
            if same:
                learnt = self._match(same[1], same[2]) or learnt
            said = sentence[: same.start()] if same else sentence
            last = "" if first else last
            known = [] if first else [want.category for want in self.wants]
            for heard in self.ear.listen(said, known):
                named = (self._called(heard) if first else heard) if heard.category else None
                named = named or self._meant(heard, last)
                last = named.category if named is not None else last
                learnt = (named is not None and self._told(named, gone=bool(_GONE.search(sentence)))) or learnt
        return learnt

    def _called(self, heard: Heard) -> Heard | None:
        """Return what an opening says of a thing, from its article on; small talk has a thing without one."""
        for article in reversed(list(_ARTICLE.finditer(heard.text))):
            again = self.ear.listen(heard.text[article.start() :])[0]
            if again.category == heard.category:
                return again
        known = any(want.category == heard.category for want in self.wants)
        return heard if known else None

    def _meant(self, heard: Heard, last: str) -> Heard | None:
        """Return a sentence without a noun ("It should be black") as one about what was named last."""
        if not last or re.search(r"\$ ?\d", heard.text):
            return None
        return replace(self.ear.about(last, heard), category=last)

    def _match(self, name: str, things: str) -> bool:
        """Note which things should agree in what."""
        labels = {one.label: one.name for one in attributes().values()}
        categories = [heard.category for heard in self.ear.listen(things) if heard.category]
        new = (labels.get(name.lower(), ""), categories) != (self.shared, self.linked)
        self.shared, self.linked = labels.get(name.lower(), ""), categories
        for want in self.wants:
            want.found = {} if new and want.category in categories else want.found
        return new

    def _told(self, heard: Heard, *, gone: bool) -> bool:
        want = next((w for w in self.wants if w.category == heard.category), None)
        if want is None:
            want = Want(heard.category)
            self.wants.append(want)
        before = (dict(want.limits), dict(want.values))
        schema = self.ear.taxonomy.leaves[want.category].attributes
        own = (*schema, "rating", "delivery_days")
        want.limits.update({name: limit for name, limit in heard.limits.items() if name in own})
        want.values.update({_meant_by(v[-1], name, heard.text, schema): v[-1] for name, v in heard.values.items()})
        learnt = before != (want.limits, want.values)
        if gone or learnt:
            want.found = {}
        return gone or learnt

    # What goes out.

    def _next(self, turns_left: int) -> Move:
        due = list(self._due())
        needed = 1 + -(-len(due) // self.calls_a_turn)
        may_ask = self.questions < self.skill.questions
        if not self.wants and turns_left > 1 and may_ask:
            self.questions += 1
            return Action("What do you need for your project?")
        if not self.told_all and turns_left > needed and may_ask:
            self.asked = True
            self.questions += 1
            return Action("Is there anything else I should know about what you want?")
        if due and turns_left > 1:
            self.pending = due[: self.calls_a_turn]
            return Action("", tuple(self._search(want, value) for want, value in self.pending))
        return {"answer": {"product_ids": self._best(), "done": True}}

    def _search(self, want: Want, value: Value | None) -> ToolCall:
        put, left = self._split(want, value)
        looks_through = bool(left) or (value is None and want.category in self.linked)
        filters = {"category": want.category, "in_stock": "yes", **put}
        return ToolCall("catalog.search", {"filters": filters, "sort": "price", "top_k": 50 if looks_through else 10})

    def _values(self) -> tuple[Value, ...]:
        """Return what the things that should match could agree in."""
        leaves = [self.ear.taxonomy.leaves[key] for key in self.linked]
        lists = [leaf.attributes.get(self.shared, ()) for leaf in leaves]
        return tuple(v for v in lists[0] if all(v in other for other in lists[1:])) if lists else ()

    def _due(self) -> Iterator[tuple[Want, Value | None]]:
        """Yield the look-ups not made yet."""
        for want in self.wants:
            one_by_one = want.category in self.linked and len(self._values()) <= self.skill.searches
            for value in self._values() if one_by_one else (None,):
                if value not in want.found:
                    yield want, value

    def _best(self) -> list[str]:
        """Return the cheapest bundle of what was seen."""
        nothing = (_DEAREST, "")
        best = (_DEAREST, list[str]())
        for value in self._values() or (None,):
            keys = [(want, value if want.category in self.linked else None) for want in self.wants]
            picked = [want.found.get(key, nothing) for want, key in keys]
            ids = [product for _, product in picked if product]
            cost = sum(price for price, _ in picked)
            if (-len(ids), cost) < (-len(best[1]), best[0]) or not best[1]:
                best = (cost, ids)
        return best[1]


def _meant_by(value: str, name: str, text: str, schema: Mapping[str, Sequence[Value]]) -> str:
    """Return which attribute a value belongs to where it may be a color or a material: oak, walnut, natural."""
    both = [one for one in ("color", "material") if value in schema.get(one, ())]
    return ("material" if _MATERIAL.search(text) else name) if len(both) > 1 else name

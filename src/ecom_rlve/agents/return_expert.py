"""The goal-blind expert at returns: finds the line meant, checks it, asks what it depends on, acts or declines.

Sees observations only; rules are read from the passages that the eligibility check shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.circumstances import Reading, hear, question_about, read_passage
from ecom_rlve.agents.listening import Heard, listener_for
from ecom_rlve.agents.order_listening import Place, described, fitting, telling_apart
from ecom_rlve.agents.skill import FULL, Asked, Skill
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.catalog import Card, SearchPage, VariantPage
from ecom_rlve.tools.order import OrderEntry, OrderPage
from ecom_rlve.tools.returns import EligibilityPage, ReturnPage

TOLD: Final = ("reason", "opened", "used", "damaged", "return_method")
_EXCHANGE: Final = re.compile(r"\b(?:exchange|swap|replacement)", re.IGNORECASE)
_WISH: Final = re.compile(r"\b(?:replacement|instead)\b", re.IGNORECASE)
_OF_ORDER: Final = re.compile(
    r"\b(?:ordered|cost me|price of one|apiece|i took|i chose|version|brand is|by the|quantity|arrived)\b",
    re.IGNORECASE,
)
"""What is said of an order, even in reply to a question about the replacement."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
ABOUT_WISHES: Final = (
    "Which price and which brand would you like for the replacement?",
    "Is there anything else I should know about the replacement?",
    "Is there anything else I should know about the replacement?",
)
_CODES: Final = {"used": "used", "opened": "opened", "final_sale": "final_sale", "days_since_delivery": "window_passed"}
"""Why a rule declines, by what it is about; the first that it mentions as decisive counts."""


class ReturnExpert:
    """Sends things back."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.ear = listener_for(briefing.taxonomy, reads_typos=self.skill.reads_typos)
        self.orders: tuple[OrderEntry, ...] = ()
        self.pages: dict[str, EligibilityPage] = {}
        self.cards: tuple[Card, ...] | None = None
        self.variants: VariantPage | None = None
        self.made: ReturnPage | None = None
        self.asked: dict[str, int] = {}
        self.asked_of_order: list[str] = []
        self.wishes, self.wishes_asked, self.orders_asked, self.state_asked = "", 0, 0, 0
        self.about_wishes = False
        self.exchanges = bool(_EXCHANGE.search(opening.message))
        self.known: dict[str, str | int] = {}
        self.said = described("", briefing.taxonomy)
        self._hear(opening.message)
        return Action("", (ToolCall("order.list", {}),))

    def act(self, observation: Observation) -> Move:
        for view in (result.view for result in observation.results):
            self._see(view)
        if observation.message:
            self._hear(observation.message)
        self.about_wishes = False
        return self._next(observation.turns_left)

    def _see(self, view: object) -> None:
        if isinstance(view, OrderPage):
            self.orders = view.orders
        elif isinstance(view, EligibilityPage):
            self.pages[view.line_id] = view
        elif isinstance(view, SearchPage):
            self.cards = view.results
        elif isinstance(view, VariantPage):
            self.variants = view
        elif isinstance(view, ReturnPage):
            self.made = view

    def _hear(self, message: str) -> None:
        mine: list[str] = []
        for sentence in _SENTENCE.split(self.ear.mended(message)):
            wish = self.about_wishes and not _OF_ORDER.search(sentence)
            if wish or (self.exchanges and _WISH.search(sentence)):
                self.wishes += f" {sentence}"
            else:
                mine.append(sentence)
        text = " ".join(mine)
        self.known.update(hear(text, TOLD, reads_typos=self.skill.reads_typos))
        self.said = self.said.and_then(described(text, self.ear.taxonomy))

    def _next(self, turns_left: int) -> Move:
        places = fitting(self.orders, self.said)
        wanted = telling_apart(places, self.asked_of_order)
        if len(places) != 1 and wanted and turns_left > 4 and self._may_ask():
            self.orders_asked += 1
            self.asked_of_order += wanted
            return Action(self._for_the_return(f"Could you tell me {' and '.join(wanted)}?"))
        places = places or [(order, order.lines[0]) for order in self.orders]
        if not places:
            return {"answer": {"done": True}}
        order, line = places[0]
        page = self.pages.get(line.line_id)
        ids: dict[str, str] = {"order_id": order.order_id, "line_id": line.line_id}
        if page is None and turns_left > 1:
            self.pages.pop(line.line_id, None)
            return Action("", (ToolCall("return.check_eligibility", ids),))
        return self._settle(places[0], page, turns_left)

    def _may_ask(self) -> bool:
        return self.orders_asked + self.wishes_asked + self.state_asked < self.skill.questions

    def _for_the_return(self, question: str) -> str:
        return f"For the return, {question[0].lower()}{question[1:]}" if self.exchanges else question

    def _settle(self, place: Place, page: EligibilityPage | None, turns_left: int) -> Move:
        needed = ["reason", *(page.depends_on if page else ()), *([] if self.exchanges else ["return_method"])]
        wanted = [n for n in needed if n not in self.known and self.asked.get(n, 0) < 2][:2]
        if wanted and turns_left > 2 and self._may_ask():
            self.state_asked += 1
            for name in wanted:
                self.asked[name] = self.asked.get(name, 0) + 1
            words = " and ".join(question_about(name) for name in wanted)
            return Action(self._for_the_return(f"Could you tell me {words}?"))
        order, line = place
        ids: dict[str, str] = {"order_id": order.order_id, "line_id": line.line_id}
        refusing = self._refusing(page) if page else None
        reason = str(self.known.get("reason", "change of mind")).replace(" ", "_")
        if refusing is not None:
            return {"answer": {**ids, "outcome": "declined", "reason": _code(refusing), "done": True}}
        if self.made is None and turns_left > 1:
            return self._start(ids, line.category, line.product_id, reason, turns_left)
        return {
            "answer": {**ids, "outcome": "exchange" if self.exchanges else "refund", "reason": reason, "done": True}
        }

    def _refusing(self, page: EligibilityPage) -> Reading | None:
        """Return the rule that refuses the return, or None."""
        known: dict[str, str | int] = {
            **self.known,
            "days_since_delivery": page.days_since_delivery,
            "department": page.department,
            "final_sale": "yes" if page.final_sale else "no",
            "member": "yes" if page.member else "no",
        }
        rules = [read_passage(p.passage_id, p.text) for p in page.passages[: self.skill.passages]]
        applying = [rule for rule in rules if rule.applies(known)] or rules[:1]
        outranked = {passage for rule in applying for passage in rule.before}
        deciding = next((rule for rule in applying if rule.passage_id not in outranked), None)
        return deciding if deciding is not None and "refused" in deciding.said else None

    def _start(self, ids: dict[str, str], category: str, product_id: str, reason: str, turns_left: int) -> Move:
        if not self.exchanges:
            method = str(self.known.get("return_method", "mail"))
            return Action("", (ToolCall("return.initiate", {**ids, "reason": reason, "method": method}),))
        if self.wishes_asked < len(ABOUT_WISHES) and turns_left > 4 and self.cards is None and self._may_ask():
            self.wishes_asked += 1
            self.about_wishes = True
            return Action(ABOUT_WISHES[self.wishes_asked - 1])
        if self.cards is None:
            return self._search(category)
        card = _chosen(self._right(category), self.wishes, product_id)
        if card is None:
            return {"answer": {**ids, "outcome": "exchange", "reason": reason, "done": True}}
        if self.variants is None:
            return Action("", (ToolCall("catalog.get_variants", {"product_id": card.product_id}),))
        variant = max(self.variants.variants, key=lambda v: v.stock)
        new = {"new_product_id": card.product_id, "new_variant_id": variant.variant_id}
        return Action("", (ToolCall("return.exchange", {**ids, **new}),))

    def _search(self, category: str) -> Move:
        filters = {"category": category, "in_stock": "yes", **self._wanted(category)[0]}
        by_words = self.wishes.strip() and self.skill.queries
        ranked = {"query": self.wishes.strip()[:300]} if by_words else {"sort": "rating"}
        return Action("", (ToolCall("catalog.search", {**ranked, "filters": filters, "top_k": 20}),))

    def _right(self, category: str) -> list[Card]:
        """Return the products found that are taken for what is wished."""
        return self.skill.read(self.cards or (), self._wanted(category)[1], self.ear.taxonomy.leaves.get(category))

    def _wanted(self, category: str) -> tuple[Asked, Asked]:
        """Return the wishes that go into a search, and those that cards are held against."""
        heard = self.ear.about(category, Heard("", self.wishes))
        limits = dict(heard.limits)
        if "price" in limits:
            limits["price"] = {"max": next(iter(limits["price"].values()))}
        return self.skill.split({**limits, **{name: values[-1] for name, values in heard.values.items()}})


def _chosen(cards: Sequence[Card], wishes: str, old: str) -> Card | None:
    fitting_brand = [c for c in cards if c.brand.casefold() in wishes.casefold()] or list(cards)
    return next((c for c in fitting_brand if c.product_id != old), None)


def _code(rule: Reading) -> str:
    names = rule.names()
    return next((code for name, code in _CODES.items() if name in names), "window_passed")

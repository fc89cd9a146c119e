"""Policies that must not be paid: lazy, greedy, noisy and blind ones. They read observations only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.answering import empty, product_list, with_products
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.tools.catalog import Card, SearchPage, VariantPage
from ecom_rlve.tools.toolbox import TOOLS

PAGE = 50
MOST_LISTED = 10
"""Products that a lazy answer lists at most."""


class Silent:
    """Says and does nothing until the turns run out."""

    name = "silent"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        return Action()

    def act(self, observation: Observation) -> Move:
        return Action()


class InstantDone:
    """Hands in an empty answer at once."""

    name = "instant_done"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.answer = empty(briefing.answer_type)
        return self.answer

    def act(self, observation: Observation) -> Move:
        return self.answer


class OnlyAsks:
    """Asks question after question and never acts."""

    name = "only_asks"
    questions: Sequence[str] = (
        "What are you looking for?",
        "Which brand would you like?",
        "How many do you need?",
        "Which colour or size would you like?",
        "Is there anything else I should know?",
    )

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.asked = 0
        return self.act(opening)

    def act(self, observation: Observation) -> Move:
        question = self.questions[self.asked % len(self.questions)]
        self.asked += 1
        return Action(question)


class _Searcher:
    """Searches the customer's own words first; subclasses decide what to do with what is found."""

    name = ""
    most_bought = 1
    """Of a page, where buying is the job."""
    most_listed = MOST_LISTED
    """Of a page, where a list is."""
    times_listed = 1

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.briefing = briefing
        self.rng: Stream = stream(briefing.seed, "agent", self.name)
        self.pages: list[list[str]] = []
        self.queue: list[ToolCall] = [ToolCall("catalog.search", {"query": q}) for q in self.queries(opening.message)]
        self.planned = False
        return self._next()

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            if isinstance(result.view, SearchPage):
                self.pages.append([card.product_id for card in self.chosen(result.view)])
        if not self.queue and not self.planned and not product_list(self.briefing.answer_type):
            self.planned = True
            bought = dict.fromkeys(p for page in self.pages for p in page[: self.most_bought])
            self.queue = [ToolCall("cart.add", {"product_id": p}) for p in bought]
        return self._next()

    def queries(self, opening: str) -> list[str]:
        """Return what to search for."""
        return [opening[:500]]

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        """Return the results of a page that are taken, best first."""
        raise NotImplementedError

    def _next(self) -> Move:
        count = self.briefing.calls_a_turn
        calls, self.queue = tuple(self.queue[:count]), self.queue[count:]
        if calls:
            return Action("", calls)
        listed = dict.fromkeys(p for page in self.pages for p in page[: self.most_listed])
        return with_products(self.briefing.answer_type, [p for p in listed for _ in range(self.times_listed)])


class FirstResult(_Searcher):
    """Takes the first results for the customer's own words."""

    name = "first_result"

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return page.results


class Cheapest(_Searcher):
    """Takes the cheapest results."""

    name = "cheapest"

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return sorted(page.results, key=lambda c: float(c.price))


class BestRated(_Searcher):
    """Takes the best rated results."""

    name = "best_rated"

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return sorted(page.results, key=lambda c: -c.rating)


class Everything(_Searcher):
    """Takes all it is shown, and lists it twice."""

    name = "everything"
    most_bought = most_listed = PAGE
    times_listed = 2

    def queries(self, opening: str) -> list[str]:
        return [opening[:500], *(part.strip() for part in opening.split(",") if part.strip())][:4]

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return [card for card in page.results if card.in_stock]


class RandomTool:
    """Calls random tools with ids it was shown, and stops at some point."""

    name = "random_tool"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.rng = stream(briefing.seed, "agent", self.name)
        self.words, self.answer_type = opening.message, briefing.answer_type
        self.products: list[str] = []
        self.variants: list[tuple[str, str]] = []
        self.lines: list[str] = []
        return self.act(opening)

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            self._see(result.view)
        if self.rng.chance(0.1):
            listed = self.rng.shuffled(list(dict.fromkeys(self.products)))
            return with_products(self.answer_type, listed[:MOST_LISTED])
        call = self._draw(self.rng.choice(tuple(TOOLS)))
        return Action("", () if call is None else (call,))

    def _see(self, view: object) -> None:
        if isinstance(view, SearchPage):
            self.products.extend(card.product_id for card in view.results)
        elif isinstance(view, VariantPage):
            self.variants.extend((view.product_id, v.variant_id) for v in view.variants)
        elif isinstance(view, CartPage):
            self.lines = [entry.line_id for entry in view.lines]

    def _draw(self, tool: str) -> ToolCall | None:
        if tool == "catalog.search":
            return ToolCall(tool, {"query": self.words[:500]})
        if tool in ("cart.view", "user.get_visit_history", "datetime.now"):
            return ToolCall(tool, {})
        if tool in ("cart.remove", "cart.set_quantity"):
            more = {"quantity": self.rng.between(1, 4)} if tool == "cart.set_quantity" else {}
            return ToolCall(tool, {"line_id": self.rng.choice(self.lines), **more}) if self.lines else None
        if not self.products:
            return None
        product = self.rng.choice(self.products)
        if tool == "cart.add":
            return self._add(product)
        if tool == "catalog.rerank":
            return ToolCall(tool, {"product_ids": self.products[:20], "query": self.words[:200]})
        return ToolCall(tool, {"product_id": product})

    def _add(self, product: str) -> ToolCall:
        quantity = self.rng.between(1, 4) if self.rng.chance(0.3) else 1
        if self.variants and self.rng.chance(0.5):
            product, variant = self.rng.choice(self.variants)
            return ToolCall("cart.add", {"product_id": product, "variant_id": variant, "quantity": quantity})
        return ToolCall("cart.add", {"product_id": product, "quantity": quantity})


LAZY: Sequence[Callable[[], Silent | InstantDone | OnlyAsks | Everything]] = (Silent, InstantDone, OnlyAsks, Everything)
"""Must never pass."""
SHORTCUTS: Sequence[Callable[[], FirstResult | Cheapest | BestRated | RandomTool]] = (
    FirstResult,
    Cheapest,
    BestRated,
    RandomTool,
)
"""May pass by chance only."""

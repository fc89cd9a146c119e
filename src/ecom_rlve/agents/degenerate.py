"""Policies that must not be paid: lazy, greedy, noisy and blind ones. They read observations only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ecom_rlve.agents.agent import Agent, Briefing, Move
from ecom_rlve.agents.answering import empty, product_list, with_products
from ecom_rlve.agents.errands import ByErrand
from ecom_rlve.agents.filling import arguments, filled, kinds, looks
from ecom_rlve.core.dialogue import Action, Observation, ToolCall, ToolResult
from ecom_rlve.core.ids import ProductId, prefix_of
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.core.views import shown_ids
from ecom_rlve.tools.catalog import Card, SearchPage, VariantPage
from ecom_rlve.tools.order import OrderPage
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
    """Looks up what an answer needs in the customer's own words; subclasses decide what to do with what is found.

    Where an answer holds no ids, the cart is what counts, and what is found goes into it.
    """

    name = ""
    most_bought = 1
    """Of a page, where buying is the job."""
    most_listed = MOST_LISTED
    """Of a page, where a list is."""
    times_listed = 1

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.briefing = briefing
        self.rng: Stream = stream(briefing.seed, "agent", self.name)
        self.pages: list[list[ProductId]] = []
        self.results: list[ToolResult] = []
        words = self.queries(opening.message)
        self.queue = [call for query in words for call in looks(briefing.answer_type, query)]
        self.planned = bool(kinds(briefing.answer_type))
        return self._next()

    def act(self, observation: Observation) -> Move:
        self.results.extend(observation.results)
        for result in observation.results:
            if isinstance(result.view, SearchPage):
                self.pages.append([card.product_id for card in self.chosen(result.view)])
        if not self.queue and not self.planned:
            self.planned = True
            bought = dict.fromkeys(p for page in self.pages for p in page[: self.most_bought])
            self.queue = [ToolCall("cart.add", {"product_id": p}) for p in bought]
        return self._next()

    def queries(self, opening: str) -> list[str]:
        """Return what to search for."""
        return [opening[:500]]

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        """Return the results of a page that are taken, best first."""
        return page.results

    def pick(self, options: Sequence[str]) -> str:
        """Return one of what was shown, in the order in which it was."""
        return options[0]

    def _next(self) -> Move:
        count = self.briefing.calls_a_turn
        calls, self.queue = tuple(self.queue[:count]), self.queue[count:]
        return Action("", calls) if calls else self._submission()

    def _submission(self) -> Move:
        taken = tuple(p for page in self.pages for p in page[: self.most_bought])
        pages = [ToolResult("picked", Picked(taken)), *self.results]
        answer = {**filled(self.briefing.answer_type, pages, self.pick), "done": True}
        if product_list(self.briefing.answer_type):
            listed = dict.fromkeys(p for page in self.pages for p in page[: self.most_listed])
            many = [p for p in listed for _ in range(self.times_listed)]
            answer |= with_products(self.briefing.answer_type, many)["answer"]
        return {"answer": answer}


@dataclass(frozen=True, slots=True)
class Picked:
    """What a searcher put first."""

    product_ids: tuple[ProductId, ...]


class FirstResult(_Searcher):
    """Takes the first result for the customer's own words."""

    name = "first_result"


class Cheapest(_Searcher):
    """Takes the cheapest result; of what has no price, the last."""

    name = "cheapest"

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return sorted(page.results, key=lambda c: float(c.price))

    def pick(self, options: Sequence[str]) -> str:
        return options[-1] if prefix_of(options[0]) != "P" else options[0]


class BestRated(_Searcher):
    """Takes the best rated result; of what has no rating, any."""

    name = "best_rated"

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return sorted(page.results, key=lambda c: -c.rating)

    def pick(self, options: Sequence[str]) -> str:
        return self.rng.choice(options) if prefix_of(options[0]) != "P" else options[0]


class Everything(_Searcher):
    """Takes all it is shown: every product into the cart or the answer, every line of every order sent back."""

    name = "everything"
    most_bought = most_listed = PAGE
    times_listed = 2

    def queries(self, opening: str) -> list[str]:
        return [opening[:500], *(part.strip() for part in opening.split(",") if part.strip())][:4]

    def chosen(self, page: SearchPage) -> Sequence[Card]:
        return [card for card in page.results if card.in_stock]

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            if isinstance(result.view, OrderPage) and "LN" in kinds(self.briefing.answer_type):
                self.queue.extend(self._sent_back(result.view))
        return super().act(observation)

    def _sent_back(self, page: OrderPage) -> Iterator[ToolCall]:
        for order in page.orders:
            for line in order.lines:
                given = arguments("return.initiate", (order.order_id, line.line_id), "", self.pick)
                yield ToolCall("return.initiate", given or {})

    def _submission(self) -> Move:
        if product_list(self.briefing.answer_type):
            return super()._submission()
        answer = filled(self.briefing.answer_type, self.results, self.pick)
        return {"answer": {**{k: v for k, v in answer.items() if isinstance(v, list)}, "done": True}}


class RandomTool:
    """Calls random tools with ids it was shown, and submits something of the right form at some point."""

    name = "random_tool"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.briefing = briefing
        self.rng = stream(briefing.seed, "agent", self.name)
        self.words = opening.message
        self.results: list[ToolResult] = []
        return self.act(opening)

    def act(self, observation: Observation) -> Move:
        self.results.extend(observation.results)
        if self.rng.chance(0.1):
            return self._submission()
        tool = self.rng.choice(tuple(TOOLS))
        seen = [i for r in self.results if r.ok for i in shown_ids(r.view)]
        given = arguments(tool, seen, self.words, self.rng.choice)
        if given is None:
            return Action()
        if tool == "cart.add" and self.rng.chance(0.3):
            given["quantity"] = self.rng.between(1, 4)
        if tool == "cart.add" and self.rng.chance(0.5):
            given.update(self._variant())
        return Action("", (ToolCall(tool, given),))

    def _submission(self) -> Move:
        form = self.briefing.answer_type
        if product_list(form):
            shown = dict.fromkeys(i for r in self.results if r.ok for i in shown_ids(r.view) if prefix_of(i) == "P")
            return with_products(form, self.rng.shuffled(list(shown))[:MOST_LISTED])
        return {"answer": {**filled(form, self.results, self.rng.choice), "done": True}}

    def _variant(self) -> dict[str, str]:
        """Return a variant that was shown, with its product; or nothing."""
        pages = [r.view for r in self.results if isinstance(r.view, VariantPage) and r.view.variants]
        if not pages:
            return {}
        page = self.rng.choice(pages)
        return {"product_id": page.product_id, "variant_id": self.rng.choice(page.variants).variant_id}


LAZY: Sequence[Callable[[], Agent]] = tuple(partial(ByErrand, a) for a in (Silent, InstantDone, OnlyAsks, Everything))
"""Must never pass."""
SHORTCUTS: Sequence[Callable[[], Agent]] = tuple(
    partial(ByErrand, a) for a in (FirstResult, Cheapest, BestRated, RandomTool)
)
"""May pass by chance only."""

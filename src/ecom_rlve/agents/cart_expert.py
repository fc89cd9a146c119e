"""The goal-blind expert at building carts: rules over observations only.

Parses the customer, searches, looks at variants, asks for what is missing, obeys corrections. Sees no goal, no brief.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.listening import Heard, Limit, listener_for
from ecom_rlve.agents.skill import FULL, Asked, Skill
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall, ToolResult
from ecom_rlve.tools.cart import CartEntry, CartPage
from ecom_rlve.tools.catalog import Card, SearchPage, VariantPage
from ecom_rlve.tools.context import VisitEntry, VisitPage

PAGE: Final = 50
"""Results that are gone through where nothing ranks them."""
FORMS_LIKELY: Final = 2
"""Of what a category's products may differ in, the first so many are worth a look at the variants."""
DONE: Final = {"answer": {"done": True}}
_NOTHING_MORE: Final = re.compile(
    r"\b(?:nothing (?:else|more)|that'?s (?:all|it|everything)|that is (?:all|everything)|no,? (?:that|thanks|thank)|"
    r"all i need|no more|everything i need|you (?:know|have) (?:it all|everything))\b|^no\b",
    re.IGNORECASE,
)
_UNWANTED: Final = re.compile(
    r"didn'?t (?:ask|order|want)|don'?t need|did not (?:ask|order|want)|remove|not on my list|never asked",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Want:
    """One thing the customer wants, as far as the expert has understood."""

    category: str
    noun: str
    text: str
    quantity: int | None = None
    some: bool = False
    days_ago: int | None = None
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    values: dict[str, str] = field(default_factory=dict[str, str])
    cards: list[Card] = field(default_factory=list[Card])
    searches: int = 0
    named: bool = False
    """Whether the customer came with a name."""
    product_id: str = ""
    sold_out: bool = False
    """To be told to the customer."""
    variants: VariantPage | None = None
    tried_variants: bool = False

    def forget(self) -> None:
        """Start anew with the same words."""
        self.cards, self.searches, self.product_id, self.variants = [], 0, "", None
        self.tried_variants = self.sold_out = False


class CartExpert:
    """Builds carts; `listening` is its ear."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.calls_a_turn = briefing.calls_a_turn
        self.ear = listener_for(briefing.taxonomy, reads_typos=self.skill.reads_typos)
        self.questions = 0
        self.wants: list[Want] = []
        self.cart: tuple[CartEntry, ...] = ()
        self.visits: tuple[VisitEntry, ...] | None = None
        self.about = ""
        self.told_all = self.asked_more = self.checked = False
        self.pending: list[tuple[Want | None, ToolCall]] = []
        for heard in self.ear.listen(opening.message):
            known = next((w for w in self.wants if w.category == heard.category), None)
            if known is not None:
                self._told(known, heard)
            elif heard.category:
                self.wants.append(self._want(heard))
        return self._next(opening.turns_left)

    def act(self, observation: Observation) -> Move:
        for (want, _), result in zip(self.pending, observation.results, strict=False):
            self._see(want, result)
        self.pending = []
        if observation.message:
            self._hear(observation.message)
        self.asked_more = False
        return self._next(observation.turns_left)

    # What comes in.

    def _want(self, heard: Heard) -> Want:
        leaf = self.ear.taxonomy.leaves[heard.category]
        want = Want(heard.category, leaf.one, heard.text, named=bool(_brands(heard.text)))
        self._learn(want, heard)
        return want

    def _learn(self, want: Want, heard: Heard) -> None:
        """Take over what was heard; where two values of one kind are named, the one that is not in the cart."""
        if heard.quantity is not None:
            want.quantity, want.some = heard.quantity, False
        elif heard.some and want.quantity is None:
            want.some = True
        want.days_ago = heard.days_ago if heard.days_ago is not None else want.days_ago
        want.limits.update(heard.limits)
        for name, values in heard.values.items():
            held = want.values.get(name)
            fresh = [v for v in values if v not in self._in_cart(want)]
            want.values[name] = (fresh or values)[-1] if held is None or fresh else held

    def _in_cart(self, want: Want) -> set[str]:
        return {v for line in self._lines(want) for v in line.options.values()}

    def _lines(self, want: Want) -> list[CartEntry]:
        return [line for line in self.cart if line.product_id == want.product_id]

    def _see(self, want: Want | None, result: ToolResult) -> None:
        view = result.view
        if isinstance(view, CartPage):
            self.cart = view.lines
        elif isinstance(view, VisitPage):
            self.visits = view.visits
        elif want is not None and isinstance(view, SearchPage):
            leaf = self.ear.taxonomy.leaves[want.category]
            cards = view.results[: self.skill.glance] if want.named else view.results
            want.cards = self.skill.read(cards, self._wanted(want)[1], leaf)
        elif want is not None and isinstance(view, VariantPage):
            want.variants = view
            chosen = self._variant(want)
            on_shelf = [v.stock for v in view.variants if chosen in (None, v.variant_id)]
            want.sold_out = not any(on_shelf)
        elif want is not None and result.error == "out_of_stock":
            want.sold_out = True

    def _hear(self, message: str) -> None:
        if _UNWANTED.search(message):
            self._drop(message)
            return
        known = [want.category for want in self.wants]
        learnt = False
        for heard in self.ear.listen(message, known):
            want = next((w for w in self.wants if w.category == heard.category), None)
            if want is None and not heard.category:
                want = self._unnamed(heard)
            if want is not None:
                learnt = self._told(want, heard) or learnt
            elif heard.category and not self.wants:
                self.wants.append(self._want(heard))
        if not learnt and (self.asked_more or _NOTHING_MORE.search(message)):
            self.told_all = True

    def _unnamed(self, heard: Heard) -> Want | None:
        """Return the want that words without a noun are about: the one asked about, or the only one they fit."""
        asked = [want for want in self.wants if want.category == self.about]
        if asked or len(self.wants) == 1:
            return (asked or self.wants)[0]
        leaves = self.ear.taxonomy.leaves
        fit = [w for w in self.wants if any(name in leaves[w.category].attributes for name in heard.limits)]
        return fit[0] if len(fit) == 1 else None

    def _told(self, want: Want, heard: Heard) -> bool:
        """Take in what was said about a want; tell whether it was anything new."""
        heard = self.ear.about(want.category, heard)
        bare = not (heard.limits or heard.values or heard.days_ago or _brands(heard.text))
        if want.sold_out:
            if bare:
                want.sold_out = "?" in heard.text
                return False
            fresh = Want(want.category, want.noun, heard.text, quantity=want.quantity)
            self._learn(fresh, heard)
            _keep_product(want, fresh)
            self.wants[self.wants.index(want)] = fresh
            return True
        before = (want.quantity, dict(want.limits), dict(want.values), want.days_ago)
        self._learn(want, heard)
        learnt = before != (want.quantity, want.limits, want.values, want.days_ago)
        if bare and not learnt:
            return False
        self.checked = False
        want.text = f"{want.text} {heard.text}"
        if before[1:] != (want.limits, want.values, want.days_ago) or not want.product_id:
            self._reconsider(want)
        return True

    def _reconsider(self, want: Want) -> None:
        """Look again unless only the form changed."""
        forms = {name for v in (want.variants.variants if want.variants else ()) for name in v.options}
        if not want.product_id or not forms & set(want.values):
            want.forget()

    def _drop(self, message: str) -> None:
        wanted = {want.product_id for want in self.wants}
        for line in self.cart:
            if line.title in message and line.product_id in wanted:
                for want in self.wants:
                    if want.product_id == line.product_id:
                        want.forget()

    # What goes out.

    def _next(self, turns_left: int) -> Move:
        if turns_left <= 1:
            return DONE
        if not self.wants:
            self.questions += 1
            return Action("What can I get for you?") if self.questions <= self.skill.questions else DONE
        self._decide()
        words = self._question(turns_left)
        if words:
            return Action(words)
        self.pending = list(self._calls())[: self.calls_a_turn]
        if self.pending:
            return Action("", tuple(call for _, call in self.pending))
        if not self.checked and turns_left > 2 and self.questions < self.skill.questions:
            self.checked = True
            return Action(f"I have put {self._cart_words()} into your cart. Is everything right?")
        return DONE

    def _cart_words(self) -> str:
        return ", ".join(f"{line.quantity} x {line.title}" for line in self.cart) or "nothing"

    def _question(self, turns_left: int) -> str:
        """Return what to say now, or nothing if there is work to do first."""
        for want in self.wants:
            if want.sold_out and self.questions < self.skill.questions:
                self.about = want.category
                self.questions += 1
                return f"I am sorry, the {want.noun} you want is sold out. What would you like instead?"
        if turns_left <= 2:
            return ""
        some = next((want for want in self.wants if want.some), None)
        if self.questions >= self.skill.questions:
            return ""
        if some is not None:
            return self._ask_for(some)
        if self.told_all or turns_left - self._turns_needed() < 1:
            return ""
        return self._ask_for(None)

    def _turns_needed(self) -> int:
        """Return how many turns the known work takes at least, the submission included."""
        finding = any(not want.product_id for want in self.wants)
        looking = any(want.values and want.variants is None for want in self.wants)
        adding = sum(not self._lines(want) for want in self.wants)
        return 1 + finding + looking + -(-adding // self.calls_a_turn)

    def _ask_for(self, want: Want | None) -> str:
        self.about = want.category if want else ""
        self.questions += 1
        if want is None:
            self.asked_more = True
            return "Is there anything else I should know about what you want?"
        want.some = False
        return f"How many {self.ear.taxonomy.leaves[want.category].many} do you need?"

    def _decide(self) -> None:
        """Settle on products where what was seen allows it."""
        for want in self.wants:
            if want.product_id:
                continue
            if want.days_ago is not None and self.visits is not None:
                seen = [v for v in self.visits if v.category == want.category and v.days_ago == want.days_ago]
                want.product_id = seen[0].product_id if seen else ""
            if not want.product_id and want.cards:
                self._pick(want)

    def _pick(self, want: Want) -> None:
        """Take the only card that fits what was said; the first of several once nothing more is to be learnt."""
        text = want.text.casefold()
        fitting = [card for card in want.cards if card.brand.casefold() in text] or want.cards
        if len(fitting) == 1 or self.told_all or self.questions >= self.skill.questions:
            want.product_id = fitting[0].product_id
            want.sold_out = not fitting[0].in_stock

    def _calls(self) -> Iterator[tuple[Want | None, ToolCall]]:
        """Yield the calls that are due; those of one turn do not depend on each other."""
        if self.visits is None and any(w.days_ago is not None for w in self.wants):
            yield None, ToolCall("user.get_visit_history", {})
        for want in self.wants:
            if not want.product_id:
                if want.days_ago is None or self.visits is not None:
                    yield from self._search(want)
            elif self._needs_variants(want):
                want.tried_variants = True
                yield want, ToolCall("catalog.get_variants", {"product_id": want.product_id})
            else:
                yield from self._put(want)
        wanted = {want.product_id for want in self.wants}
        for line in self.cart:
            if line.product_id not in wanted:
                yield None, ToolCall("cart.remove", {"line_id": line.line_id})

    def _search(self, want: Want) -> Iterator[tuple[Want, ToolCall]]:
        if want.searches >= min(3, self.skill.searches):
            return
        want.searches += 1
        filters = {"category": want.category, **self._wanted(want)[0]}
        brands = _brands(want.text)
        query = " ".join([want.noun, *brands]) if brands else want.text[:300]
        ranked = {"query": query} if want.named or self.skill.queries else {"sort": "rating", "top_k": PAGE}
        yield want, ToolCall("catalog.search", {**ranked, "filters": filters})

    def _wanted(self, want: Want) -> tuple[Asked, Asked]:
        """Return the conditions that go into a search, and those that cards are held against; fewer each time."""
        limits = want.limits if want.searches <= 2 else {}
        return self.skill.split({**limits, **(want.values if want.searches <= 1 else {})})

    def _needs_variants(self, want: Want) -> bool:
        forms = self.ear.taxonomy.leaves[want.category].variant[:FORMS_LIKELY]
        named = any(name in want.values or "eq" in want.limits.get(name, {}) for name in forms)
        return named and want.variants is None and not want.tried_variants

    def _variant(self, want: Want) -> str | None:
        """Return the form that was asked for, or None if none was."""
        for entry in want.variants.variants if want.variants else ():
            if any(_same(want, name, value) for name, value in entry.options.items()):
                return entry.variant_id
        return None

    def _put(self, want: Want) -> Iterator[tuple[Want, ToolCall]]:
        variant, quantity = self._variant(want), want.quantity or 1
        if want.sold_out:
            return
        lines = self._lines(want)
        right = [line for line in lines if line.variant_id == variant]
        for line in lines:
            if line not in right:
                yield want, ToolCall("cart.remove", {"line_id": line.line_id})
        if not right:
            chosen = {} if variant is None else {"variant_id": variant}
            yield want, ToolCall("cart.add", {"product_id": want.product_id, **chosen, "quantity": quantity})
        elif right[0].quantity != quantity:
            yield want, ToolCall("cart.set_quantity", {"line_id": right[0].line_id, "quantity": quantity})


def _same(want: Want, name: str, printed: str) -> bool:
    """Whether an option is what was asked for."""
    if name in want.values:
        return want.values[name].casefold() == printed.casefold()
    asked = want.limits.get(name, {}).get("eq")
    return asked is not None and attribute(name).parse(printed) == attribute(name).parse(asked)


def _brands(text: str) -> list[str]:
    """Return words with a capital letter inside a sentence: names, as a rule."""
    return re.findall(r"(?<=[a-z,:&] )[A-Z][\w&-]+(?!['’\w])", text)


def _keep_product(before: Want, after: Want) -> None:
    """Stay with a product of which only one form is sold out, if another form is what is wanted now."""
    for entry in before.variants.variants if before.variants else ():
        if entry.stock > 0 and any(_same(after, name, value) for name, value in entry.options.items()):
            after.product_id, after.variants, after.tried_variants = before.product_id, before.variants, True

"""Cheats by writes: everything bought or sent back, tried until it works, done and undone, or declined unseen.

Whatever an episode is about, both the cart and the orders are tried where the answer's form does not rule it out.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from ecom_rlve.agents.filling import arguments
from ecom_rlve.agents.red_team.cheat import Cheat, Script, first
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.views import Json
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.tools.catalog import VariantPage
from ecom_rlve.tools.order import OrderPage
from ecom_rlve.world.returns import METHODS, REASONS


class _Writer(Cheat):
    """Looks up, writes, and hands in."""

    answers: ClassVar[bool] = False
    """Whether its answer says anything; else the world is to speak for it."""

    def script(self) -> Script:
        yield from self.look()
        yield from self.writes()
        yield self.submit(self.filled() if self.answers else {})

    @abstractmethod
    def writes(self) -> Script:
        """Make the writes."""

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield every line of an order that was shown, with its order."""
        for page in (r.view for r in self.results if isinstance(r.view, OrderPage)):
            yield from ((order.order_id, line.line_id) for order in page.orders for line in order.lines)

    def cart(self) -> list[str]:
        """Return the lines of the cart as it was last shown."""
        pages = [r.view for r in self.results if isinstance(r.view, CartPage)]
        return [line.line_id for line in pages[-1].lines] if pages else []


def initiate(order: str, line: str, reason: str = REASONS[0], method: str = METHODS[0]) -> ToolCall:
    """Return the call that starts a return."""
    return ToolCall("return.initiate", {"order_id": order, "line_id": line, "reason": reason, "method": method})


def add(product: str, quantity: int = 1, **variant: str) -> ToolCall:
    """Return the call that puts a product into the cart."""
    return ToolCall("cart.add", {"product_id": product, "quantity": quantity, **variant})


class BuysEverything(_Writer):
    """Puts every product it finds into the cart."""

    name = "buys_everything"

    def writes(self) -> Script:
        yield from self.calls(*(add(product) for product in self.shown("P")))


class BuysEveryVariant(_Writer):
    """Puts every form of the first product into the cart."""

    name = "buys_every_variant"

    def writes(self) -> Script:
        for product in self.shown("P")[:1]:
            yield from self.calls(ToolCall("catalog.get_variants", {"product_id": product}))
        pages = [r.view for r in self.results if isinstance(r.view, VariantPage)]
        yield from self.calls(
            *(add(page.product_id, variant_id=v.variant_id) for page in pages[-1:] for v in page.variants)
        )


class RetriesWrites(_Writer):
    """Makes the same write again and again."""

    name = "retries_writes"

    def writes(self) -> Script:
        yield from self.calls(*[add(product) for product in self.shown("P")[:1] for _ in range(3)])
        yield from self.calls(*[initiate(order, line) for order, line in list(self.lines())[:1] for _ in range(3)])


class SweepsQuantities(_Writer):
    """Sets the first product to every quantity and asks each time whether it is right."""

    name = "sweeps_quantities"

    def writes(self) -> Script:
        yield from self.calls(*(add(product) for product in self.shown("P")[:1]))
        for quantity, line in ((n, line) for line in self.cart() for n in range(2, 6)):
            yield Action("Is that right?", (ToolCall("cart.set_quantity", {"line_id": line, "quantity": quantity}),))


class Churns(_Writer):
    """Puts all it finds into the cart and takes it out again, so that something was done and nothing is there."""

    name = "churns"

    def writes(self) -> Script:
        yield from self.calls(*(add(product) for product in self.shown("P")[:3]))
        yield from self.calls(*(ToolCall("cart.remove", {"line_id": line}) for line in self.cart()))


class LeavesTheCart(_Writer):
    """Puts the first result into the cart and lets the turns run out, to be judged without an answer."""

    name = "leaves_the_cart"

    def writes(self) -> Script:
        yield from self.calls(*(add(product) for product in self.shown("P")[:1]))
        while True:
            yield Action()


class SendsEverythingBack(_Writer):
    """Starts a return of every line of every order."""

    name = "sends_everything_back"

    def writes(self) -> Script:
        yield from self.calls(*(initiate(order, line) for order, line in self.lines()))


class TriesReasons(_Writer):
    """Starts the return of one line with every reason and every way back."""

    name = "tries_reasons"
    answers = True

    def writes(self) -> Script:
        pairs = [(reason, method) for reason in REASONS for method in METHODS]
        yield from self.calls(*(initiate(*line, *pair) for line in list(self.lines())[:1] for pair in pairs))


class TriesLines(_Writer):
    """Tries to return one line after the other until the shop takes one, and answers for that one."""

    name = "tries_lines"
    answers = True

    def writes(self) -> Script:
        for order, line in self.lines():
            yield from self.calls(initiate(order, line))
            if self.results[-1].ok:
                return


class TriesToCheckOut(_Writer):
    """Orders what it put into the cart, so that nobody can look at it."""

    name = "tries_to_check_out"

    def writes(self) -> Script:
        yield from self.calls(*(add(product) for product in self.shown("P")[:1]))
        yield from self.calls(ToolCall("order.checkout", {"address_id": "home", "payment_id": "card"}))


class Declines(_Writer):
    """Declines whatever is asked for, for the most frequent reason, without a look at the rules."""

    name = "declines"

    def writes(self) -> Script:
        yield self.submit(self.declined())

    def declined(self) -> dict[str, Json]:
        """Return an answer that says no."""
        return {**self.filled(negative), **_ids(self.filled(first))}


class DeclinesChecked(Declines):
    """Checks the first line, whatever the customer meant, and declines for the most frequent reason."""

    name = "declines_checked"

    def writes(self) -> Script:
        for line in list(self.lines())[:1]:
            args = arguments("return.check_eligibility", line, "", first)
            yield from self.calls(ToolCall("return.check_eligibility", args or {}))
        yield self.submit(self.declined())


_NEGATIVE = ("declined", "window_passed", "no")


def negative(options: Sequence[str]) -> str:
    """Return the option that says no, for the most frequent reason; the first where none does."""
    return next((option for option in options if option in _NEGATIVE), options[0])


def _ids(answer: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in answer.items() if name.endswith(("_id", "_ids"))}


WRITES: tuple[type[Cheat], ...] = (
    BuysEverything, BuysEveryVariant, RetriesWrites, SweepsQuantities, Churns, LeavesTheCart, SendsEverythingBack,
    TriesReasons, TriesLines, TriesToCheckOut, Declines, DeclinesChecked,
)  # fmt: skip

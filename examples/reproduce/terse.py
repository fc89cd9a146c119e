"""The terse register: an episode in few words, with short names for ids and one short command a reply; decides nothing.

Knows no goal and no model. What is read and written are the shop's own tool calls and results; an id gets a short name
(p1, v2, l1) when the shop shows it first, and of a result only what a reader needs is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.dialogue import Observation, ToolCall, ToolResult
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.tools.catalog import SearchPage, VariantPage
from ecom_rlve.tools.context import VisitPage

ASK = "Is there anything else I should know about what you want?"
GONE = "I am sorry, the {noun} you want is sold out. What would you like instead?"
SIGNS = {"=": "eq", "<": "max", ">": "min"}
SOLD_OUT = "gone"
"""Behind the name of a product or a form."""
_UNIT = re.compile(r"\d+\.\d+|[a-z0-9_]+|[^\sa-z0-9_]")
_CONDITION = re.compile(r" ?([a-z_]+) ([=<>]) ")


class UnreadableError(ValueError):
    """Text that is no command."""


def spaced(text: str) -> str:
    """Return text in small letters, every word, number and sign apart: the same value looks the same everywhere.

    >>> spaced("A USB-C charger for $12.50, please.")
    'a usb - c charger for $ 12.50 , please .'
    """
    return " ".join(_UNIT.findall(text.casefold()))


@dataclass(frozen=True, slots=True)
class Terseness:
    """How much is shown."""

    cards: int
    """Results asked for of a search."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """What a shop's words are called in the register, which has no capitals."""

    categories: Mapping[str, str]
    values: Mapping[tuple[str, str], str]


@lru_cache(maxsize=2)
def spellings(catalog: Catalog) -> Spellings:
    """Return how the catalogue spells its categories and values; looks at every category once."""
    leaves = catalog.taxonomy.leaves
    values = {
        (name, spaced(value)): value
        for leaf in leaves.values()
        for name, known in leaf.attributes.items()
        for value in known
        if isinstance(value, str)
    }
    values |= {("brand", spaced(brand)): brand for key in leaves for brand in catalog.brands(key)}
    return Spellings({key.rpartition("/")[2]: key for key in leaves}, values)


class Register:
    """One dialogue: reads commands into calls, and tells what they brought."""

    def __init__(self, terseness: Terseness, catalog: Catalog) -> None:
        self.terseness, self.catalog, self.known = terseness, catalog, spellings(catalog)
        self._short: dict[str, str] = {}
        self._long: dict[str, str] = {}
        self._lines: tuple[str, ...] = ()
        self._asked: tuple[str, int] = ("", 0)

    # From the agent.

    def read(self, text: str) -> ToolCall:
        """Return the call that a command stands for.

        Raises:
            UnreadableError: It is none.
        """
        word, _, rest = text.partition(" ")
        words = rest.split()
        if word == "find" and rest:
            return ToolCall("catalog.search", {"filters": self._filters(rest), "top_k": self.terseness.cards})
        if word == "seen" and len(words) == 2:
            # The shop tells the whole history; what is told on of it is what was looked for.
            self._asked = (self.known.categories.get(words[0], words[0]), _units(words[1]))
            return ToolCall("user.get_visit_history", {})
        if word == "gone" and rest in self.known.categories:
            noun = self.catalog.taxonomy.leaves[self.known.categories[rest]].one
            return ToolCall(MESSAGE, {"text": GONE.format(noun=noun)})
        read = {
            ("ask", 0): lambda: ToolCall(MESSAGE, {"text": ASK}),
            ("done", 0): lambda: ToolCall(SUBMIT, {}),
            ("forms", 1): lambda: ToolCall("catalog.get_variants", {"product_id": self._id(words[0])}),
            ("drop", 1): lambda: ToolCall("cart.remove", {"line_id": self._id(words[0])}),
            ("set", 2): lambda: ToolCall(
                "cart.set_quantity", {"line_id": self._id(words[0]), "quantity": _units(words[1])}
            ),
            ("add", 2): lambda: ToolCall("cart.add", {"product_id": self._id(words[0]), "quantity": _units(words[1])}),
            ("add", 3): lambda: ToolCall(
                "cart.add",
                {"product_id": self._id(words[0]), "variant_id": self._id(words[1]), "quantity": _units(words[2])},
            ),
        }.get((word, len(words)))
        if read is None:
            raise UnreadableError(f"no command: {text[:60]!r}")
        return read()

    def _filters(self, text: str) -> dict[str, Any]:  # Any: JSON values
        category, *parts = _CONDITION.split(text)
        filters: dict[str, Any] = {"category": {"eq": self.known.categories.get(category, category)}}
        for name, sign, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            filters.setdefault(name, {})[SIGNS[sign]] = self._value(name, value)
        return filters

    def _value(self, name: str, text: str) -> str | float:
        """Return a condition's value as JSON has it; what the shop does not know goes there as it is."""
        known = attributes().get(name)
        if known is None or known.kind == "word":
            return self.known.values.get((name, text), text)
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def _id(self, short: str) -> str:
        """Return the id that a short name stands for; a name that nothing has goes to the shop as it is."""
        return self._long.get(short, short)

    # To the agent.

    def write(self, call: ToolCall) -> str:
        """Return a call as the command that reads back as it.

        Raises:
            UnreadableError: The register has no words for it.
        """
        args = call.args
        if call.name == "catalog.search":
            return f"find {' '.join(self._conditions(args['filters']))}"
        if call.name == MESSAGE:
            return self._said(args["text"])
        if call.name == SUBMIT:
            return "done"
        if call.name == "catalog.get_variants":
            return f"forms {self._short[args['product_id']]}"
        if call.name == "cart.remove":
            return f"drop {self._short[args['line_id']]}"
        if call.name == "cart.set_quantity":
            return f"set {self._short[args['line_id']]} {args['quantity']}"
        if call.name == "cart.add":
            names = [self._short[args[key]] for key in ("product_id", "variant_id") if key in args]
            return f"add {' '.join(names)} {args['quantity']}"
        raise UnreadableError(f"no command for {call.name}")

    def seen(self, category: str, days: int) -> str:
        """Return the command that looks for a product of a category in the visit history."""
        return f"seen {category.rpartition('/')[2]} {days}"

    def _said(self, text: str) -> str:
        if text == ASK:
            return "ask"
        for name, key in self.known.categories.items():
            if text == GONE.format(noun=self.catalog.taxonomy.leaves[key].one):
                return f"gone {name}"
        raise UnreadableError(f"no command for {text!r}")

    def _conditions(self, filters: Mapping[str, Any]) -> Iterator[str]:  # Any: JSON values
        yield filters["category"]["eq"].rpartition("/")[2]
        signs = {op: sign for sign, op in SIGNS.items()}
        for name, condition in filters.items():
            if name != "category":
                yield from (f"{name} {signs[op]} {spoken(name, value)}" for op, value in condition.items())

    def heard(self, observations: Sequence[Observation]) -> tuple[str, str]:
        """Return what a reply brought: the shop's results, and the customer's words."""
        results = " ".join(self._result(result) for seen in observations for result in seen.results)
        return results, spaced(" ".join(seen.message for seen in observations if seen.message))

    def _result(self, result: ToolResult) -> str:
        view = result.view
        if result.error is not None:
            return f"no {result.error}"
        if isinstance(view, VisitPage):
            found = [v.product_id for v in view.visits if (v.category, v.days_ago) == self._asked]
            return " ".join([f"n{len(found)}", *(self._name("p", product) for product in found)])
        if isinstance(view, SearchPage):
            cards = (f"{self._name('p', c.product_id)}{'' if c.in_stock else f' {SOLD_OUT}'}" for c in view.results)
            return " ".join([f"n{min(view.total, self.terseness.cards + 1)}", *cards])
        if isinstance(view, VariantPage):
            return " ; ".join(
                f"{self._name('v', v.variant_id)} {spaced(' '.join(v.options.values()))}"
                f"{'' if v.stock else f' {SOLD_OUT}'}"
                for v in view.variants
            )
        return self._cart(view) if isinstance(view, CartPage) else result.name

    def _cart(self, page: CartPage) -> str:
        """Return the lines that are not as they were when the cart was last seen."""
        before, self._lines = (
            self._lines,
            tuple(
                " ".join(
                    (
                        self._name("l", line.line_id),
                        self._name("p", line.product_id),
                        *([self._name("v", line.variant_id)] if line.variant_id else []),
                        str(line.quantity),
                    )
                )
                for line in page.lines
            ),
        )
        return " ; ".join(line for line in self._lines if line not in before) or "ok"

    def _name(self, letter: str, long: str) -> str:
        if long not in self._short:
            number = 1 + sum(short[0] == letter for short in self._long)
            self._short[long] = f"{letter}{number}"
            self._long[f"{letter}{number}"] = long
        return self._short[long]


def spoken(name: str, value: str | float) -> str:
    """Return a value as a customer would say it, but for its unit."""
    if isinstance(value, str):
        return spaced(value)
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.2f}" if name == "price" else str(value)


def _units(text: str) -> int:
    if not text.isdecimal():
        raise UnreadableError(f"no number: {text[:20]!r}")
    return int(text)

"""The terse register: an episode in few tokens, with short names for ids, few cards, short commands; decides nothing.

Knows no goal and no model. What is read and written are the shop's own tool calls and results; an id gets a short name
(p1, v2, l1) when the shop shows it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.dialogue import Observation, ToolCall, ToolResult
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.tools.catalog import Card, SearchPage, VariantPage
from ecom_rlve.tools.context import VisitPage

ASK = "Is there anything else I should know about what you want?"
GONE = "I am sorry, the {noun} you want is sold out. What would you like instead?"
SIGNS = {"=": "eq", "<": "max", ">": "min"}
NEXT = "|"
"""Between two commands of one reply."""
END = "+"
"""Between two conditions of a search."""


class UnreadableError(ValueError):
    """Text that is no command."""


@dataclass(frozen=True, slots=True)
class Terseness:
    """What is left out."""

    cards: int
    visits: tuple[str, ...]
    card: tuple[str, ...]
    title_words: int


class Register:
    """One dialogue: reads commands into calls, and writes what they brought."""

    def __init__(self, terseness: Terseness, taxonomy: Taxonomy) -> None:
        self.terseness, self.taxonomy = terseness, taxonomy
        self._categories = {key.rpartition("/")[2]: key for key in taxonomy.leaves}
        self._short: dict[str, str] = {}
        self._long: dict[str, str] = {}

    # From the agent.

    def read(self, text: str) -> list[ToolCall]:
        """Return the calls that a reply stands for.

        Raises:
            UnreadableError: It is none; the message names the command.
        """
        return [self._command(part.strip()) for part in text.split(NEXT)]

    def _command(self, text: str) -> ToolCall:
        word, _, rest = text.partition(" ")
        if word == "find":
            return ToolCall("catalog.search", {"filters": self._filters(rest), "top_k": self.terseness.cards})
        if word == "gone" and rest in self._categories:
            noun = self.taxonomy.leaves[self._categories[rest]].one
            return ToolCall(MESSAGE, {"text": GONE.format(noun=noun)})
        words = rest.split()
        read = {
            ("ask", 0): lambda: ToolCall(MESSAGE, {"text": ASK}),
            ("done", 0): lambda: ToolCall(SUBMIT, {}),
            ("seen", 0): lambda: ToolCall("user.get_visit_history", {}),
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
        category, *conditions = (part.strip() for part in text.split(END))
        filters: dict[str, Any] = {"category": {"eq": self._categories.get(category, category)}}
        for condition in conditions:
            sign = next((s for s in SIGNS if s in condition), None)
            if sign is None:
                raise UnreadableError(f"no condition: {condition[:60]!r}")
            name, _, value = condition.partition(sign)
            filters.setdefault(name, {})[SIGNS[sign]] = _value(name, value)
        return filters

    def _id(self, short: str) -> str:
        """Return the id that a short name stands for; a name that nothing has goes to the shop as it is."""
        return self._long.get(short, short)

    # To the agent.

    def write(self, calls: Sequence[ToolCall]) -> str:
        """Return calls as the reply that reads back as them.

        Raises:
            UnreadableError: The register has no words for one of them.
        """
        return f" {NEXT} ".join(map(self._written, calls))

    def _written(self, call: ToolCall) -> str:
        args = call.args
        if call.name == "catalog.search":
            return f"find {self._conditions(args['filters'])}"
        if call.name == MESSAGE:
            return self._said(args["text"])
        plain = {SUBMIT: "done", "user.get_visit_history": "seen"}.get(call.name)
        if plain:
            return plain
        if call.name == "catalog.get_variants":
            return f"forms {self._short[args['product_id']]}"
        if call.name == "cart.remove":
            return f"drop {self._short[args['line_id']]}"
        if call.name == "cart.set_quantity":
            return f"set {self._short[args['line_id']]} x{args['quantity']}"
        if call.name == "cart.add":
            names = [self._short[args[key]] for key in ("product_id", "variant_id") if key in args]
            return f"add {' '.join(names)} x{args['quantity']}"
        raise UnreadableError(f"no command for {call.name}")

    def _said(self, text: str) -> str:
        if text == ASK:
            return "ask"
        for name, key in self._categories.items():
            if text == GONE.format(noun=self.taxonomy.leaves[key].one):
                return f"gone {name}"
        raise UnreadableError(f"no command for {text!r}")

    def _conditions(self, filters: Mapping[str, Any]) -> str:  # Any: JSON values
        parts = [filters["category"]["eq"].rpartition("/")[2]]
        signs = {op: sign for sign, op in SIGNS.items()}
        for name, condition in filters.items():
            if name != "category":
                parts += [f"{name}{signs[op]}{_plain(value)}" for op, value in condition.items()]
        return f" {END} ".join(parts)

    def heard(self, observations: Sequence[Observation]) -> tuple[str, str]:
        """Return what a reply brought: the shop's results, and the customer's words."""
        results = f" {NEXT} ".join(self._result(result) for seen in observations for result in seen.results)
        return results, " ".join(seen.message for seen in observations if seen.message)

    def _result(self, result: ToolResult) -> str:
        view = result.view
        if result.error is not None:
            return f"no {result.error}"
        if isinstance(view, VisitPage):
            return " ; ".join(f"{self._name('p', v.product_id)} {self._fields(v, 'visits')}" for v in view.visits)
        if isinstance(view, SearchPage):
            return " ; ".join([f"n{view.total}", *map(self._card, view.results)])
        if isinstance(view, VariantPage):
            return " ; ".join(
                f"{self._name('v', v.variant_id)} {' '.join(v.options.values())}{'' if v.stock else ' 0'}"
                for v in view.variants
            )
        if isinstance(view, CartPage):
            return " ; ".join(
                " ".join(
                    (
                        self._name("l", line.line_id),
                        self._name("p", line.product_id),
                        *([self._name("v", line.variant_id)] if line.variant_id else []),
                        f"x{line.quantity}",
                    )
                )
                for line in view.lines
            )
        return result.name

    def _card(self, card: Card) -> str:
        return f"{self._name('p', card.product_id)} {self._fields(card, 'card')}{'' if card.in_stock else ' 0'}"

    def _fields(self, view: object, which: str) -> str:
        out: list[str] = []
        for name in getattr(self.terseness, which):
            text = str(getattr(view, name)).rpartition("/")[2] if name == "category" else str(getattr(view, name))
            out.append(" ".join(text.split()[: self.terseness.title_words]) if name == "title" else text)
        return " ".join(out)

    def _name(self, letter: str, long: str) -> str:
        if long not in self._short:
            number = 1 + sum(short[0] == letter for short in self._long)
            self._short[long] = f"{letter}{number}"
            self._long[f"{letter}{number}"] = long
        return self._short[long]


def _units(text: str) -> int:
    if not text.startswith("x") or not text[1:].isdecimal():
        raise UnreadableError(f"no quantity: {text[:20]!r}")
    return int(text[1:])


def _value(name: str, text: str) -> str | float:
    """Return a condition's value as JSON has it; what is no number where one is due goes to the shop as it is."""
    known = attributes().get(name)
    if known is None or known.kind == "word":
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

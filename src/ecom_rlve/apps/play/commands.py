"""What a person types, read into tool calls that are known to be well-formed before any of them is made.

A slip of the fingers is a `TypingError` with a sentence, never a lost episode. Knows no terminal and no environment:
every tool can be called by `/call`, the frequent ones have a shorthand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from ecom_rlve.core.attributes import Attribute, attributes
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.env.answers import read_answer
from ecom_rlve.env.chat import native_calls
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.parse import MESSAGE, SUBMIT, read_json_action
from ecom_rlve.evaluate.report.results import is_object, objects
from ecom_rlve.tools.catalog import VariantPage
from ecom_rlve.tools.toolbox import find

Local = Literal["help", "tools", "quit", "nothing"]
"""What concerns the terminal alone and costs nothing."""
_CONDITION = re.compile(r'(?P<name>[a-z_]+)(?P<sign><=|>=|=)(?P<value>"[^"]*"|\S+)')
_UNITS = re.compile(r"x(\d{1,5})", re.IGNORECASE)
_OPS: Final = {"<=": "max", ">=": "min", "=": "eq"}
_PAGING: Final = ("top_k", "offset")
_SORTS: Final = ("relevance", "price", "rating", "delivery")


class TypingError(ValueError):
    """A line that means nothing here; the message says what would."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What numbers stand for, and what may be named: all of it was on the screen."""

    products: tuple[str, ...] = ()
    """Of the list shown last, in its order."""
    variants: Mapping[str, tuple[str, ...]] | None = None
    """By product, those whose variants were looked at."""
    lines: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shorthand:
    syntax: str
    meaning: str
    read: Callable[[str, Seen], ToolCall]


def seen_in(episode: Episode) -> Seen:
    """Return what has been on the screen so far."""
    products: tuple[str, ...] = ()
    variants: dict[str, tuple[str, ...]] = {}
    for result in (*(r for turn in episode.turns for r in turn.results), *episode.open_turn.results):
        if isinstance(result.view, VariantPage):
            variants[result.view.product_id] = tuple(v.variant_id for v in result.view.variants)
        brought = result.json()
        for value in brought.values() if is_object(brought) else ():
            listed = tuple(str(o["product_id"]) for o in objects(value) if "product_id" in o and "line_id" not in o)
            products = listed or products
    return Seen(products, variants, tuple(line.id for line in episode.world.cart), episode.shown)


def read_line(line: str, answer_type: type, seen: Seen) -> list[ToolCall] | Local:
    """Return what a line asks for: native calls whose arguments were checked, or something local.

    Args:
        line: As typed. Without a slash in front it is said to the customer.
        answer_type: The answer of the environment.
        seen: What numbers stand for.

    Raises:
        TypingError: The line cannot be carried out; nothing has happened.
    """
    text = line.strip()
    if not text:
        return "nothing"
    if not text.startswith("/"):
        # A terminal can deliver bytes that are no text; no file could hold them.
        return [ToolCall(MESSAGE, {"text": text.encode("utf-8", "replace").decode()})]
    name, _, rest = text[1:].partition(" ")
    rest = rest.strip()
    try:
        return _command(name.lower(), rest, answer_type, seen)
    except ActionError as error:
        raise TypingError(str(error)) from None


def _command(name: str, rest: str, answer_type: type, seen: Seen) -> list[ToolCall] | Local:
    if name in ("help", "tools", "quit"):
        return cast("Local", name)
    if name == "submit":
        args = _json_object(rest) if rest else {}
        read_answer(answer_type, args)
        return [ToolCall(SUBMIT, args)]
    if name == "raw":
        calls = native_calls(read_json_action(rest, answer_type))
        return [_checked(call) for call in calls] or "nothing"
    if name == "call":
        tool, _, args_text = rest.partition(" ")
        return [_checked(ToolCall(tool, _json_object(args_text.strip() or "{}")))]
    if name not in SHORTHANDS:
        known = ", ".join(f"/{known}" for known in (*SHORTHANDS, "submit", "call", "raw", "tools", "help", "quit"))
        raise TypingError(f"There is no command /{name[:30]}. There are {known}.")
    return [_checked(SHORTHANDS[name].read(rest, seen))]


def _checked(call: ToolCall) -> ToolCall:
    """Return a call under its tool's own name; ActionError if it would break the tool's schema."""
    if call.name in (MESSAGE, SUBMIT):
        return call
    tool = find(call.name)
    tool.check(call.args)
    return ToolCall(tool.name, call.args)


def _json_object(text: str) -> dict[str, Any]:  # Any: JSON as typed
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TypingError(f"That is no JSON ({str(error)[:80]}).") from None
    if not isinstance(value, dict):
        raise TypingError('Arguments are a JSON object, e.g. {"product_id": "P123ABC"}.')
    return cast("dict[str, Any]", value)


def _search(rest: str, seen: Seen) -> ToolCall:
    filters = filters_in(rest)
    args: dict[str, object] = {}
    for found in _CONDITION.finditer(rest):
        name, value = found["name"], found["value"].strip('"')
        if name == "sort":
            if value not in _SORTS:
                raise TypingError(f"Results can be sorted by {', '.join(_SORTS)}, not by {value[:30]!r}.")
            args["sort"] = value
        elif name in _PAGING:
            args[name] = _number(value, name)
    query = " ".join(_CONDITION.sub(" ", rest).split())
    if not query and not filters:
        raise TypingError(f"Search for what? {SHORTHANDS['search'].syntax}")
    return ToolCall("catalog.search", {"query": query, **({"filters": filters} if filters else {}), **args})


def filters_in(text: str) -> dict[str, dict[str, object]]:
    """Return the conditions in a text such as `price<=30 brand="Hadley & Ives" color=black,white` as filters.

    Raises:
        TypingError: There is no such filter, or it does not take the value.
    """
    filters: dict[str, dict[str, object]] = {}
    for found in _CONDITION.finditer(text):
        name, value = found["name"], found["value"].strip('"')
        if name != "sort" and name not in _PAGING:
            filters.setdefault(name, {}).update(_condition(_attribute(name), found["sign"], value))
    return filters


def _attribute(name: str) -> Attribute:
    known = attributes().get(name)
    if known is None or not known.filterable:
        names = ", ".join(a.name for a in attributes().values() if a.filterable)
        raise TypingError(f"There is no filter {name[:30]!r}. Filters are {names}; besides sort, top_k, offset.")
    return known


def _condition(attribute: Attribute, sign: str, value: str) -> dict[str, object]:
    try:
        values = [attribute.outside(attribute.parse(part)) for part in value.split(",") if part]
    except ValueError as error:
        raise TypingError(f"{error}.") from None
    if not values:
        raise TypingError(f"{attribute.name}{sign} needs a value.")
    if len(values) > 1 and sign == "=":
        return {"in": values}
    if len(values) > 1 or (sign != "=" and attribute.kind == "word"):
        raise TypingError(f"{attribute.name} takes {'one value' if len(values) > 1 else '='}, got {sign}{value[:40]}.")
    return {_OPS[sign]: values[0]}


def _product(word: str, seen: Seen) -> str:
    if word.isdecimal():
        return _nth(word, seen.products, "product", "/search or /history")
    return _id(word, seen)


def _line(word: str, seen: Seen) -> str:
    if word.isdecimal():
        return _nth(word, seen.lines, "line of the cart", "/add")
    if word.upper() not in seen.lines:
        raise TypingError(f"The cart has no line {word[:20]!r}. It has {', '.join(seen.lines) or 'none at all'}.")
    return word.upper()


def _nth(word: str, things: Sequence[str], what: str, how: str) -> str:
    if not things:
        raise TypingError(f"There is no {what} yet that a number could stand for: begin with {how}.")
    number = _number(word, what)
    if not 1 <= number <= len(things):
        raise TypingError(f"There is no {what} number {number}: they go from 1 to {len(things)}.")
    return things[number - 1]


def _id(word: str, seen: Seen) -> str:
    if word.upper() not in seen.shown:
        raise TypingError(
            f"The shop has not shown anything called {word[:20]!r}. Take an id, or a number, from a list."
        )
    return word.upper()


def _number(word: str, what: str) -> int:
    if not word.isdecimal() or len(word) > 9:
        raise TypingError(f"{what} is a whole number of at most nine digits, got {word[:20]!r}.")
    return int(word)


def _of_product(tool: str) -> Callable[[str, Seen], ToolCall]:
    def read(rest: str, seen: Seen) -> ToolCall:
        words = rest.split()
        if len(words) != 1:
            raise TypingError("Name one product, by its id or its number in the list shown last.")
        return ToolCall(tool, {"product_id": _product(words[0], seen)})

    return read


def _alone(tool: str) -> Callable[[str, Seen], ToolCall]:
    def read(rest: str, seen: Seen) -> ToolCall:
        if rest:
            raise TypingError(f"That takes nothing behind it, got {rest[:40]!r}.")
        return ToolCall(tool, {})

    return read


def _add(rest: str, seen: Seen) -> ToolCall:
    words = rest.split()
    units = [m for w in words if (m := _UNITS.fullmatch(w))]
    names = [w for w in words if not _UNITS.fullmatch(w)]
    if not 1 <= len(names) <= 2 or len(units) > 1:
        raise TypingError(f"Put what into the cart? {SHORTHANDS['add'].syntax}")
    product = _product(names[0], seen)
    args: dict[str, object] = {"product_id": product}
    if len(names) == 2:
        forms = (seen.variants or {}).get(product, ())
        number = names[1].isdecimal()
        args["variant_id"] = _nth(names[1], forms, "variant of it", "/variants") if number else _id(names[1], seen)
    if units:
        args["quantity"] = int(units[0][1])
    return ToolCall("cart.add", args)


def _set(rest: str, seen: Seen) -> ToolCall:
    words = rest.split()
    if len(words) != 2:
        raise TypingError(f"Set what to how many? {SHORTHANDS['set'].syntax}")
    return ToolCall("cart.set_quantity", {"line_id": _line(words[0], seen), "quantity": _number(words[1], "quantity")})


def _remove(rest: str, seen: Seen) -> ToolCall:
    words = rest.split()
    if len(words) != 1:
        raise TypingError(f"Take out which line? {SHORTHANDS['remove'].syntax}")
    return ToolCall("cart.remove", {"line_id": _line(words[0], seen)})


SHORTHANDS: Final[Mapping[str, Shorthand]] = {
    "search": Shorthand(
        '/search wireless mouse price<=30 brand="Hadley & Ives" color=black,white sort=price',
        "Search. Conditions are exact; sort by relevance, price, rating or delivery; top_k=20 offset=20 for more.",
        _search,
    ),
    "product": Shorthand(
        "/product 2", "Everything about one product; an id does too.", _of_product("catalog.get_product")
    ),
    "variants": Shorthand("/variants 2", "The forms in which it can be bought.", _of_product("catalog.get_variants")),
    "history": Shorthand("/history", "What the customer looked at lately.", _alone("user.get_visit_history")),
    "cart": Shorthand("/cart", "Show the cart.", _alone("cart.view")),
    "add": Shorthand("/add 2 1 x3", "The second product into the cart: its first variant, three units.", _add),
    "set": Shorthand("/set LN1 2", "Make a line of the cart two units.", _set),
    "remove": Shorthand("/remove LN1", "Take a line out of the cart.", _remove),
    "now": Shorthand("/now", "Today's date.", _alone("datetime.now")),
}

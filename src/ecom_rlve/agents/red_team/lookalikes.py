"""Cheats by ids and values: guessed, altered, hedged, repeated, listed all at once, or copied from error messages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, get_args, get_type_hints

from ecom_rlve.agents.answering import product_list
from ecom_rlve.agents.filling import filled, kinds
from ecom_rlve.agents.red_team.cheat import Cheat, Script, first, last
from ecom_rlve.core.dialogue import Action, ToolCall, ToolResult
from ecom_rlve.core.ids import LineId, OrderId, PassageId, ProductId, ids_in_words, prefix_of
from ecom_rlve.core.rng import Stream
from ecom_rlve.core.views import Json

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CYRILLIC = str.maketrans("POABCEHKMTX", "РОАВСЕНКМТХ")
MOST_LISTED = 200
"""Ids that the longest list holds."""


class Constant(Cheat):
    """Hands in the first option of every field at once, and never looks."""

    name = "constant"

    def script(self) -> Script:
        yield self.submit(self.filled())


class LastOption(Cheat):
    """Hands in the last of all that was shown and the last option of every field."""

    name = "last_option"

    def script(self) -> Script:
        yield from self.look()
        yield self.submit(self.filled(last))


class AnswersUnasked(Cheat):
    """Looks once for the opening's words, asks nothing, and hands in the first of everything."""

    name = "answers_unasked"

    def script(self) -> Script:
        yield from self.look()
        yield self.submit(self.filled())


class InventsIds(Cheat):
    """Hands in well-formed ids that nobody has shown."""

    name = "invents_ids"

    def script(self) -> Script:
        yield self.submit(invented(self, lambda kind: made_up(kind, self.rng)))


class CountsIds(Cheat):
    """Tries ids in order, LN1, LN2, RULE1 …, in tools and in the answer."""

    name = "counts_ids"

    def script(self) -> Script:
        for number in range(1, max(2, self.briefing.max_turns - 1)):
            given = {"order_id": f"O{number:06d}", "line_id": f"LN{number}"}
            yield from self.calls(ToolCall("return.check_eligibility", given))
        yield self.submit(invented(self, lambda kind: f"{kind}1" if kind in ("LN", "RULE") else f"{kind}000001"))


class MutatesIds(Cheat):
    """Changes one character of ids that were shown."""

    name = "mutates_ids"

    def script(self) -> Script:
        yield from self.look()
        yield self.submit(self.spelled(lambda text: text[:-1] + self.rng.choice(_LETTERS) if is_id(text) else text))


class LaundersIds(Cheat):
    """Mentions invented ids in words, in a query and in a comparison first, so that they count as seen."""

    name = "launders_ids"

    def script(self) -> Script:
        made = {kind: made_up(kind, self.rng) for kind in ("P", "V", "O", "LN", "RULE")}
        yield Action(f"You mean {', '.join(made.values())}, right?")
        yield from self.calls(
            ToolCall("catalog.search", {"query": " ".join(made.values())}),
            ToolCall("catalog.rerank", {"product_ids": [made["P"]], "query": "this one"}),
        )
        yield self.submit(invented(self, lambda kind: made[kind]))


class ReadsErrors(Cheat):
    """Provokes refusals, and hands in whatever ids their messages name."""

    name = "reads_errors"

    def script(self) -> Script:
        kinds_ = ("P", "V", "O", "LN")
        made = [made_up(kind, self.rng) for kind in kinds_]
        names = ("catalog.get_product", "order.get_status", "return.check_eligibility", "cart.add", "cart.remove")
        yield from self.calls(*(call for name in names if (call := self.given(name, made)) is not None))
        leaked = [i for result in self.results for i in ids_in_words(result.message) if i not in made]
        found = {kind: next((i for i in leaked if prefix_of(i) == kind), "") for kind in (*kinds_, "RULE")}
        yield self.submit(invented(self, lambda kind: found[kind] or made_up(kind, self.rng)))


class _Speller(Cheat):
    """Takes the first of everything and spells it in another way."""

    @abstractmethod
    def change(self, text: str) -> str:
        """Return an id in the other spelling."""

    def script(self) -> Script:
        yield from self.look()
        yield self.submit(self.spelled(lambda text: self.change(text) if is_id(text) else text))


class Homoglyphs(_Speller):
    """Writes ids with letters that only look the same."""

    name = "homoglyphs"

    def change(self, text: str) -> str:
        return text.translate(_CYRILLIC)


class Blanks(_Speller):
    """Hides ids between blanks, tabs and zero-width characters."""

    name = "blanks"

    def change(self, text: str) -> str:
        return f" \t\u200b{text}\u200b "


class SmallLetters(_Speller):
    """Writes ids in small letters."""

    name = "small_letters"

    def change(self, text: str) -> str:
        return text.lower()


class _Valuer(Cheat):
    """Writes its values one after another into every field that takes free text; the first of everything else."""

    values: ClassVar[Sequence[str]] = ()

    def script(self) -> Script:
        yield from self.look()
        value = self.rng.choice(self.values)
        free = free_fields(self.briefing.answer_type)
        yield self.submit({**self.filled(), **dict.fromkeys(free, value)})


class Hedges(_Valuer):
    """Gives several values in one field."""

    name = "hedges"
    values = ("yes or no", "30 days or 60 days", "in_transit, delivered")


class UnitTricks(_Valuer):
    """Writes amounts in ways that might be read as more than one amount."""

    name = "unit_tricks"
    values = ("5.0e0", "$5 USD", "5%$", "٣٠ days", "5 days 30", "1/0", "-0")


class SaysYes(_Valuer):
    """Answers yes in every spelling, whatever was asked."""

    name = "says_yes"
    values = ("TRUE", "Yes.", "yes", "1")


class CitesAll(Cheat):
    """Writes every id that was shown into each field that takes one."""

    name = "cites_all"

    def script(self) -> Script:
        yield from self.look()
        all_of = {kind: ",".join(self.shown(kind)) for kind in kinds(self.briefing.answer_type)}
        given: Mapping[str, Json] = self.filled()
        yield self.submit({n: all_of[prefix_of(v)] if isinstance(v, str) and is_id(v) else v for n, v in given.items()})


class _Lister(Cheat):
    """Looks up a long page and lists what its kind of list holds."""

    @abstractmethod
    def listed(self, products: Sequence[str]) -> Iterator[str]:
        """Yield the ids to list."""

    def script(self) -> Script:
        yield from self.calls(ToolCall("catalog.search", {"query": self.words[:500] or "?", "top_k": 50}))
        yield from self.look()
        name = product_list(self.briefing.answer_type)
        given = self.filled()
        yield self.submit({**given, name: list(self.listed(self.shown("P")))} if name else given)


class ListsEverything(_Lister):
    """Lists every product that it was shown."""

    name = "lists_everything"

    def listed(self, products: Sequence[str]) -> Iterator[str]:
        yield from products


class RepeatsOne(_Lister):
    """Lists the first product again and again."""

    name = "repeats_one"

    def listed(self, products: Sequence[str]) -> Iterator[str]:
        yield from list(products[:1]) * 10


class OverLong(_Lister):
    """Lists products and invented ids until the list can hold no more."""

    name = "over_long"

    def listed(self, products: Sequence[str]) -> Iterator[str]:
        yield from products
        yield from (made_up("P", self.rng) for _ in range(MOST_LISTED - len(products)))


class PagesThrough(_Lister):
    """Pages through the catalogue as far as turns reach before it lists what it has seen."""

    name = "pages_through"

    def script(self) -> Script:
        for page in range(max(1, self.briefing.max_turns - 3)):
            many = {"query": self.words[:500] or "?", "top_k": 50, "offset": 50 * page}
            yield from self.calls(ToolCall("catalog.search", many))
        yield from super().script()

    def listed(self, products: Sequence[str]) -> Iterator[str]:
        yield from products[:MOST_LISTED]


def is_id(value: object) -> bool:
    """Whether a value is one id."""
    return isinstance(value, str) and ids_in_words(value) == [value]


def made_up(kind: str, rng: Stream) -> str:
    """Return a well-formed id of a kind."""
    if kind in ("LN", "RULE"):
        return f"{kind}{1 + rng.below(9999)}"
    return f"{kind}{rng.below(10)}" + "".join(rng.choice(_LETTERS) for _ in range(5))


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A page that nobody showed."""

    product_id: ProductId
    order_id: OrderId
    line_id: LineId
    passage_id: PassageId


def invented(cheat: Cheat, make: Callable[[str], str]) -> dict[str, Json]:
    """Return an answer filled with ids from `make`, by kind."""
    page = MadeUp(ProductId(make("P")), OrderId(make("O")), LineId(make("LN")), PassageId(make("RULE")))
    return filled(cheat.briefing.answer_type, [ToolResult("made_up", page)], first)


def free_fields(answer_type: type) -> list[str]:
    """Return the fields of an answer that take any text."""
    return [name for name, hint in get_type_hints(answer_type).items() if hint is str or str in get_args(hint)]


LOOKALIKES: tuple[type[Cheat], ...] = (
    Constant, LastOption, AnswersUnasked, InventsIds, CountsIds, MutatesIds, LaundersIds, ReadsErrors, Homoglyphs,
    Blanks, SmallLetters, Hedges, UnitTricks, SaysYes, CitesAll, ListsEverything, RepeatsOne, OverLong, PagesThrough,
)  # fmt: skip

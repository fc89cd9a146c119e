"""Which of their orders a customer means: what their words say of it, against the lines that the shop lists.

Sees sentences and order pages; no goal, no brief.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.tools.order import OrderEntry, OrderEntryLine

ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
                   "eleventh", "twelfth")  # fmt: skip
_AGE: Final = re.compile(r"(?:ordered|order|placed|bought)\b[^.!?]{0,20}?\b(\d+) days? ago", re.IGNORECASE)
_PRICE: Final = re.compile(r"\$(\d+(?:\.\d\d)?)")
_UNITS: Final = re.compile(r"\b(?:ordered|quantity was|took) (\d+)(?! days?)(?:\b of it\b|(?=[ ,.!]|$))", re.IGNORECASE)
_RANK: Final = re.compile(rf"\b({'|'.join(ORDINALS)})\b(?! time)", re.IGNORECASE)
_SINGLE: Final = re.compile(r"\b(?:ordered|took|was) (?:just|only) one\b", re.IGNORECASE)
Place = tuple[OrderEntry, OrderEntryLine]


@dataclass(frozen=True, slots=True)
class Described:
    """What was said of an order, as far as it was understood; None or empty for what was not."""

    category: str = ""
    age: int | None = None
    price: float | None = None
    units: int | None = None
    rank: int | None = None
    text: str = ""

    def and_then(self, later: Described) -> Described:
        """Return what is known after `later` was said too: it counts where both speak of the same."""
        return Described(
            category=later.category or self.category,
            age=self.age if later.age is None else later.age,
            price=self.price if later.price is None else later.price,
            units=self.units if later.units is None else later.units,
            rank=self.rank if later.rank is None else later.rank,
            text=f"{self.text} {later.text}",
        )


def described(text: str, taxonomy: Taxonomy) -> Described:
    """Return what a customer's words say of an order."""
    low = text.casefold()
    nouns = ((noun.casefold(), leaf.key) for leaf in taxonomy.leaves.values() for noun in (leaf.noun, leaf.one))
    named = max(((n, key) for n, key in nouns if n in low), key=lambda pair: len(pair[0]), default=("", ""))
    age, price, units, rank = _AGE.search(text), _PRICE.search(text), _UNITS.search(text), _RANK.search(text)
    return Described(
        category=named[1],
        age=int(age[1]) if age else None,
        price=float(price[1]) if price else None,
        units=int(units[1]) if units else 1 if _SINGLE.search(text) else None,
        rank=ORDINALS.index(rank[1].lower()) if rank else None,
        text=text,
    )


def fitting(orders: Sequence[OrderEntry], said: Described) -> list[Place]:
    """Return the lines that what was said fits, oldest order first; brands and versions count by their last mention."""
    oldest_first = sorted(orders, key=lambda order: -order.days_ago)
    alike = [(o, line) for o in oldest_first for line in o.lines if said.category in ("", line.category)]
    if said.rank is not None and said.rank < len(alike):
        alike = [alike[said.rank]]
    alike = [place for place in alike if _fits_numbers(place, said)]
    alike = _by_mention(alike, [line.brand for _, line in alike], said.text)
    versions = [" ".join(line.options.values()) for _, line in alike]
    return _by_mention(alike, versions, said.text)


def telling_apart(places: Sequence[Place], asked: Collection[str]) -> list[str]:
    """Return the two things to ask for next, those that tell most of `places` apart first; none where all were asked.

    People tell orders by what they hold before they tell them by their date.
    """
    kinds: dict[str, set[object]] = {
        "the price": {line.unit_price for _, line in places},
        "the brand": {line.brand for _, line in places},
        "the version ordered": {" ".join(line.options.values()) for _, line in places},
        "the quantity": {line.quantity for _, line in places},
    }
    telling = sorted((k for k, values in kinds.items() if len(values) > 1), key=lambda k: -len(kinds[k]))
    return [k for k in (*telling, "the date of purchase", "the position in time") if k not in asked][:2]


def _fits_numbers(place: Place, said: Described) -> bool:
    order, line = place
    return (
        said.age in (None, order.days_ago)
        and said.price in (None, float(line.unit_price))
        and said.units in (None, line.quantity)
    )


def _by_mention(places: list[Place], words: Sequence[str], text: str) -> list[Place]:
    """Keep the places whose word was mentioned last; all of them where none was."""
    low = text.casefold()
    ends = [_last(word.casefold(), low) for word in words]
    best = max(ends, default=-1)
    return places if best < 0 else [place for place, end in zip(places, ends, strict=True) if end == best]


def _last(word: str, text: str) -> int:
    """Return where the last mention of a word ends, longer words first at the same place; -1 for none."""
    found = list(re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)) if word else []
    return found[-1].end() if found else -1

"""Skill: how much of what it could do a scripted agent does. The same limits in every environment, at every difficulty.

Difficulty is measured with an agent whose skill is fixed (`evaluate.axes`): what falls then falls by the episode alone.
Knows no environment; each expert says where a limit binds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.errands import OneMatter
from ecom_rlve.agents.listening import Limit, numbers_in
from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.tools.catalog import Card

ENDLESS: Final = 10**6
Asked = Mapping[str, str | Limit]
"""Conditions on a product, by attribute: a word, or limits."""


@dataclass(frozen=True, slots=True)
class Skill:
    """Limits people have. The default is no limit: the expert."""

    turns: int = ENDLESS
    """Turns it spends on one errand, the submission included; it plans with what is left of them."""
    questions: int = ENDLESS
    """Questions it asks in one errand, each about two things at most."""
    filters: int = ENDLESS
    """Conditions it puts into a search besides type and stock; it looks for the others on the cards."""
    filters_shown: bool = True
    """Whether it also filters by what every card shows; else it leaves that to the eye."""
    queries: bool = True
    """Whether it searches by words; else it goes through what filters leave, best rated first, if it has no name."""
    glance: int = ENDLESS
    """Cards it reads of what a search by a name found."""
    searches: int = ENDLESS
    """Searches it makes for one thing; where more would be due, it looks through one page instead."""
    passages: int = ENDLESS
    """Passages of the policy that it reads of a page."""
    second_tries: int = ENDLESS
    """How often it takes back what it handed in; afterwards it hands in the same again, whatever has changed."""
    listens: bool = True
    """Whether it hears what the customer says unasked, while it works."""
    skims: bool = False
    """Of cards in a row that look alike (brand and model), it reads the first."""
    reads_typos: bool = True
    """Whether it recognises a mistyped word."""

    def split(self, asked: Asked) -> tuple[Asked, Asked]:
        """Return what goes into a search, what cards do not show first, and what is left for the eye."""
        able = [name for name in asked if self.filters_shown or name not in ON_CARDS]
        names = sorted(able, key=lambda name: name in ON_CARDS)[: self.filters]
        return {n: asked[n] for n in names}, {n: asked[n] for n in asked if n not in names}

    def read(self, cards: Sequence[Card], left: Asked, leaf: Leaf | None) -> list[Card]:
        """Return the cards of a page that it takes for right: those that show nothing against what is `left`."""
        kept: list[Card] = []
        above = ""
        for card in cards:
            named = _name(card)
            if not (self.skims and named == above) and _looks_right(card, left, leaf):
                kept.append(card)
            above = named
        return kept


FULL: Final = Skill()
FIXED: Final = Skill(
    turns=8,
    questions=1,
    filters=2,
    filters_shown=False,
    queries=False,
    glance=2,
    searches=2,
    passages=2,
    second_tries=0,
    listens=False,
    skims=True,
    reads_typos=False,
)
"""An assistant of fair skill in a hurry: what the axes of difficulty are measured with."""
ON_CARDS: Final = ("price", "rating", "delivery_days", "brand")
"""What every card shows."""


def _name(card: Card) -> str:
    """Return how a title begins: the brand, and the word that names the model."""
    model = card.title.removeprefix(card.brand).split()[:1]
    return " ".join((card.brand, *model))


def _looks_right(card: Card, asked: Asked, leaf: Leaf | None) -> bool:
    numbers = dict(numbers_in(card.title, leaf)) if asked else {}
    return all(_admits(_shown(card, name, numbers, leaf), condition) for name, condition in asked.items())


def _shown(card: Card, name: str, numbers: Mapping[str, Limit], leaf: Leaf | None) -> str | float | None:
    """Return what a card shows of an attribute; None where its title does not tell."""
    if name in ON_CARDS:
        return {"price": float(card.price), "rating": card.rating, "delivery_days": card.delivery_days}.get(
            name, card.brand
        )
    if name in numbers:
        return next(iter(numbers[name].values()))
    title = card.title.casefold()
    values = sorted(map(attribute(name).show, leaf.attributes.get(name, ()) if leaf else ()), key=len, reverse=True)
    return next((value for value in values if value.casefold() in title), None)


def _admits(shown: str | float | None, asked: str | Limit) -> bool:
    """Whether what is shown is no contradiction to what is asked."""
    if shown is None:
        return True
    if isinstance(asked, str):
        return str(shown).casefold() == asked.casefold()
    if isinstance(shown, str):
        return "eq" not in asked or shown.casefold() == str(asked["eq"]).casefold()
    wanted = {end: float(value) for end, value in asked.items()}
    return wanted.get("min", shown) <= shown <= wanted.get("max", shown) and wanted.get("eq", shown) == shown


class Hurried:
    """Serves one errand with another server's rules, within a skill's turns and second tries."""

    def __init__(self, server: OneMatter, skill: Skill) -> None:
        self.server, self.skill = server, skill
        self.turns = self.tries = 0
        self.has_spoken = False
        self.handed_in: Move | None = None

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first turn."""
        return self._made(self.server.begin(briefing, self._in_time(opening)))

    def act(self, observation: Observation) -> Move:
        """Return the next turn."""
        if self.handed_in is not None:
            if self.tries >= self.skill.second_tries:
                return self.handed_in
            self.tries += 1
        heard = observation if self.skill.listens or self.has_spoken else replace(observation, message="")
        return self._made(self.server.act(self._in_time(heard)))

    def _in_time(self, observation: Observation) -> Observation:
        left = max(1, self.skill.turns - self.turns)
        return replace(observation, turns_left=min(left, observation.turns_left))

    def _made(self, move: Move) -> Move:
        self.turns += 1
        self.has_spoken = not isinstance(move, Action) or bool(move.message)
        self.handed_in = move if isinstance(move, Mapping) and move.get("answer") else None
        return move

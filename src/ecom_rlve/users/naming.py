"""How a request is named: "two of the desk lamps I looked at yesterday", "a navy blue Voltaro charger with USB-C".

Knows single facts through `saying`, and no occasion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.users.saying import is_told, say, wordings
from ecom_rlve.users.tables import nouns
from ecom_rlve.users.text import ARTICLE, CLOSE, OPEN, kept, listed

QUANTITY, VISITED, CATEGORY, BRAND = "quantity", "visited", "category", "brand"
MOST_BEFORE, MOST_BEHIND = 2, 2
"""How many features people put before and behind a noun before they begin another sentence."""
_PLACES = (
    ("by ", "from ", "made by "),
    ("in ", "of "),
    ("made ", "cut "),
    ("rated ", "priced ", "delivered ", "weighing ", "powered ", "compatible ", "suitable ", "meant ", "filled ",
     "called ", "named ", "chosen "),
    ("with ", "under "),
    ("for ", "at ", "within ", "no "),
    ("that ",),
    ("similar ", "resembling ", "that is much like", "that are much like"),
    ("instead ", "in place ", "to replace ", ","),
)  # fmt: skip
"""How phrases behind a noun begin, in the order in which they stand; those of one place are joined by "and"."""
_ORDER = ("size", "color", "brand", "water_resistance", "resolution", "power_source", "style", "material", "connector")


@dataclass(frozen=True, slots=True)
class Thing:
    """What a request is called."""

    one: str
    many: str

    def subject(self, *, many: bool) -> tuple[str, bool]:
        """Return what it is called as a subject, and whether that is plural: a pair of boots is "the boots"."""
        counter, _, kind = self.one.strip(OPEN + CLOSE).rpartition(" of ")
        if counter == "pair":
            return kept(kind), True
        return (self.many if many else self.one), many

    def with_features(self, words: Sequence[str], *, many: bool) -> str:
        """Return one or many with `words` before the kind: "pairs of black hiking boots"."""
        whole = self.many if many else self.one
        if not words:
            return whole
        counter, of, kind = whole.strip(OPEN + CLOSE).rpartition(" of ")
        return " ".join([*([f"{kept(counter)} of"] if of else []), *words, kept(kind)])


@lru_cache(maxsize=4096)
def thing(noun: str, plural: str) -> Thing:
    """Return how to call one and many; what has no "one" is counted in pairs, packs or sets."""
    if noun != plural or " of " in noun:
        return Thing(kept(noun), kept(plural))
    counter = nouns().counters.get(noun.rsplit(" ", 1)[-1])
    if counter is None:
        return Thing(kept(noun), kept(plural))
    plural_counter = f"{counter}es" if counter.endswith("x") else f"{counter}s"
    return Thing(kept(f"{counter} of {noun}"), kept(f"{plural_counter} of {noun}"))


def called(request: Request) -> Thing:
    """Return what `request` is called."""
    return thing(request.noun, request.plural)


def names_of(brief: Brief) -> frozenset[str]:
    """Return all that the things of a brief are called, as it stands between marks: no values, so open to typos."""
    whole = {name.strip(OPEN + CLOSE) for r in brief.requests for name in (called(r).one, called(r).many)}
    return frozenset(whole | {name.rpartition(" of ")[2] for name in whole})


def quantity(facts: Sequence[Fact]) -> int | None:
    """Return how many are wanted, or None where that is no matter."""
    for fact in facts:
        if fact.topic == QUANTITY and isinstance(fact.constraint.value, int):
            return fact.constraint.value
    return None


def is_many(facts: Sequence[Fact]) -> bool:
    """Whether one speaks of the thing in the plural."""
    return quantity(facts) not in (None, 1)


def number_word(n: int) -> str:
    """Return "three" for 3, digits beyond a dozen; marked as verbatim."""
    words = nouns().numbers
    return kept(words[n] if 0 <= n < len(words) else str(n))


def counted(request: Request, n: int) -> str:
    """Return "one desk lamp", "three desk lamps"."""
    names = called(request)
    return f"{number_word(n)} {names.one if n == 1 else names.many}"


def days_ago(days: int, rng: Stream) -> str:
    """Return "yesterday", "three days ago"; marked as verbatim."""
    if days == 0:
        return kept("earlier today")
    if days == 1:
        return kept("yesterday")
    words = nouns().numbers
    number = words[days] if days < len(words) and rng.chance(0.5) else str(days)
    return kept(f"{number} days ago")


def visited_tail(days: int, rng: Stream) -> str:
    """Return "I looked at yesterday" in one of its wordings."""
    verb = rng.choice(("looked at", "looked at", "was looking at", "had a look at", "viewed"))
    return f"I {verb} {days_ago(days, rng)}"


def noun_phrase(
    request: Request, wanted: Sequence[Fact], said: Sequence[Fact], rng: Stream
) -> tuple[str, tuple[Fact, ...]]:
    """Return a noun phrase that says some of `said`, and the facts that did not fit into it.

    Args:
        request: Whose noun it is.
        wanted: All facts in force: they decide whether one speaks of one or many.
        said: Those that may be told; category and quantity always fit.
        rng: Where wordings are drawn.
    """
    names, many = called(request), is_many(wanted)
    told = tuple(f for f in said if is_told(f.constraint))
    features = [f for f in said if f.topic not in (CATEGORY, QUANTITY, VISITED) and f not in told]
    visit = next((f for f in said if f.topic == VISITED), None)
    before = _before(features, rng) if visit is None and request.noun not in nouns().bare else []
    left = [f for f in features if f not in before]
    room = MOST_BEHIND if visit is None else 1
    behind = sorted(left, key=lambda f: f.topic != BRAND)[:room]
    rest = (*told, *(f for f in left if f not in behind))
    words = [say(f.constraint, "pre", rng, many=many) for f in before]
    noun = names.with_features(words, many=many)
    # "The lamp I looked at, in white", but not "…, that comes in white".
    tail = _tail(behind, rng, many=many) if visit is None else _tail(behind, rng, many=many, without="that ")
    seen = visited_tail(visit.detail, rng) if visit is not None else ""
    parts = [_counted(noun, wanted, said, definite=visit is not None), seen, f", {tail}" if seen and tail else tail]
    return " ".join(part for part in parts if part).replace(" ,", ","), rest


def _tail(facts: Sequence[Fact], rng: Stream, *, many: bool, without: str = "\0") -> str:
    """Return what stands behind the noun: maker, "in …", "with …", "for …", "that …"; like ones joined by "and"."""
    said = sorted(
        (_place(words), words) for f in facts for words in [say(f.constraint, "post", rng, many=many, without=without)]
    )
    places = dict.fromkeys(place for place, _ in said)
    return " ".join(listed([words for other, words in said if other == place]) for place in places)


def _place(words: str) -> int:
    """Return where a phrase stands behind a noun: the longest beginning known counts, the middle where none is."""
    found = [(len(start), k) for k, starts in enumerate(_PLACES) for start in starts if words.startswith(start)]
    return max(found)[1] if found else 3


def _counted(noun: str, wanted: Sequence[Fact], said: Sequence[Fact], *, definite: bool) -> str:
    count = quantity(said)
    if count is None:
        if not is_many(wanted):
            return f"the {noun}" if definite else f"{ARTICLE} {noun}"
        return f"some of the {noun}" if definite else f"some {noun}"
    if count == 1:
        return f"the {noun}" if definite else f"{ARTICLE} {noun}"
    return f"{number_word(count)} of the {noun}" if definite else f"{number_word(count)} {noun}"


def _before(features: Sequence[Fact], rng: Stream) -> list[Fact]:
    """Return the facts said before the noun, in the order in which English puts them."""
    able = [f for f in features if wordings(f.constraint, "pre") and f.constraint.op in ("eq", "in")]
    chosen = [f for f in rng.shuffled(able) if rng.chance(0.6)][:MOST_BEFORE]
    return sorted(chosen, key=lambda f: _ORDER.index(f.topic) if f.topic in _ORDER else len(_ORDER))

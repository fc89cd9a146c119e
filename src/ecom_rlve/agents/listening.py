"""Listening: what a customer's English says, by rules over words any shop assistant knows.

Sees sentences and the shop's category tree; no goal, no brief, no phrase list of the simulated customer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import pairwise
from typing import Final

from ecom_rlve.agents.spelling import Spelling
from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
from ecom_rlve.core.attributes import attribute, attributes

Limit = Mapping[str, str | float]
"""A filter's condition: {"min": 50.0}, {"eq": "black"}."""
NUMBER_WORDS: Final = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER: Final = r"(?:\d+|" + "|".join(NUMBER_WORDS) + r")"
_MORE: Final = r"(?:more|over|above|longer|louder|heavier|bigger|higher|greater|exceed(?:ing)?|beyond)"
_LESS: Final = r"(?:less|under|below|fewer|shorter|lighter|smaller|lower|cheaper)"
_NOT: Final = r"\b(?:no|not|never|cannot|\w+n't)\W+(?:\w+\W+){0,3}?"
_AT_MOST: Final = re.compile(
    rf"{_NOT}{_MORE}\b|\b(?:at (?:the )?(?:most|latest)|or {_LESS}|up to|within|max(?:imum)?|tops|budget|limit|"
    rf"cap of|{_LESS} than)\b|"
    r"\b(?:under|below) ?(?=[$\d])",
    re.IGNORECASE,
)
_AT_LEAST: Final = re.compile(
    rf"{_NOT}{_LESS}\b|\b(?:at (?:the very )?least|or {_MORE}|or better|min(?:imum)?|{_MORE} than|upwards)\b|"
    r"\b(?:over|above) ?(?=[$\d])",
    re.IGNORECASE,
)
_UNITS: Final = {
    "w": ("wattage",), "watt": ("wattage",), "watts": ("wattage",),
    "h": ("battery_life",), "hour": ("battery_life",), "hours": ("battery_life",),
    "gb": ("storage",), "in": ("screen_size",), "inch": ("screen_size",), "inches": ("screen_size",),
    "l": ("capacity",), "litre": ("capacity",), "litres": ("capacity",), "liter": ("capacity",),
    "liters": ("capacity",), "ml": ("capacity",), "g": ("weight",), "tb": ("storage",),
    "kg": ("weight", "load"), "cm": ("length",), "pcs": ("pack_size",), "piece": ("pack_size",),
    "pieces": ("pack_size",), "pack": ("pack_size",), "year": ("warranty",), "years": ("warranty",), "db": ("noise",),
    "lm": ("brightness",), "lumen": ("brightness",), "lumens": ("brightness",),
    "star": ("rating",), "stars": ("rating",),
    "day": ("delivery_days",), "days": ("delivery_days",), "$": ("price",), "spf": ("spf",),
}  # fmt: skip
_MEASURE: Final = re.compile(
    r"(?<![\w.$-])(\d+(?:\.\d+)?)[ -]?("
    + "|".join(sorted(_UNITS.keys() - {"$", "spf"}, key=lambda u: (-len(u), u)))
    + r")\b",
    re.IGNORECASE,
)
_OTHER_WISH: Final = re.compile(r" (?:that|with|for|to|which) ", re.IGNORECASE)
_AFTERTHOUGHT: Final = re.compile(
    rf"\W{{0,2}}(?:or (?:{_MORE}|{_LESS}|better)|at (?:the )?(?:very )?(?:most|least|latest)|tops|max(?:imum)?|"
    r"min(?:imum)?|upwards)\b",
    re.IGNORECASE,
)
"""How a limit is said behind its number."""
_PRICE: Final = re.compile(r"\$ ?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) ?(?:dollars|bucks|usd)\b", re.IGNORECASE)
_SPF: Final = re.compile(r"\b(?:spf|sun protection factor)\b[^\d.;!?]{0,20}(\d+)", re.IGNORECASE)
_VISIT: Final = re.compile(rf"\b(yesterday|(?:a|one) week ago|({_NUMBER}) days? ago)\b", re.IGNORECASE)
_NO_UNIT: Final = r"(?!\.\d)(?! ?(?:days?|W|h|GB|TB|kg|g|cm|L|ml|years?|pieces|pcs|in a|or|and|week|stars?)\b)"
_COUNT: Final = re.compile(rf"(?<![$\d.])\b({_NUMBER})\b{_NO_UNIT}", re.IGNORECASE)
_WANTED: Final = re.compile(
    rf"(?:need|want|make (?:that|it)|have|take|like|get|buy|:|just|only) (?:just |only )?({_NUMBER})\b{_NO_UNIT}"
    r"(?! [\w-]+ \w)",
    re.IGNORECASE,
)
_TASTE: Final = re.compile(r" (?:flavou?r|scent|taste|style|colou?r)", re.IGNORECASE)
"""Behind a noun: "chocolate flavor" is no chocolate."""
_OWN: Final = re.compile(r"\bmy $", re.IGNORECASE)
"""Before a noun: who sits "with my tea" has some."""
_STARTS: Final = re.compile(r"\b(?:need|needing|want|missing|looking for|list:)", re.IGNORECASE)
_END: Final = re.compile(r"[.!?]\s")
_CUT: Final = re.compile(r"[;.!?\n]+\s*(?:and |also |plus )?|,\s*(?:and )?|\band\b|\bplus\b|\balso\b")


@dataclass(slots=True)
class Heard:
    """What was said about one kind of thing."""

    category: str
    """Empty if the sentence names none."""
    text: str
    quantity: int | None = None
    some: bool = False
    """Several, without saying how many."""
    days_ago: int | None = None
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Every word value heard, by attribute, in order."""


class Listener:
    """Understands sentences about the products of one shop."""

    def __init__(self, taxonomy: Taxonomy, *, reads_typos: bool = True) -> None:
        self.taxonomy, self.reads_typos = taxonomy, reads_typos
        leaves = tuple(taxonomy.leaves.values())
        self._names = _names(leaves)
        self._spelling = _spelling(leaves, self._names)
        self._pattern = re.compile(r"\b(?:" + "|".join(re.escape(n) for n in self._names) + r")\b", re.IGNORECASE)

    def about(self, category: str, heard: Heard) -> Heard:
        """Return what was heard, read as being about `category`."""
        if heard.category == category:
            return heard
        return self._heard(category, heard.text, heard.text, heard.text)

    def listen(self, text: str, known: Sequence[str] = ()) -> list[Heard]:
        """Return what `text` says, thing by thing; one entry without category if it names none.

        Args:
            text: The customer's words.
            known: Categories talked about so far: preferred where a word could mean several.
        """
        text = self.mended(text)
        mentions = self._mentions(text, known)
        cue = _STARTS.search(text)
        if cue and not known and any(start > cue.start() for start, _, _ in mentions):
            # "I was having a coffee and remembered that I need …": what comes before it in a sentence is small talk.
            begin = max((m.end() for m in _END.finditer(text, 0, cue.start())), default=0)
            mentions = [m for m in mentions if not begin <= m[0] < cue.start()]
        if not mentions:
            return [self._heard("", text, text, text)]
        cuts = [0, *(_cut(text, a[1], b[0]) for a, b in pairwise(mentions)), len(text)]
        parts = [text[i:j] for i, j in pairwise(cuts)]
        out: list[Heard] = []
        for (start, end, category), part, at in zip(mentions, parts, cuts, strict=False):
            out.append(self._heard(category, part, part[: max(0, start - at)], part[max(0, end - at) :]))
        return out

    def mended(self, text: str) -> str:
        """Return `text` as it was meant, if this listener reads typos."""
        return self._spelling.mended(text) if self.reads_typos else text

    def _mentions(self, text: str, known: Sequence[str]) -> list[tuple[int, int, str]]:
        found = [
            (m.start(), m.end(), self._names[m[0].lower()])
            for m in self._pattern.finditer(text)
            if not _TASTE.match(text, m.end()) and (known or not _OWN.search(text, 0, m.start()))
        ]
        ordered = sorted(found)
        if known:
            about = [m for m in ordered if m[2] in known]
            ordered = about or ordered
        kept: list[tuple[int, int, str]] = []
        for mention in ordered:
            if kept and not text[kept[-1][1] : mention[0]].strip():
                # "Common Denim hiking boots": what stands right before a noun is part of its name.
                kept[-1] = mention
            elif not kept or kept[-1][2] != mention[2]:
                kept.append(mention)
        return kept

    def _heard(self, category: str, text: str, before: str, after: str = "") -> Heard:
        heard = Heard(category, text)
        leaf = self.taxonomy.leaves.get(category)
        heard.quantity, heard.some = _quantity(before, after)
        visit = _VISIT.search(text)
        if visit:
            heard.days_ago = _days(visit)
        heard.limits.update(numbers_in(text, leaf))
        # Without the noun itself: a yoga mat is not said to be for yoga.
        rest = text
        for noun in (leaf.one, leaf.many, leaf.noun, leaf.plural) if leaf else ():
            rest = re.sub(rf"\b{re.escape(noun)}\b", " ", rest, flags=re.IGNORECASE)
        for name, value in _words(rest, leaf):
            heard.values.setdefault(name, []).append(value)
        return heard


_KEPT: Final[list[Listener]] = []


def listener_for(taxonomy: Taxonomy, *, reads_typos: bool = True) -> Listener:
    """Return the listener for a shop; the last few are kept, since making one reads the whole category tree."""
    for listener in _KEPT:
        if listener.taxonomy is taxonomy and listener.reads_typos == reads_typos:
            return listener
    _KEPT[:] = [Listener(taxonomy, reads_typos=reads_typos), *_KEPT[:3]]
    return _KEPT[0]


def _names(leaves: tuple[Leaf, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for leaf in leaves:
        for name in (leaf.one, leaf.many, leaf.noun, leaf.plural, *leaf.synonyms, *(f"{s}s" for s in leaf.synonyms)):
            names.setdefault(name.lower(), leaf.key)
    return dict(sorted(names.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _spelling(leaves: Sequence[Leaf], names: Iterable[str]) -> Spelling:
    """Return what mends words of limits first, then of names; the words of values are right as they stand."""
    path = resources.files("ecom_rlve.agents") / "data" / "spelling.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    values = (word for leaf in leaves for value, _ in _vocabulary(leaf) for word in value.split())
    parts = (word for name in names for word in name.split())
    return Spelling((*words["limits"].split(), *words["orders"].split(), *parts), (*words["plain"].split(), *values))


def _cut(text: str, after: int, before: int) -> int:
    """Return where one thing ends and the next begins: behind the last separator between two mentions."""
    cuts = [m.end() for m in _CUT.finditer(text, after, before)]
    return cuts[-1] if cuts else after


def _quantity(before: str, after: str) -> tuple[int | None, bool]:
    """Return the number of units that the words around a noun give, and whether they say "some"."""
    plain = list(_WANTED.finditer(after)) or list(_WANTED.finditer(before))
    # An article counts only right before the noun's own words.
    nearby = re.split(r"[,;:.!?]", before)[-1]
    found = plain or list(_COUNT.finditer(nearby))
    if found:
        return _integer(found[-1][1]), False
    return None, bool(re.search(r"\b(some|several|a few|multiple|those)\b", before, re.IGNORECASE))


def _integer(word: str) -> int:
    return int(word) if word.isdecimal() else NUMBER_WORDS[word.lower()]


def _days(match: re.Match[str]) -> int:
    text = match[1].lower()
    if text == "yesterday":
        return 1
    return 7 if "week" in text else _integer(match[2])


def numbers_in(text: str, leaf: Leaf | None) -> Iterator[tuple[str, Limit]]:
    """Yield the limits that a text sets on numbers of a kind of product (any kind if None), in their order."""
    for clause in re.split(r",(?! ?\d{3})|[;?!]|(?<!\d)\.|\.(?!\d)| and ", text):
        found: list[tuple[int, str, str]] = [(m.end(), "$", m[1] or m[2]) for m in _PRICE.finditer(clause)]
        found += [(m.end(), "spf", m[1]) for m in _SPF.finditer(clause)]
        if not _VISIT.search(clause):
            found += [(m.end(), m[2].lower(), m[1]) for m in _MEASURE.finditer(clause)]
        begin = 0
        for end, unit, value in sorted(found):
            # "or less" follows its number, "at most" stands before it.
            after = _AFTERTHOUGHT.match(clause, end)
            said = clause[begin : after.end() if after else end]
            begin += len(said)
            name = _attribute_of(unit, said + _OTHER_WISH.split(clause[begin:])[0], leaf)
            if name and (leaf is None or name in leaf.attributes or name in ("price", "rating", "delivery_days")):
                yield name, {_operator(said): float(value) * _scale(clause, value)}


def _scale(clause: str, value: str) -> float:
    """Return what turns a number in a small or large unit into the one the shop filters by."""
    unit = re.search(rf"{re.escape(value)} ?(ml|g|tb)\b", clause, re.IGNORECASE)
    return {"ml": 0.001, "g": 0.001, "tb": 1000.0}[unit[1].lower()] if unit else 1.0


def _attribute_of(unit: str, said: str, leaf: Leaf | None) -> str:
    options = _UNITS[unit]
    if len(options) == 1:
        return options[0]
    if re.search(r"load|carr|hold|support|bear", said, re.IGNORECASE):
        return "load"
    return "weight" if leaf is None or "weight" in leaf.attributes else "load"


def _operator(clause: str) -> str:
    # "no more than" holds "more than": of two readings the one that begins first is meant.
    most, least = _AT_MOST.search(clause), _AT_LEAST.search(clause)
    if most and least:
        return "max" if most.start() < least.start() else "min"
    return "max" if most else "min" if least else "eq"


def _words(text: str, leaf: Leaf | None) -> Iterator[tuple[str, str]]:
    """Yield word values in the order in which they are said; longer ones hide what they contain."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, str, str]] = []
    for value, name in _vocabulary(leaf):
        for m in re.finditer(rf"(?<![\w'’-]){re.escape(value)}(?![\w'’-])", text, re.IGNORECASE):
            # "3.5 stars" has no pattern of stars.
            counted = value.lower() in _UNITS and re.search(r"\d $", text[: m.start()])
            if not counted and all(m.end() <= a or m.start() >= b for a, b in taken):
                taken.append((m.start(), m.end()))
                found.append((m.start(), name, value))
    for _, name, value in sorted(found):
        yield name, value


def _vocabulary(leaf: Leaf | None) -> list[tuple[str, str]]:
    if leaf is None:
        return []
    pairs = [
        (attribute(name).show(value), name)
        for name, values in leaf.attributes.items()
        for value in values
        if attributes()[name].kind == "word"
    ]
    return sorted(pairs, key=lambda pair: (-len(pair[0]), pair))

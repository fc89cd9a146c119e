"""Parsing a model's wording back: whether it carries exactly what the grammar's own line carries.

Both lines go through the same reading; a wording passes if it reads alike. What must stand verbatim (values, names of
things, circumstances) are anchors; around them limits, denials, owners and roles are compared; what is left may hold
neither numbers nor values nor topics, and only words that the grammar itself uses or that say nothing. In doubt it
fails: the grammar is there. Knows no model, no goal and no agent.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ecom_rlve.core.ids import ids_in_words
from ecom_rlve.users.tables import attribute_words, bounds, occasions, patterns, phrases, registers
from ecom_rlve.users.text import CLOSE, OPEN, unmarked
from ecom_rlve.users.user import Act

LONGEST = 3
"""How many times as long as the grammar's line a wording may be, and then some."""
SPARE = 80
_MARKED = re.compile(rf"{OPEN}([^{CLOSE}]*){CLOSE}")
_WORD = re.compile(r"[a-z][a-z']*")
_ODD = re.compile(r"[<>{}\[\]`|*_#\\~^=@]|https?:|www\.|\n")
_SENTENCE = re.compile(r"[.!?;:]+(?=\s|$)")
HERE = "\x01"
"""Stands for an anchor once it was read."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a wording has to carry."""

    act: Act
    text: str
    """The grammar's, with marks around anchors."""
    nouns: tuple[str, ...]
    """What the things are called, one and many, of every request."""
    topics: tuple[str, ...] = ()
    """Slots that the line carries: a wording may name them."""

    @property
    def anchors(self) -> tuple[str, ...]:
        """What must stand verbatim, each once."""
        return tuple(dict.fromkeys(found.lower() for found in _MARKED.findall(self.text)))


@dataclass(frozen=True, slots=True)
class Mention:
    """One anchor where it stands."""

    anchor: str
    limit: str
    """min, max, or vague for what is neither that nor the bare value; empty for the bare value."""
    is_denied: bool
    is_alternative: bool
    """Whether it stands beside another anchor with "or" between them."""
    owner: str
    """The thing it is said of; empty where only one is spoken of."""
    role: str
    """In a complaint: wanted or seen."""


def fault(line: Line, wording: str) -> str:
    """Return what is wrong with a model's wording of a line, in words; empty if it carries exactly the line's act."""
    own, text = unmarked(line.text), wording.strip()
    if not text or len(text) > LONGEST * len(own) + SPARE:
        return "empty" if not text else f"{len(text)} characters for {len(own)}"
    if _ODD.search(text) or not text.isprintable():
        return "signs that nobody types"
    if ids_in_words(text):
        return "names an id"
    for anchor in line.anchors:
        if not _pattern((anchor,)).search(text.lower()):
            return f"leaves out {anchor!r}"
    left = _extra(line, own, text)
    if left:
        return left
    mine, theirs = mentions(line, own), mentions(line, text)
    for found in sorted(theirs ^ mine, key=str):
        return f"{'says' if found in theirs else 'does not say'} {found}"
    if line.topics and _denials(line, own) != _denials(line, text):
        return "denies more or less"
    tones = _tones(line, own) ^ _tones(line, text)
    return f"another act: {', '.join(sorted(tones))}" if tones else ""


def mentions(line: Line, text: str) -> frozenset[Mention]:
    """Return how each anchor stands in a text."""
    lower = text.lower()
    nouns = {n.lower() for n in line.nouns}
    several = len({a for a in line.anchors if a in nouns}) > 1
    out: set[Mention] = set()
    owner = ""
    for start, end in _sentences(lower):
        spots = [(m.start() + start, m.end() + start, m[0]) for m in _pattern(line.anchors).finditer(lower[start:end])]
        things = [spot for spot in spots if spot[2] in nouns]
        for at, stop, anchor in spots:
            before, after = lower[start:at], lower[stop:end]
            if things:
                owner = min(things, key=lambda spot: (min(abs(spot[0] - stop), abs(at - spot[1])), spot[0]))[2]
            out.add(
                Mention(
                    anchor,
                    _limit(before, after),
                    _is_denied(before),
                    _is_alternative(lower, at, stop, spots),
                    owner if several and anchor not in nouns else "",
                    _role(before) if line.act == "correct" else "",
                )
            )
    return frozenset(out)


def _extra(line: Line, own: str, text: str) -> str:
    """Return what a text says beyond the anchors, if it is more than manners."""
    rest, allowed = _without(line, text), _without(line, own)
    if re.search(r"\d|[$€£%]", rest):
        return "names another number"
    said = set(_WORD.findall(allowed))
    for word in _WORD.findall(rest):
        if word in _numbers() and word not in said:
            return f"names another number: {word}"
        if word not in said and word not in _vocabulary():
            return f"a word of its own: {word}"
    if re.search(rf"\b(?:one|ones)\s+(?:of\s+)?(?:the\s+)?{HERE}", rest) and "one" not in said:
        return "names another number: one"
    for value in _values().findall(rest):
        if not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", allowed):
            return f"names another value: {value}"
    topics = _topics(rest) - _topics(allowed) - set(line.topics)
    return f"speaks of {min(topics)}" if topics else ""


def _without(line: Line, text: str) -> str:
    return _pattern(line.anchors).sub(HERE, text.lower()) if line.anchors else text.lower()


def _topics(text: str) -> set[str]:
    return {found.lastgroup or "" for found in _topic_pattern().finditer(text)}


def _sentences(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for match in _SENTENCE.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _limit(before: str, after: str) -> str:
    table = _data()["limits"]
    for kind in ("max", "min"):
        if re.search(table[f"{kind}_before"], before) or re.search(table[f"{kind}_after"], after):
            return kind
    return "vague" if re.search(table["vague"], before) else ""


def _is_denied(before: str) -> bool:
    """Whether a denial in front reaches the anchor: it does to the next comma or "but"."""
    near = re.split(r",|\bbut\b", re.sub(_data()["roles"]["idioms"], " ", before))[-1]
    return re.search(_data()["roles"]["negation"], near) is not None


def _is_alternative(text: str, at: int, stop: int, spots: Sequence[tuple[int, int, str]]) -> bool:
    gaps = [text[stop:a] for a, _, _ in spots if a > stop] + [text[b:at] for _, b, _ in spots if b < at]
    return any(re.fullmatch(r",? or (?:an? )?", gap) for gap in gaps)


def _role(before: str) -> str:
    """Return what the last cue in front of an anchor makes of it."""
    ends = {name: [m.end() for m in re.finditer(_data()["roles"][name], before)] for name in ("wanted", "seen")}
    last = {name: max(found) for name, found in ends.items() if found}
    return max(last, key=lambda name: (last[name], name)) if last else ""


def _tones(line: Line, text: str) -> set[str]:
    rest = _without(line, text)
    found = {name for name, pattern in _data()["tones"].items() if re.search(pattern, rest)}
    # Beside facts, a "yes" or a "great" is no more than manners; without any it is all that is said.
    return found if line.act in _data()["acts"]["agreeing"] or not line.topics else found - {"agree", "refuse"}


def _denials(line: Line, text: str) -> int:
    """Return how often a text says no, outside anchors and idioms."""
    rest = re.sub(_data()["roles"]["idioms"], " ", _without(line, text))
    return len(re.findall(_data()["roles"]["negation"], rest))


@cache
def _pattern(anchors: tuple[str, ...]) -> re.Pattern[str]:
    # Longest first, so that "charging cable" is not read as "cable"; "$13" is not in "$130" or "$13.50".
    longest = sorted(anchors, key=lambda a: (-len(a), a))
    return re.compile(rf"(?<![\w$.])(?:{'|'.join(map(re.escape, longest))})(?!\w|[.,]\d)" if longest else r"(?!)")


@cache
def _values() -> re.Pattern[str]:
    values = {v.lower() for rows in patterns("lexicon").values() for v in rows} - _vocabulary_of_phrases()
    return re.compile(
        rf"(?<![\w'-])(?:{'|'.join(map(re.escape, sorted(values, key=lambda v: (-len(v), v))))})(?![\w-])"
    )


@cache
def _topic_pattern() -> re.Pattern[str]:
    groups = (f"(?P<{topic}>{'|'.join(rows)})" for topic, rows in patterns("topics").items())
    return re.compile(rf"(?<![\w-])(?:{'|'.join(groups)})(?![\w-])")


@cache
def _numbers() -> frozenset[str]:
    return frozenset(_data()["words"]["number"])


@cache
def _vocabulary() -> frozenset[str]:
    """Words that may stand beside anchors. What circumstances and values are told by is none of them."""
    limits = (p for rows in bounds().values() for p in rows)
    forms = (
        p
        for words in attribute_words().values()
        for form in (words.common, *words.by_op.values())
        for p in (*form.pre, *form.post, *form.answer, *form.need)
    )
    return frozenset({*_words_of(limits), *_words_of(forms), *_vocabulary_of_phrases(), *_data()["words"]["plain"]})


@cache
def _vocabulary_of_phrases() -> frozenset[str]:
    return frozenset(_words_of(p for key in occasions() for manner in registers() for p in phrases(key, manner)))


def _words_of(templates: Iterable[str]) -> set[str]:
    return {word for template in templates for word in _WORD.findall(re.sub(r"\{[^}]*\}", " ", template).lower())}


@cache
def _data() -> dict[str, Any]:  # Any: a TOML table, each part used in one place
    text = files("ecom_rlve.users").joinpath("data", "voice.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def manner(register: str) -> str:
    """Return how somebody of a register speaks, for a model to read."""
    return str(_data()["registers"].get(register, "an ordinary shopper"))

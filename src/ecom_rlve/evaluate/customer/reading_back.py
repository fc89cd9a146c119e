"""Reading a customer's words back: which values they carry, by a reader who knows English and the shop, no phrases.

Built on the ears of the goal-blind experts (`agents.listening`, `circumstances`, `order_listening`): what they cannot
hear, no agent could. Words without typos only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ecom_rlve.agents.listening import Heard, listener_for
from ecom_rlve.agents.order_listening import ORDINALS
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import Value, attribute, attributes, circumstances
from ecom_rlve.evaluate.customer.cases import heard_case, is_case
from ecom_rlve.evaluate.customer.recording import Utterance
from ecom_rlve.tasks.brief import Brief, Fact, Request

QUOTED: Final = frozenset({"instead_of", "similar_to", "wishes", "priorities", "match"})
"""Attributes whose value is a whole phrase, said as it stands."""
SHORT: Final = 40
"""Characters of a question that only names a thing."""
_CUT: Final = re.compile(r"[;.!?]\s+|,\s*(?:and )?|\band\b|\bplus\b|\balso\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.!?]) +(?=\W*[A-Z0-9])")
_WISH: Final = re.compile(r"(?:It|They) (?:should|must|has to|have to|needs? to|would need)\b")
_NUMBERS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNT: Final = re.compile(rf"(?<![\w$.-])({'|'.join(_NUMBERS)}|\d+)(?![\w.-])(?! days?\b)", re.IGNORECASE)
_FEATURE: Final = r"(?!(?:for|in|with|of|by|from|on|at|and|or|the|that)\b)[\w&'’-]+(?:\.\d+)?"
_BEFORE_COUNT: Final = re.compile(r"(?:^|[.!?:,] |\b(?:need|want|wanted|only|said|it|have) )$")
_BEHIND_COUNT: Final = re.compile(r"[,.!;]|$| will do| of them")
_MARK: Final = re.compile(
    rf"(?:\bfirst the )?\b({'|'.join(ORDINALS[:5])}) (?:thing|point|matter|request)\b(?: first\b)?", re.IGNORECASE
)
_AND_NOT_MORE: Final = re.compile(r"(\$[\d.,]*\d)((?: [\w-]+){0,3}) and not more\b", re.IGNORECASE)
"""A limit that is said behind the sum."""
_TODAY: Final = re.compile(r"\bearlier today\b", re.IGNORECASE)
_BRANDS: Final = ("brand", "liked_brand")


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How the words of one utterance compare with its act."""

    missing: tuple[str, ...] = ()
    """Slots that the act says were told, and that the words do not carry ("0.color")."""
    leaked: tuple[str, ...] = ()
    """Values of the goal that the words carry and the act does not."""
    contradicting: tuple[str, ...] = ()
    """Values that are neither the goal's nor anything the customer sees."""

    @property
    def is_exact(self) -> bool:
        """Whether the words carry the act's slots and values and nothing else."""
        return not (self.missing or self.leaked or self.contradicting)


@dataclass(frozen=True, slots=True)
class Statement:
    """One value read in the words."""

    request: int
    """-1 where the words leave open of what."""
    attribute: str
    op: str
    value: str | float
    """As the shop prints it, or a number in its unit."""


def read_back(catalog: Catalog, said: Utterance) -> ReadBack:
    """Compare what an utterance says with what its act and the goal in force say."""
    if not said.brief.errands:
        return _read_matter(catalog, said)
    parts = [_read_matter(catalog, said.about(*part)) for part in _matters(said)]
    return ReadBack(
        tuple(slot for part in parts for slot in part.missing),
        tuple(slot for part in parts for slot in part.leaked),
        tuple(slot for part in parts for slot in part.contradicting),
    )


def _matters(said: Utterance) -> Iterator[tuple[int, Brief, str]]:
    """Yield (first request, brief, words) of each of several matters spoken of; customers number them as they go."""
    errands, text = said.brief.errands, said.reply.text
    firsts = [0]
    for errand in errands:
        firsts.append(firsts[-1] + len(errand.brief.requests))
    marks = [(m.start(), ORDINALS.index(m[1].lower())) for m in _MARK.finditer(text)]
    told = [k for k in range(len(errands)) for i, _ in said.reply.said if firsts[k] <= i < firsts[k + 1]]
    begun = sum(first < len(said.wishes) for first in firsts)
    before = next((k for k in told if k not in [k for _, k in marks]), marks[0][1] if marks else begun - 1)
    ends = [start for start, _ in marks[1:]] + [len(text)]
    words = {before: text[: marks[0][0] if marks else len(text)]}
    for (start, k), end in zip(marks, ends, strict=False):
        words[k] = f"{words.get(k, '')} {_MARK.sub('it', text[start:end])}"
    for k, part in words.items():
        if k < begun and part.strip():
            yield firsts[k], errands[k].brief, part


def _read_matter(catalog: Catalog, said: Utterance) -> ReadBack:
    told = said.told()
    text = _AND_NOT_MORE.sub(r"no more than \1\2", said.reply.text)
    for item in said.seen:
        text = text.replace(item.name, "that")
    if said.brief.occasion:
        text = _without(text, said.brief.occasion)
    quoted, text = _quotes(said, text)
    statements = [*quoted, *_statements(catalog, said, text)]
    missing = [
        _name(i, f) for i, f in told if not any(_says(s, i, f) for s in statements) and not _implied(text, said, f)
    ]
    extra = [s for s in statements if not any(_says(s, i, f) for i, f in told)]
    seen = {_printed(name, v) for item in said.seen for name, v in item.values.items()}
    seen |= {_printed(name, v) for item in said.seen for name, forms in item.forms.items() for v in forms}
    extra = [s for s in extra if s.value not in seen]
    goal = [(i, f) for i in range(len(said.brief.requests)) for f in said.in_force(i)]
    leaked = [s for s in extra if any(_says(s, i, f) for i, f in goal)]
    wrong = [s for s in extra if s not in leaked]
    return ReadBack(tuple(missing), tuple(map(_told_as, leaked)), tuple(map(_told_as, wrong)))


def _name(request: int, fact: Fact) -> str:
    return f"{request}.{fact.topic}={fact.constraint.op} {fact.constraint.value}"


def _told_as(statement: Statement) -> str:
    return f"{statement.request}.{statement.attribute}={statement.op} {statement.value}"


def _quotes(said: Utterance, text: str) -> tuple[list[Statement], str]:
    """Return the whole phrases found, and the text without them."""
    found: list[Statement] = []
    for i in range(len(said.brief.requests)):
        for fact in (*said.in_force(i), *said.wishes[i].facts):
            constraint = fact.constraint
            pattern = re.compile(re.escape(str(constraint.value)), re.IGNORECASE)
            if constraint.attribute in QUOTED and pattern.search(text):
                found.append(Statement(i, constraint.attribute, "eq", str(constraint.value)))
                text = pattern.sub("that", text)
    return found, text


def _implied(text: str, said: Utterance, fact: Fact) -> bool:
    """Whether naming the thing says it: its category, and that one is wanted."""
    by_name = fact.topic == "category" or (fact.topic == "quantity" and fact.constraint.value == 1)
    return by_name and any(_mentions(text, said.brief.requests))


def _statements(catalog: Catalog, said: Utterance, text: str) -> Iterator[Statement]:
    requests = said.brief.requests
    cases = [i for i, request in enumerate(requests) if is_case(request)]
    things = [i for i in range(len(requests)) if i not in cases]
    of_things, of_cases = (text, text) if not (cases and things) else _parted(text, [requests[i] for i in things])
    for i in cases:
        mine = {fact.topic: fact for fact in (*said.in_force(i), *said.wishes[i].facts)}
        for topic, value in heard_case(of_cases, mine.values(), catalog.taxonomy):
            yield Statement(i, topic, "eq", value)
    for i, part in _segments(of_things, requests, things):
        yield from _of_thing(catalog, requests, i, part)


def _parted(text: str, things: Sequence[Request]) -> tuple[str, str]:
    """Return the sentences about things to be had, and those about a case: the former name the thing or wish."""
    mine: tuple[list[str], list[str]] = ([], [])
    goes_on = False
    for sentence in _SENTENCE.split(text):
        named = any(_mentions(sentence, things))
        mine[0 if named or goes_on or _WISH.match(sentence) else 1].append(sentence)
        # "The replacement? Blush pink, please."
        goes_on = named and sentence.endswith("?") and len(sentence) < SHORT
    return " ".join(mine[0]), " ".join(mine[1])


def _segments(text: str, requests: Sequence[Request], things: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield (request, part of the text that is about it); all of it where only one thing is talked of."""
    if not things or not text:
        return
    mentions = [m for m in _mentions(text, requests) if m[2] in things]
    if len(things) == 1:
        yield things[0], text
        return
    if not mentions:
        yield -1, text
        return
    cuts = [0, *(_cut(text, a[1], b[0]) for a, b in pairwise(mentions)), len(text)]
    for (_, _, i), (begin, end) in zip(mentions, pairwise(cuts), strict=True):
        yield i, text[begin:end]


def _cut(text: str, after: int, before: int) -> int:
    found = [m.end() for m in _CUT.finditer(text, after, before)]
    return found[-1] if found else after


def _mentions(text: str, requests: Sequence[Request]) -> list[tuple[int, int, int]]:
    """Return (begin, end, request) of every thing named, longer names first where they overlap."""
    names = {name.rpartition(" of ")[2].lower(): i for i, r in enumerate(requests) for name in (r.noun, r.plural)}
    longest_first = "|".join(re.escape(n) for n in sorted(names, key=lambda n: (-len(n), n)))
    # "It has to work with laptops" names no laptop that is wanted.
    pattern = re.compile(rf"(?<![\w-])(?<!\bwith )(?:{longest_first})(?![\w-])", re.IGNORECASE)
    return [(m.start(), m.end(), names[m[0].lower()]) for m in pattern.finditer(text)]


def _of_thing(catalog: Catalog, requests: Sequence[Request], i: int, part: str) -> Iterator[Statement]:
    """Yield what a part of the text says of one thing; where it is open which, what it says of any."""
    ear = listener_for(catalog.taxonomy)
    owners = [i] if i >= 0 else list(range(len(requests)))
    keys = [key for k in owners if (key := _category(requests[k]))]
    if i >= 0 and requests[i].whole:
        part = _without(part, requests[i].noun)
        keys = [key for request in requests if (key := _category(request))][:1]
    for key in dict.fromkeys(keys):
        brands, plain = _brands(catalog, key, part)
        heard = ear.about(key, Heard("", plain))
        for name, limit in heard.limits.items():
            yield from (Statement(i, name, op, value) for op, value in limit.items())
        for name, values in heard.values.items():
            yield from (Statement(i, name, "eq", value) for value in values)
        yield from (Statement(i, "brand", "eq", brand) for brand in brands)
        yield from (Statement(i, "quantity", "eq", n) for n in _counts(part, [requests[k] for k in owners]))
        days = 0 if _TODAY.search(part) else heard.days_ago
        if days is not None:
            yield Statement(i, "visited", "eq", days)


def _without(text: str, name: str) -> str:
    return re.sub(re.escape(name), "that", text, flags=re.IGNORECASE)


def _counts(text: str, requests: Sequence[Request]) -> Iterator[int]:
    """Yield the numbers that stand before a thing named in the plural, or alone in answer to "how many?"."""
    kinds = "|".join(re.escape(request.plural.rpartition(" of ")[2]) for request in requests)
    for match in _COUNT.finditer(text):
        behind, before = text[match.end() :], text[: match.start()]
        before_thing = re.match(
            rf" (?:of the )?(?:\w+ of )?(?:{_FEATURE} ){{0,9}}?(?:{kinds})(?![\w-])", behind, re.IGNORECASE
        )
        alone = _BEFORE_COUNT.search(before) and _BEHIND_COUNT.match(behind)
        if before_thing or alone:
            word = match[1].lower()
            yield _NUMBERS.index(word) + 2 if word in _NUMBERS else int(word)


def _category(request: Request) -> str:
    return next((str(f.constraint.value) for f in request.facts if f.topic == "category"), "")


def _brands(catalog: Catalog, category: str, text: str) -> tuple[list[str], str]:
    """Return the brands named, and the text without them: a word of a brand's name is no color and no material."""
    found: list[str] = []
    for name in sorted(catalog.brands(category), key=lambda n: (-len(n), n)):
        pattern = re.compile(rf"(?<![\w&]){re.escape(name)}(?![\w&])")
        if pattern.search(text):
            text = pattern.sub("That", text)
            found.append(name)
    return found, text


def _printed(name: str, value: Value) -> str | float:
    if isinstance(value, str) or not (name in attributes() or name in circumstances()):
        return value
    outside = attribute(name).outside(value)
    return outside if isinstance(outside, str) else float(outside)


def _says(statement: Statement, request: int, fact: Fact) -> bool:
    """Whether a statement is this fact."""
    constraint = fact.constraint
    if statement.request not in (-1, request):
        return False
    if fact.topic == "quantity":
        # Nobody says "one": the article does, and that is a word of every sentence.
        return statement.attribute == "quantity" and statement.value == constraint.value
    if fact.topic == "visited":
        return statement.attribute == "visited" and statement.value == fact.detail
    if fact.topic == "category":
        return False
    if constraint.attribute in QUOTED or statement.attribute in QUOTED:
        return (statement.attribute, statement.value) == (constraint.attribute, constraint.value)
    if statement.attribute in _BRANDS or constraint.attribute in _BRANDS:
        return statement.attribute in _BRANDS and fact.topic == "brand" and statement.value == constraint.value
    values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    if isinstance(statement.value, str) and not (
        statement.attribute in circumstances() or fact.topic in circumstances()
    ):
        # "Natural" may be a color and a material: a word counts under whatever slot has it.
        return statement.value.lower() in [str(v).lower() for v in values]
    name = "price" if constraint.attribute == "budget" else constraint.attribute
    same = [_printed(name, v) for v in values]
    return statement.attribute in (name, fact.topic) and statement.op == constraint.op and statement.value in same

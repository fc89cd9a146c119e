"""Understanding what the agent says, by rules: what it asks for, reports, offers, denies or is fishing for.

Knows what the customer calls their things, and neither facts nor page: what to make of it is `policy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from ecom_rlve.users.branches import Branches
from ecom_rlve.users.tables import nouns, open_topics, patterns

EVERY = (-1,)
"""Stands for all requests: "how many of each?"."""
ATTENTION = 4000
"""Characters that a customer reads of one message: three quarters from its beginning, the rest from its end."""
LONGEST_VALUE = 4
"""Words of the longest value looked up."""
Names = tuple[tuple[str, str], ...]
"""(one, many) of each request's noun."""

_SENTENCE = re.compile(r"[^.!?\n;]+(?:\.(?=\d)[^.!?\n;]*)*[.!?]*")
_EVERY = re.compile(r"\b(?:each|every|both|all of (?:them|these|those)|all the items)\b")
_ANY_WH = re.compile(r"\b(?:what|which|how|when|who)\b")
_WORD = re.compile(r"[a-z0-9][a-z0-9.'\-]*")
_LETTERS = re.compile(r"[a-z]{2,}")
_VOWEL_WORD = re.compile(r"\b(?:[a-z]*[aeiouy][a-z]*)\b")
_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}")
_BULLET = re.compile(r"\s*(?:[-*•–]|\(?\d{1,2}[.)])\s+")
_BRACKETS = re.compile(r"\([^()]*\)")
_IN_NAME = re.compile(r"\x01(\d+)\x01")


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a message asks for."""

    topic: str
    requests: tuple[int, ...] = ()
    """Those named with it; empty where the message leaves it open, `EVERY` for all."""
    others: tuple[str, ...] = ()
    """Further slots it may mean, where it only names a value that several slots have."""
    context: tuple[int, ...] = ()
    """What the message spoke of just before, where the question names no request."""
    value: str = ""
    """The value named, where it asks by a value ("USB-C or Lightning?") and not by the slot's name."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a customer makes of one message."""

    asks: tuple[Ask, ...] = ()
    named: tuple[int, ...] = ()
    """Requests named anywhere."""
    open_question: bool = False
    """Anything else? Or: what do you need?"""
    open_about: tuple[int, ...] = ()
    asks_right: bool = False
    proposes: bool = False
    reports: bool = False
    closing: bool = False
    sold_out: bool = False
    sold_out_of: tuple[int, ...] = ()
    sold_out_words: str = ""
    """The sentence that said so, lower case."""
    denies: bool = False
    denies_of: tuple[int, ...] = ()
    sums_up: bool = False
    """Reads back what it has understood so far."""
    waits: bool = False
    fishing: bool = False
    rude: bool = False
    gibberish: bool = False


@dataclass(slots=True)
class _Found:
    """What is gathered sentence by sentence."""

    asks: list[Ask]
    named: list[int]
    open_about: list[int]
    sold_out_of: list[int]
    denies_of: list[int]
    cues: set[str]
    sold_out_words: str = ""
    last_named: tuple[int, ...] = ()
    before: str = ""
    """The sentence before, names masked."""


def understand(message: str, names: Names) -> Understanding:
    """Return what `message` means to somebody whose requests are called `names`."""
    if len(message) > ATTENTION:
        message = f"{message[: ATTENTION * 3 // 4]}\n{message[-ATTENTION // 4 :]}"
    if "\n" in message:
        message = _with_lists(message)
    text = message.lower().replace("’", "").replace("'", "").replace("*", "").replace("_", " ")
    text = text.replace("e.g.", "eg").replace("i.e.", "ie")
    found = _Found([], [], [], [], [], set())
    for match in _SENTENCE.finditer(text):
        _hear_sentence(match[0].strip(), names, found)
    cues = found.cues
    return Understanding(
        asks=tuple(dict.fromkeys(found.asks)),
        named=tuple(dict.fromkeys(found.named)),
        open_question="anything_else" in cues,
        open_about=tuple(dict.fromkeys(found.open_about)),
        asks_right="asks_right" in cues,
        proposes="proposes" in cues,
        reports="reports" in cues,
        closing="closing" in cues,
        sold_out="sold_out" in cues,
        sold_out_of=tuple(dict.fromkeys(found.sold_out_of)),
        sold_out_words=found.sold_out_words,
        denies="denies" in cues,
        denies_of=tuple(dict.fromkeys(found.denies_of)),
        sums_up="sums_up" in cues,
        waits="wait" in cues,
        fishing="fishing" in cues,
        rude="rude" in cues,
        gibberish=not found.named and not cues and not found.asks and _is_gibberish(text),
    )


def _with_lists(message: str) -> str:
    """Return a message in which the points of a list go on in the line that announces them with a colon."""
    lines: list[str] = []
    is_list = False
    for line in message.split("\n"):
        point = _BULLET.match(line)
        is_list = is_list and (point is not None or not line.strip())
        if is_list and point is not None:
            lines[-1] += f" {line[point.end() :]},"
        elif not is_list or line.strip():
            lines.append(line)
        is_list = is_list or line.rstrip().endswith(":")
    return "\n".join(lines)


def _hear_sentence(sentence: str, names: Names, found: _Found) -> None:
    if not _LETTERS.search(sentence):
        return
    masked = _masked(sentence, names)
    here = tuple(dict.fromkeys(int(m[1]) for m in _IN_NAME.finditer(masked)))
    found.named.extend(here)
    asking = _is_question(masked)
    cues = {name for name in (_ASKING_CUES if asking else _STATING_CUES) if _cue(name).search(sentence)}
    if "fishing" in cues or "rude" in cues:
        found.cues |= cues & {"fishing", "rude"}
        if not asking:
            return
        masked = _cue("fishing").sub(" ", masked)
    gone = bool(_cue("sold_out").search(masked)) and not _cue("not_sold_out").search(masked)
    if gone:
        found.cues.add("sold_out")
        found.sold_out_of.extend(here or found.last_named)
        found.sold_out_words += f" {sentence}"
    elif _cue("denies").search(masked) and not asking:
        cues.add("denies")
        found.denies_of.extend(here or found.last_named)
    found.cues |= cues
    if asking and not gone:
        _hear_question(masked, found)
    found.last_named = here or found.last_named
    found.before = masked


_ASKING_CUES = ("asks_right", "proposes", "fishing", "rude", "sums_up")
_STATING_CUES = (*_ASKING_CUES, "reports", "closing", "wait", "sums_up")


def _hear_question(masked: str, found: _Found) -> None:
    consent = bool(_cue("consent").search(masked)) and not _ANY_WH.search(masked)
    asks = [] if consent else list(_asks(masked))
    if not asks and not consent and _cue("picks").search(masked):
        # "It comes in brass and white. Which do you want?"
        asks = list(_asks_by_value(found.before))
    if not asks and _cue("asks_right").search(masked):
        # "Just to confirm: a lamp in black. Is that right?"
        asks = list(_asks_by_value(f"{found.before} {masked}" if _cue("sums_up").search(found.before) else masked))
    if found.last_named:
        asks = [ask if ask.requests else replace(ask, context=found.last_named) for ask in asks]
    found.asks.extend(asks)
    if all(ask.topic in open_topics() for ask in asks) and not consent and _cue("anything_else").search(masked):
        found.cues.add("anything_else")
        found.open_about.extend(int(m[1]) for m in _IN_NAME.finditer(masked))
    found.cues.add("question")


def _is_question(sentence: str) -> bool:
    """Whether a sentence asks for something; a mere statement or exclamation does not."""
    if sentence.endswith("?"):
        return True
    if _cue("begins_question").search(sentence) and not sentence.endswith("!"):
        return True
    return bool(_cue("requests_info").search(sentence)) or bool(_cue("holds_question").search(sentence))


def _asks(masked: str) -> Iterator[Ask]:
    """Yield what a question asks for, by slot, else by value, in order."""
    mentions = _asked_for(masked)
    if not mentions:
        yield from _asks_by_value(masked)
        return
    names = [(m.start(), m.end(), int(m[1])) for m in _IN_NAME.finditer(masked)]
    leading = [(start, i) for start, _, i in names if _leads(masked, start, mentions)]
    for k, mention in enumerate(mentions):
        after = mentions[k + 1].start() if k + 1 < len(mentions) else len(masked)
        yield Ask(mention.lastgroup or "", _meant(masked, mention, after, names, leading))


def _asked_for(masked: str) -> list[re.Match[str]]:
    """Return the slots named; what stands in brackets behind one, or in a list of things to be ranked, are examples."""
    mentions = list(_topics().finditer(masked))
    if len(mentions) < 2:
        return mentions
    brackets = [m.span() for m in _BRACKETS.finditer(masked)]
    outside = [m for m in mentions if not any(a < m.start() < b for a, b in brackets)]
    mentions = outside or mentions
    ranked = next((m for m in mentions if m.lastgroup in open_topics()), None)
    colon = masked.find(":", ranked.end()) if ranked is not None else -1
    return mentions if colon < 0 else [m for m in mentions if m.start() < colon]


def _leads(masked: str, start: int, mentions: Sequence[re.Match[str]]) -> bool:
    """Whether the name at `start` opens a clause that goes on about it: "for the lamp, which finish …"."""
    return bool(_cue("leads_clause").search(masked[:start])) and any(m.start() > start for m in mentions)


def _meant(
    masked: str,
    mention: re.Match[str],
    after: int,
    names: Sequence[tuple[int, int, int]],
    leading: Sequence[tuple[int, int]],
) -> tuple[int, ...]:
    """Return the requests a slot is asked of: the clause's own, else the next ones named, else the last ones."""
    lead = [(start, i) for start, i in leading if start < mention.start()]
    following = [(start, i) for start, _, i in names if start >= mention.end()]
    if lead and not any(start < after and (start, i) not in leading for start, i in following):
        nearest = lead[-1][0]
        first = next(k for k, (start, _) in enumerate(lead) if _joined(masked[start:nearest]))
        return tuple(dict.fromkeys(i for _, i in lead[first:]))
    own = [(start, i) for start, i in following if (start, i) not in leading]
    if own:
        run = [own[0]]
        for start, i in own[1:]:
            if not _joined(masked[run[-1][0] : start]):
                break
            run.append((start, i))
        return tuple(dict.fromkeys(i for _, i in run))
    before = [i for start, _, i in names if start < mention.start()]
    if before:
        return (before[-1],)
    return EVERY if _EVERY.search(masked) else ()


def _joined(between: str) -> bool:
    """Whether two names follow each other as in "the lamp and the charger"."""
    return re.fullmatch(r"\x01\d+\x01(?:[, ]|\band\b|\bthe\b|\bfor\b|\byour\b)*|", between) is not None


def _asks_by_value(masked: str) -> Iterator[Ask]:
    words = _WORD.findall(masked)
    lexicon = _lexicon()
    named = tuple(dict.fromkeys(int(m[1]) for m in _IN_NAME.finditer(masked)))
    seen: set[str] = set()
    at = 0
    while at < len(words):
        for size in range(min(LONGEST_VALUE, len(words) - at), 0, -1):
            value = " ".join(words[at : at + size]).rstrip(".")
            topics = lexicon.get(value)
            if topics:
                if topics[0] not in seen:
                    seen.add(topics[0])
                    yield Ask(topics[0], named, topics[1:], value=value)
                at += size - 1
                break
        at += 1


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for topic, values in patterns("lexicon").items():
        for value in values:
            table[value.lower()] = (*table.get(value.lower(), ()), topic)
    return table


@cache
def _cue(name: str) -> re.Pattern[str]:
    # Grouped by how they begin, so that the many that begin a word are tried at beginnings of words only.
    rows = patterns("cues")[name]
    at_word = [row.removeprefix(r"\b") for row in rows if row.startswith(r"\b")]
    others = [row for row in rows if not row.startswith(r"\b")]
    return re.compile("|".join([*([rf"\b(?:{'|'.join(at_word)})"] if at_word else []), *others]))


@cache
def _topics() -> Branches:
    """Return what finds whatever names a slot."""
    return Branches(patterns("topics"))


def _masked(sentence: str, names: Names) -> str:
    pattern, index = _name_pattern(names)
    return sentence if pattern is None else pattern.sub(lambda m: f"\x01{index[m[0]]}\x01", sentence)


@lru_cache(maxsize=1024)
def _name_pattern(names: Names) -> tuple[re.Pattern[str] | None, dict[str, int]]:
    """Return a pattern for whatever names one request and no other, longest first, and whose each name is."""
    whose: dict[str, set[int]] = {}
    for i, (one, many) in enumerate(names):
        for name in (one, many):
            for form in _short_forms(name.lower().replace("'", "").replace("’", "")):
                whose.setdefault(form, set()).add(i)
    index = {form: min(owners) for form, owners in whose.items() if len(owners) == 1}
    if not index:
        return None, {}
    forms = sorted(index, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])"), index


def _short_forms(name: str) -> Iterator[str]:
    """Yield a name and the shorter ones people use for it: "pair of hiking boots", "hiking boots", "boots"."""
    yield name
    kind = name.rpartition(" of ")[2]
    yield kind
    words = kind.split(" ")
    if len(words) > 2:
        yield " ".join(words[-2:])
    if len(words) > 1 and words[-1] not in nouns().vague_heads and len(words[-1]) > 2:
        yield words[-1]


def _is_gibberish(text: str) -> bool:
    words = text.split()[:40]
    if not words:
        return True
    real = sum(bool(_VOWEL_WORD.search(word)) and len(word) < 20 and not _CLUSTER.search(word) for word in words)
    return real * 2 < len(words) or (len(words) == 1 and len(words[0]) > 12)

"""Laws of English over thousands of sentences: every environment's customers, open and in talk, without typos."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import stream
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.users.branches import Branches, heads_of
from ecom_rlve.users.saying import say, wordings
from ecom_rlve.users.tables import attribute_words, patterns
from ecom_rlve.users.text import finish, unmarked

WRONG = {
    "a word that code prints and nobody says": r"\bNone\b|\bnull\b|\bTrue\b|\bFalse\b|[{}\x00-\x1f]",
    "a doubled word": r"\b(?!hello\b|hi\b|wait\b)([a-z]{2,}) \1\b(?! hoop)",
    "a doubled sign": r"\$\$|[,;:]\s*[.,;:!?]|\.\.|!!|\?\?|:\s*:| {2}| [.,;:!?]",
    "a before a vowel": r"\ba (?=[aeiou])(?!u(?:s|ni(?!n))|eu|one\b|once\b)",
    "an before a consonant": r"\ban (?=[bcdfgjkpqtvwyz])",
    "two limits in one": r"\bat (?:at|up to|no|not)\b(?! (?:more|less))|\bsize size\b|\bof of\b|\bfor for\b",
    "colon upon colon": r"^(?!.*\b(?:thing|point|matter|request)\b)[^.!?]*: [^.!?:]*: (?!\S* ?\()",
    "a sum in two currencies": r"\$[\d.]+ dollars?",
    "many of one": r"(?<!\.)\b1 (?:days|pieces|stars|hours|years|units|months|liters|watts)\b",
    "one of many": r"(?<!\.)\b(?:[2-9]|\d\d+) (?:day|piece|star|hour|year|unit|month)\b(?!-)",
    "British spelling": r"\b(?:favourite|colour|flavour|neighbour|litres?|centimetres?|programme)\b",
}
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
PER_CELL = 6
ENVS = [f"{task.name}-v{task.version}" for task in TASKS.values()]


@cache
def sentences(env: str) -> tuple[str, ...]:
    """Return openings and replies over difficulties and manners."""
    return tuple(_sentences(embedded(2_000), env))


def _sentences(catalog: Catalog, env: str) -> Iterator[str]:
    for difficulty in (0, 3, 6, 12, 20):
        for seed in range(PER_CELL):
            shell = Env(catalog)
            yield shell.reset(f"{env}/d{difficulty}/s{seed}?p_noise=0.0")[0].message
            player_named("only_asks" if seed % 2 else "expert")(shell)
            yield from (t.reply.text for t in shell.episode.turns if t.reply is not None and t.reply.text)


def without_names(text: str) -> str:
    """Return a text without product titles: the shop's spelling is its own."""
    return re.sub(r"the sold-out (?!one\b)[^.?!]*|(?:the )?[A-Z][\w&'’ -]+ – [^.?!]*", "that", text)


@pytest.mark.parametrize("env", ENVS)
def test_customers_speak_grammatical_english(env: str):
    said = [without_names(text) for text in sentences(env)]
    assert len(said) >= 120
    for name, pattern in WRONG.items():
        found = [(m[0], part) for text in said for part in _SENTENCE.split(text) if (m := re.search(pattern, part))]
        assert not found, (name, found[:3])


@pytest.mark.parametrize("env", ENVS)
def test_sentences_begin_big_and_end_with_a_sign(env: str):
    for text in sentences(env):
        assert re.match(r"[A-Z$\d]|[a-z]+\d|\W", text), text
        assert text[-1] in ".!?", text


def test_nobody_says_the_same_frame_twice_in_one_breath():
    for env in ENVS:
        for text in sentences(env):
            frames = re.findall(r"(?:As I said|Once more|Again|Like I said|I said already|As mentioned):", text)
            assert len(frames) <= 1, text


@pytest.mark.parametrize("name", [n for n in attributes() if n not in ("category", "title", "match", "budget")])
def test_every_wording_of_every_value_keeps_the_value(name: str):
    words = attribute_words().get(name)
    values = list(words.by_value) if words is not None else []
    for value in values:
        constraint = Constraint(name, "eq", value)
        for position in ("post", "answer", "need"):
            for template in wordings(constraint, position):
                assert "{v}" in template or value in template or name in ("in_stock", "power_source"), template
            text = finish(say(constraint, position, stream(1, name, value), many=False))
            assert unmarked(text).strip(" ,."), (name, value)


def test_wishes_behind_a_thing_stand_in_order():
    texts = [text for task in ("product_discovery", "cart_building") for text in sentences(f"{task}-v0")]
    assert not [
        t for t in texts if re.search(r"\band that [a-z]+ .*\binstead of\b|\bfor [^.]* and with [a-z]+ by\b", t)
    ]
    assert any(re.search(r", (?:preferably|ideally|if possible) (?:by|from) [^.?!]*[.?!]", t) for t in texts)


def test_branches_find_what_one_pattern_would():
    table = patterns("topics")
    groups = (f"(?P<{topic}>{'|'.join(rows)})" for topic, rows in table.items())
    plain = re.compile(rf"(?<![\w-])(?:{'|'.join(groups)})(?![\w-])")
    fast = Branches(table)
    texts = [
        "which color, size and 4k or hd do you want",
        "is the \x012\x01 date known, and the order number",
        "how long",
    ]
    texts += [re.sub(r"\\.|[^\w ]", "", row) for rows in table.values() for row in rows]
    for text in texts:
        found = [(m.lastgroup, m.span()) for m in fast.finditer(text)]
        assert found == [(m.lastgroup, m.span()) for m in plain.finditer(text)], text


def test_heads_of_a_pattern():
    assert heads_of("colou?rs?") == {"c"}
    assert heads_of("(?:which|what) size") == {"w"}
    assert heads_of("(?:customer |star )?ratings?") == {"c", "s", "r"}
    assert heads_of("u?pper") == {"u", "p"}
    assert heads_of(r"\d+ w") is None
    assert heads_of("(?:a|[bc]) d") is None

"""Laws of the customer over random briefs, random talk and every attribute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.users.wishes import Talk

from ecom_rlve.core.attributes import Value, attribute, attributes
from ecom_rlve.core.product import Constraint, Op
from ecom_rlve.core.rng import stream
from ecom_rlve.tasks.brief import Brief, Fact, Item, Request
from ecom_rlve.users.saying import label, say, wordings
from ecom_rlve.users.tables import attribute_words, bounds, occasions, phrases, registers
from ecom_rlve.users.text import article, finish, unmarked
from ecom_rlve.users.user import Heard

NOUNS = [
    ("desk lamp", "desk lamps"), ("phone charger", "phone chargers"), ("jeans", "jeans"),
    ("pair of hiking boots", "pairs of hiking boots"), ("umbrella", "umbrellas"), ("computer mouse", "computer mice"),
    ("eau de parfum", "eaux de parfum"), ("dinner plate set", "dinner plate sets"),
]  # fmt: skip
WORDS = {
    "brand": ["Lumera", "Oak & Ives"], "color": ["black", "oak", "sage green"], "material": ["oak", "steel"],
    "size": ["M", "size 2", "US 9"], "connector": ["USB-C", "HDMI"], "finish": ["matte", "oiled"],
    "diet": ["vegan", "with rice"], "skin_type": ["oily"], "scent": ["rose", "fragrance free"],
}  # fmt: skip
MESSAGES = [
    "Which color would you like?", "Anything else?", "I have added it to your cart.",
    "Is everything right?", "It is sold out.",
    "How many do you need, and what is your budget?", "Bye!",
    "Tell me the product id.", "color brand size price material",
]  # fmt: skip


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    nouns = draw(st.lists(st.sampled_from(NOUNS), min_size=1, max_size=4, unique=True))
    return Brief(draw(st.sampled_from(["fill_cart", "anything"])), tuple(draw(requests(*noun)) for noun in nouns))


@st.composite
def requests(draw: st.DrawFn, one: str, many: str) -> Request:
    facts = [Fact(Constraint("category", "eq", f"shop/{one}"))]
    if draw(st.booleans()):
        facts.append(Fact(Constraint("title", "eq", f"Secretix {one} 9000"), "visited", draw(st.integers(0, 14))))
    names = st.sampled_from(sorted([*WORDS, "price", "rating", "wattage", "battery_life", "weight"]))
    for name in draw(st.lists(names, max_size=4, unique=True)):
        constraint = draw(constraints(name))
        facts.append(Fact(constraint, withheld=draw(st.booleans())))
    count = draw(st.integers(1, 4))
    facts.append(Fact(Constraint("quantity", "eq", count), withheld=count > 1 and draw(st.booleans())))
    fallback = tuple(facts[:1]) if draw(st.booleans()) else ()
    return Request("cart_line", one, many, tuple(facts), fallback)


@st.composite
def constraints(draw: st.DrawFn, name: str) -> Constraint:
    if name in WORDS:
        return Constraint(name, "eq", draw(st.sampled_from(WORDS[name])))
    op: Op = draw(st.sampled_from(["min", "max", "eq"]))
    return Constraint(name, op, draw(st.integers(10, 5000)))


messages = st.one_of(
    st.sampled_from(MESSAGES), st.text(max_size=200), st.text(alphabet="abc ?.!\n{}%\x02\x03\x04", max_size=80)
)


def is_clean(text: str) -> bool:
    return not re.search(r"\s\s|[{}]|\bNone\b|\x02|\x03|\x04|\s[.,;:!?]|\ba [aeio]\w|\b[Aa]n [bcdgjkpqtvwyz]\w", text)


@given(briefs(), st.integers(0, 10**6))
@settings(max_examples=150)
def test_openings_are_clean_and_keep_secrets(brief: Brief, seed: int):
    opening = Talk(brief, seed).opening
    assert is_clean(opening.text), opening.text
    assert re.match(r"[A-Z0-9$]", opening.text), opening.text
    assert "Secretix" not in opening.text
    open_slots = {(i, f.topic) for i, r in enumerate(brief.requests) for f in r.facts if not f.withheld}
    assert set(opening.said) == open_slots
    for request in brief.requests:
        for fact in request.facts:
            if not fact.withheld and isinstance(fact.constraint.value, str) and fact.topic in WORDS:
                assert fact.constraint.value.lower() in opening.text.lower()


@given(briefs(), st.integers(0, 10**6), st.lists(messages, min_size=1, max_size=8), st.sampled_from([0.0, 0.125]))
@settings(max_examples=250)
def test_any_talk_is_borne_and_nothing_slips_out(brief: Brief, seed: int, talk: list[str], noise: float):
    one = Talk(brief, seed, noise)
    known = set(one.opening.said)
    for message in talk:
        reply = one.say(message)
        assert "Secretix" not in reply.text
        assert bool(reply.text) == bool(message.strip()), (message, reply)
        new = set(reply.said) - known
        assert len(new) <= 2 or reply.act in ("elaborate", "confirm")
        assert new <= set(reply.settled) or reply.act == "elaborate"
        assert reply.act not in ("confirm", "done")
        known |= set(reply.said) | set(reply.settled)
        if not noise:
            assert is_clean(reply.text), reply.text


@given(briefs(), st.integers(0, 10**6))
@settings(max_examples=150)
def test_every_slot_can_be_had_by_asking(brief: Brief, seed: int):
    talk = Talk(brief, seed)
    for i, request in enumerate(brief.requests):
        for fact in request.facts:
            if fact.withheld:
                reply = talk.say(f"Which {label(fact.topic)} would you like for the {request.noun}?")
                assert ((i, fact.topic) in reply.settled) or not talk.belief.is_unsaid((i, fact.topic))
    assert not any(wish.unsaid() for wish in talk.belief.wishes)


@given(briefs(), st.integers(0, 10**6))
@settings(max_examples=80)
def test_asking_for_more_ends_in_knowing_all(brief: Brief, seed: int):
    talk = Talk(brief, seed)
    for _ in range(16):
        talk.say("Is there anything else I should know?")
    assert not any(wish.unsaid() for wish in talk.belief.wishes)


@given(briefs(), st.integers(0, 10**6))
@settings(max_examples=80)
def test_a_perfect_page_is_confirmed_and_a_spoilt_one_is_not(brief: Brief, seed: int):
    talk = Talk(brief, seed)
    page = tuple(_fulfilled(request) for request in brief.requests)
    assert talk.say("Here is your cart.", *page).act == "confirm"
    assert talk.say("Thank you!").act == "done"
    spoilt = (*page, Item("cart_line", "Something Else", {"category": "shop/else", "quantity": 1}))
    assert talk.say("Here is your cart.", *spoilt).act == "correct"


def _fulfilled(request: Request) -> Item:
    values: dict[str, Value] = {}
    for fact in request.facts:
        if not isinstance(fact.constraint.value, tuple):
            values[fact.constraint.attribute] = fact.constraint.value
    return Item(request.kind, "A Title", values)


@pytest.mark.parametrize("name", list(attributes()))
@pytest.mark.parametrize("op", ["eq", "in", "min", "max"])
def test_every_attribute_has_words_for_every_operator(name: str, op: Op):
    known = attribute(name)
    if known.kind == "word" and op in ("min", "max"):
        return
    value: Value = "velvet" if known.kind == "word" else known.scale * 3
    constraint = Constraint(name, op, (value, value) if op == "in" else value)
    for position in ("pre", "post", "answer", "need"):
        for seed in range(12) if wordings(constraint, position) else ():
            text = unmarked(finish(say(constraint, position, stream(seed, "say"), many=seed % 2 == 0)))
            assert is_clean(text), text
            assert ("velvet" if known.kind == "word" else "3") in text.lower(), text
    assert name in attribute_words() or name == "category"


def test_limits_are_said_as_limits():
    assert set(bounds()) == {"eq", "in", "min", "max"}
    for seed in range(40):
        least = say(Constraint("battery_life", "min", 20), "answer", stream(seed, "x"))
        most = say(Constraint("price", "max", 2500), "answer", stream(seed, "x"))
        assert re.search(r"at least|or more|less than", least), least
        assert re.search(r"at most|more than|or less|up to|limit|budget|spend|pay", most), most
        assert "$25" in unmarked(most)


def test_every_occasion_speaks_in_every_manner():
    for occasion in occasions():
        for register in registers():
            assert phrases(occasion, register)


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("USB-C", "a"), ("HDMI", "an"), ("oak", "an"), ("hour", "an"), ("8", "an"), ("11", "an"), ("110", "a"),
        ("unscented", "an"), ("unicorn", "a"), ("LED", "an"), ("XL", "an"), ("US", "a"), ("Oak", "an"),
        ("umbrella", "an"),        ("eau", "an"), ("M", "an"), ("one-piece", "a"),
        ("18", "an"), ("180", "a"), ("IPX7", "an"), ("black", "a"),
    ],
)  # fmt: skip
def test_a_or_an(word: str, right: str):
    assert article(word) == right


@pytest.mark.parametrize(
    "text", ["Which color? " * 9000, "x" * 100_000, "?" * 100_000, "\n" * 100_000, "the " * 30_000]
)
def test_huge_messages_are_borne(text: str):
    talk = Talk(
        Brief(
            "fill_cart", (Request("cart_line", "desk lamp", "desk lamps", (Fact(Constraint("color", "eq", "red")),)),)
        )
    )
    assert talk.say(text).act in ("clarify", "continue", "elaborate")


def test_a_spammer_gains_nothing_over_an_honest_asker():
    def known_after(ask: Callable[[int], str]) -> int:
        total = 0
        for seed in range(30):
            talk = Talk(_hard(), seed)
            for turn in range(3):
                talk.say(ask(turn))
            total += sum(len(wish.said()) for wish in talk.belief.wishes)
        return total

    everything = " ".join(f"{a.label}?" for a in attributes().values())
    honest = ["Which color and which price?", "Which wattage and which rating?", "Which weight and which finish?"]
    assert known_after(lambda turn: everything) < known_after(lambda turn: honest[turn])


def _hard() -> Brief:
    hidden: list[tuple[str, Op, Value]] = [
        ("color", "eq", "red"), ("price", "max", 900), ("wattage", "min", 30), ("rating", "min", 40),
        ("weight", "max", 50), ("finish", "eq", "matte"),
    ]  # fmt: skip
    facts = [Fact(Constraint("category", "eq", "c")), *(Fact(Constraint(*c), withheld=True) for c in hidden)]
    return Brief("fill_cart", (Request("cart_line", "desk lamp", "desk lamps", tuple(facts)),))


def test_words_do_not_depend_on_the_hash_seed():
    code = (
        "from tests.users.wishes import Talk, THREE\n"
        "t = Talk(THREE, 7, 0.1); print(t.opening.text)\n"
        "for m in ('Which color?', 'Anything else?', 'It is sold out.', 'Done!'): print(t.say(m))\n"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }  # fmt: skip
    assert len(outs) == 1


def test_heard_of_another_kind_is_not_judged():
    order = Item("order_line", "Old Thing", {"category": "c", "quantity": 1})
    talk = Talk(_hard())
    assert talk.customer.respond(talk.brief, talk.belief, Heard("Look at your orders.", (order,)), stream(1, "x"), 0.0)[
        0
    ].act not in ("correct", "confirm")

"""What the customer makes of an agent's English: a table of sentences, each with all that must be understood."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attributes
from ecom_rlve.users.reading import EVERY, Understanding, understand

NAMES = (
    ("desk lamp", "desk lamps"),
    ("phone charger", "phone chargers"),
    ("pair of hiking boots", "pairs of hiking boots"),
)

TABLE = list(tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8")).items())
"""(message, "slots asked for | what else it does")."""


def summary(meant: Understanding) -> str:
    asks = [ask.topic + _of("every" if ask.requests == EVERY else ask.requests) for ask in meant.asks]
    does = [
        f"open{_of(meant.open_about)}" * meant.open_question,
        *(name * getattr(meant, name) for name in ("asks_right", "proposes", "reports", "closing", "waits")),
        *(name * getattr(meant, name) for name in ("fishing", "rude", "gibberish")),
        f"sold_out{_of(meant.sold_out_of)}" * meant.sold_out,
        f"denies{_of(meant.denies_of)}" * meant.denies,
    ]
    return f"{' '.join(asks)} | {' '.join(filter(None, does))}".strip()


def _of(requests: tuple[int, ...] | str) -> str:
    if isinstance(requests, str):
        return f":{requests}"
    return f":{','.join(map(str, requests))}" if requests else ""


def test_the_table_is_large_enough_to_mean_something():
    assert len(TABLE) >= 150
    assert len({message for message, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("message", "expected"), TABLE)
def test_sentence_is_understood(message: str, expected: str):
    assert summary(understand(message, NAMES)) == expected


@pytest.mark.parametrize("message", [message for message, expected in TABLE if " | " in f" {expected} "])
def test_capitals_and_politeness_change_nothing(message: str):
    plain = understand(message, NAMES)
    assert understand(f"Thank you so much. {message.upper()}", NAMES).asks == plain.asks


@pytest.mark.parametrize("name", [n for n in attributes() if n not in ("title", "category")])
@pytest.mark.parametrize(
    "pattern", ["Which {} would you like for the desk lamp?", "Do you have a preference for the {} of the desk lamp?"]
)
def test_every_slot_can_be_asked_for_by_its_label(name: str, pattern: str):
    label = "quantity" if name == "quantity" else attributes()[name].label
    (ask,) = understand(pattern.format(label), NAMES).asks
    assert (ask.topic, ask.requests) == (name, (0,))


def test_statements_ask_nothing():
    for name, attribute in attributes().items():
        message = f"I noted the {attribute.label} of the desk lamp. The {attribute.label} is shown on the page."
        assert understand(message, NAMES).asks == (), name


def test_huge_messages_are_read_at_both_ends_only():
    padding = "The weather is fine today. " * 5000
    assert understand(f"Which color do you want? {padding}", NAMES).asks[0].topic == "color"
    assert understand(f"{padding} Which color do you want?", NAMES).asks[0].topic == "color"
    assert understand(f"{padding} Which color do you want? {padding}", NAMES).asks == ()


def test_nouns_that_hold_slot_words_are_not_taken_for_questions():
    names = (("power bank", "power banks"), ("water bottle", "water bottles"))
    assert summary(understand("Which color would you like for the power bank?", names)) == "color:0 |"
    assert summary(understand("Is the water bottle all right?", names)).startswith("|")


def test_a_noun_that_two_requests_share_names_neither():
    names = (("desk lamp", "desk lamps"), ("floor lamp", "floor lamps"))
    assert understand("Which color for the lamp?", names).asks[0].requests == ()
    assert understand("Which color for the floor lamp?", names).asks[0].requests == (1,)


def test_every_noun_of_the_shop_can_be_asked_about(catalog: Catalog):
    for leaf in catalog.taxonomy.leaves.values():
        names = (("unrelated gadget", "unrelated gadgets"), (leaf.noun, leaf.plural))
        for label in ("color", "battery life", "price"):
            (ask,) = understand(f"Which {label} would you like for the {leaf.noun}?", names).asks
            assert (ask.topic, ask.requests) == (label.replace(" ", "_"), (1,)), leaf.noun
        (ask,) = understand(f"How many {leaf.plural} do you need?", names).asks
        assert (ask.topic, ask.requests) == ("quantity", (1,)), leaf.noun
        told = understand(f"I am sorry, the {leaf.noun} you want is sold out. What would you like instead?", names)
        assert (told.sold_out, told.sold_out_of, told.asks) == (True, (1,), ()), leaf.noun

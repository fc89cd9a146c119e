"""A customer with a project: a budget for all of it, and things that should match."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.users.wishes import Talk, fact

from ecom_rlve.core.product import Constraint
from ecom_rlve.tasks.brief import Brief, Fact, Item, Link, Request

DESK = Request(
    "product",
    "standing desk",
    "standing desks",
    (fact("category", "eq", "office/standing_desks"), fact("load", "min", 80), fact("quantity", "eq", 1)),
    open=True,
)
CHAIR = replace(
    DESK, noun="office chair", plural="office chairs", facts=(fact("category", "eq", "office/office_chairs"),)
)
SAME = Fact(
    Constraint("match", "eq", "the same color for the standing desk and the office chair"),
    withheld=True,
    link=Link("color", (1, 2)),
)
WHOLE = Request(
    "project", "home office", "home offices", (fact("budget", "max", 90000, withheld=True), SAME), whole=True
)
OFFICE = Brief("plan_project", (WHOLE, DESK, CHAIR), "my first home office")
SEEDS = range(30)


def desk(price=50000, color="black", load=100):
    values = {"category": "office/standing_desks", "price": price, "color": color, "load": load}
    return Item("product", "Some Desk", values)


def chair(price=30000, colors=("black", "grey")):
    values = {"category": "office/office_chairs", "price": price}
    return Item("product", "Some Chair", values, {"color": colors})


def test_the_opening_tells_what_it_is_for_and_keeps_the_budget_back():
    for seed in SEEDS:
        text = Talk(OFFICE, seed).opening.text
        assert "first home office" in text
        assert "standing desk" in text
        assert "office chair" in text
        assert "900" not in text
        assert "same color" not in text


@pytest.mark.parametrize(
    ("question", "topic", "words"),
    [
        ("What is your total budget for the home office?", "budget", "$900"),
        ("What is your budget?", "budget", "$900"),
        ("How much would you like to spend in total?", "budget", "$900"),
        ("How much may the office chair cost?", "budget", "$900"),
        ("Which things should match?", "match", "same color"),
        ("Should anything go together?", "match", "same color"),
        ("Should the desk and the chair be the same colour?", "match", "same color"),
    ],
)
def test_what_binds_the_whole_can_be_asked_for(question, topic, words):
    for seed in SEEDS:
        reply = Talk(OFFICE, seed).say(question)
        assert (reply.act, reply.settled) == ("clarify", ((0, topic),)), reply.text
        assert words in reply.text


def test_both_in_one_question():
    reply = Talk(OFFICE).say("What is your total budget for the home office, and which things should match?")
    assert (reply.act, set(reply.settled)) == ("clarify", {(0, "budget"), (0, "match")})


def test_all_of_it_shown_and_right_is_confirmed():
    assert Talk(OFFICE).say("Is this right?", desk(), chair()).act == "confirm"


def test_what_is_too_dear_together_is_said():
    for seed in SEEDS:
        reply = Talk(OFFICE, seed).say("Is this right?", desk(price=70000), chair())
        assert reply.act == "correct"
        assert (0, "budget") in reply.said
        assert "$900" in reply.text


def test_what_does_not_match_is_said():
    for seed in SEEDS:
        reply = Talk(OFFICE, seed).say("Is this right?", desk(), chair(colors=("white", "grey")))
        assert reply.act == "correct"
        assert (0, "match") in reply.said
        assert "same color" in reply.text


def test_a_part_alone_is_neither_too_dear_nor_unlike():
    reply = Talk(OFFICE).say("I suggest this desk.", desk())
    assert reply.act in ("confirm", "continue")


def test_the_whole_is_never_missing():
    reply = Talk(OFFICE).say("Everything is ready.")
    assert "standing desk" in reply.text
    assert "home office" not in reply.text

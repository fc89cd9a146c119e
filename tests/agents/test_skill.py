"""Limits of a scripted agent: what it puts into a search, what it takes for right on a page, and when it gives up."""

import pytest

from ecom_rlve.agents.agent import Briefing
from ecom_rlve.agents.skill import FIXED, FULL, Hurried, Skill
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.tools.catalog import Card

LEAVES = embedded(2_000).taxonomy.leaves


def card(number, title, price="20.00", brand="Marnista", rating=4.2):
    return Card(f"P{number}", f"{brand} {title}", brand, price, rating, 3, in_stock=True)


def leaf_with(name):
    return next(leaf for leaf in LEAVES.values() if name in leaf.attributes)


def test_a_skimmer_reads_only_the_first_of_cards_in_a_row_that_look_alike():
    page = [card(1, "Alba Kettle, Red"), card(2, "Alba Kettle, Green"), card(3, "Freya Kettle"), card(4, "Alba Kettle")]
    assert [c.product_id for c in Skill(skims=True).read(page, {}, None)] == ["P1", "P3", "P4"]
    assert FULL.read(page, {}, None) == page


def test_what_a_card_shows_against_a_condition_rules_it_out_and_what_it_does_not_show_is_trusted():
    leaf = leaf_with("color")
    black, other = (value for value in leaf.attributes["color"][:2])
    page = [
        card(1, f"Alba, {black.title()}"),
        card(2, f"Beta, {other.title()}"),
        card(3, "Gamma"),
        card(4, "D", "90.00"),
    ]
    right = FULL.read(page, {"color": black, "price": {"max": 50.0}}, leaf)
    assert [c.product_id for c in right] == ["P1", "P3"]


def test_a_search_takes_the_conditions_that_cards_do_not_show_first():
    asked = {"price": {"max": 25.0}, "color": "black", "rating": {"min": 4.0}, "material": "oak"}
    put, left = Skill(filters=2).split(asked)
    assert (set(put), set(left)) == ({"color", "material"}, {"price", "rating"})
    assert FULL.split(asked) == (asked, {})


class Server:
    """Asks until it has to hand in; notes the turns it was told it has."""

    def __init__(self):
        self.left = []

    def begin(self, briefing, opening):
        return self.act(opening)

    def act(self, observation):
        self.left.append(observation.turns_left)
        return (
            Action("Anything else?") if observation.turns_left > 1 else {"answer": {"n": len(self.left), "done": True}}
        )


@pytest.fixture
def briefing():
    return Briefing("any", "", 20, 2, embedded(2_000).taxonomy, type(None), 0)


def test_who_is_in_a_hurry_plans_with_fewer_turns_and_hands_in_in_time(briefing):
    server = Server()
    agent = Hurried(server, Skill(turns=3))
    moves = [agent.begin(briefing, Observation("Hi", turns_left=20))]
    moves += [agent.act(Observation("No", turns_left=left)) for left in (19, 18)]
    assert server.left == [3, 2, 1]
    assert moves[-1] == {"answer": {"n": 3, "done": True}}


def test_what_was_handed_in_is_taken_back_only_so_often(briefing):
    for tries, heard in ((0, 1), (1, 2)):
        server = Server()
        agent = Hurried(server, Skill(second_tries=tries))
        handed_in = agent.begin(briefing, Observation("Hi", turns_left=1))
        again = agent.act(Observation("It is sold out", turns_left=1))
        assert (len(server.left), again == handed_in) == (heard, tries == 0)
        assert agent.act(Observation("Still", turns_left=1)) == again


def test_without_limits_nothing_is_held_back(briefing):
    server = Server()
    agent = Hurried(server, FULL)
    agent.begin(briefing, Observation("Hi", turns_left=20))
    assert agent.act(Observation("Go on", turns_left=19)) == Action("Anything else?")
    assert server.left == [20, 19]
    assert FIXED != FULL

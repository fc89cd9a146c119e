"""What a constraint admits, as a truth table; what a product says of itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.ids import ProductId, VariantId, ids_in_words
from ecom_rlve.core.product import Constraint, Product

LAMP = Product(
    id=ProductId("P000001"),
    title="Lamp",
    category="home/lamps",
    brand="Lumera",
    price=2499,
    rating=45,
    rating_count=12,
    stock=0,
    delivery_days=3,
    attributes={"color": "red", "wattage": 9},
    description="A lamp.",
)


@pytest.mark.parametrize(
    ("op", "wanted", "value", "admitted"),
    [
        ("eq", "red", "red", True),
        ("eq", "red", "Red", False),
        ("eq", "red", None, False),
        ("eq", 5, 5, True),
        ("eq", 5, 6, False),
        ("eq", 5, "5", False),
        ("in", ("red", "blue"), "blue", True),
        ("in", ("red", "blue"), "green", False),
        ("in", (), "red", False),
        ("in", ("red",), None, False),
        ("in", (1, 2), 2, True),
        ("in", "red and blue", "red", False),
        ("min", 5, 4, False),
        ("min", 5, 5, True),
        ("min", 5, 6, True),
        ("min", 5, None, False),
        ("min", 5, "6", False),
        ("min", "5", 6, False),
        ("max", 5, 4, True),
        ("max", 5, 5, True),
        ("max", 5, 6, False),
        ("max", 5, None, False),
        ("max", 5, "4", False),
        ("max", (5,), 4, False),
    ],
)
def test_admits(op, wanted, value, admitted):
    assert Constraint("any", op, wanted).admits(value) is admitted


@given(st.integers(), st.integers())
def test_min_and_max_meet_only_where_equal(limit, value):
    at_least, at_most = Constraint("x", "min", limit), Constraint("x", "max", limit)
    assert at_least.admits(value) or at_most.admits(value)
    assert (at_least.admits(value) and at_most.admits(value)) == Constraint("x", "eq", limit).admits(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "Lamp"), ("category", "home/lamps"), ("brand", "Lumera"), ("price", 2499), ("rating", 45),
        ("rating_count", 12), ("delivery_days", 3), ("in_stock", "no"), ("color", "red"), ("wattage", 9),
        ("material", None), ("stock", None), ("id", None), ("description", None), ("attributes", None),
    ],
)  # fmt: skip
def test_a_product_tells_what_a_customer_can_ask_for_and_no_more(name, value):
    assert LAMP.value(name) == value


@pytest.mark.parametrize(("stock", "said"), [(0, "no"), (1, "yes"), (2, "yes")])
def test_one_unit_is_in_stock(stock, said):
    assert replace(LAMP, stock=stock).value("in_stock") == said


def test_holds_asks_the_thing_itself():
    assert Constraint("price", "max", 2500).holds(LAMP)
    assert not Constraint("in_stock", "eq", "yes").holds(LAMP)
    assert not Constraint("material", "eq", "steel").holds(LAMP)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I put P1A2B3C in.", ["P1A2B3C"]),
        ("P1A2B3C, V9Z8Y7X; LN3 and RULE12!", ["P1A2B3C", "V9Z8Y7X", "LN3", "RULE12"]),
        ("P1A2B3C P1A2B3C", ["P1A2B3C", "P1A2B3C"]),
        ("PACKAGE of VARIOUS things OUTDOOR", []),
        ("P1A2B3", []),
        ("P1A2B3CD", []),
        ("XP1A2B3C", []),
        ("p1a2b3c", []),
        ("PIL1OU2", []),
        ("LN12345 LN", []),
        ("(O000001)", ["O000001"]),
        ("", []),
    ],
)
def test_ids_in_running_text(text, found):
    assert ids_in_words(text) == found


def test_every_id_the_shop_gives_is_recognised_in_words(catalog):
    from ecom_rlve.catalog.variants import Offer

    ids = [catalog.id_of(row) for row in range(0, len(catalog), 7)]
    ids += [v.id for row in range(0, 200, 7) for v in catalog.variants(row, Offer(5))]
    assert ids_in_words(" ".join(ids)) == ids


def test_words_of_the_shop_are_not_taken_for_ids(catalog):
    shown = [w for row in range(len(catalog)) for w in (catalog.product(row).title, catalog.product(row).description)]
    assert ids_in_words("\n".join(shown).upper()) == []


def test_id_types_are_plain_text():
    assert ProductId("P1") == VariantId("P1") == "P1"

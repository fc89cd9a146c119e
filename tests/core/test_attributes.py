"""Attributes are written as a shop prints them and read back as they were stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.attributes import attribute, attributes, decimal_text, money

NUMBERS = [a for a in attributes().values() if a.kind == "number"]
WORDS = [a for a in attributes().values() if a.kind == "word"]


def test_there_are_at_least_seventeen_constraint_attributes():
    assert sum(a.filterable for a in attributes().values()) >= 17


@pytest.mark.parametrize(
    ("name", "stored", "shown", "outside"),
    [
        ("price", 2499, "$24.99", 24.99),
        ("price", 2500, "$25.00", 25),
        ("price", 5, "$0.05", 0.05),
        ("rating", 45, "4.5 stars", 4.5),
        ("rating", 40, "4 stars", 4.0),
        ("wattage", 65, "65 W", 65),
        ("screen_size", 156, "15.6 in", 15.6),
        ("capacity", 50, "0.5 L", 0.5),
        ("delivery_days", 2, "2 days", 2),
        ("connector", "USB-C", "USB-C", "USB-C"),
        ("spf", 50, "50", 50),
    ],
)
def test_known_values_are_shown_as_shops_do(name, stored, shown, outside):
    assert attribute(name).show(stored) == shown
    assert attribute(name).outside(stored) == outside


@given(st.sampled_from(NUMBERS), st.integers(-(10**9), 10**9))
def test_numbers_come_back_from_every_form_they_are_written_in(a, stored):
    assert a.parse(a.outside(stored)) == stored
    assert a.parse(json.loads(json.dumps(a.outside(stored)))) == stored
    assert a.parse(decimal_text(stored, a.scale, fixed=True)) == stored
    if stored >= 0:
        assert a.parse(a.show(stored)) == stored


@given(st.sampled_from(WORDS), st.text())
def test_words_come_back_as_they_are(a, word):
    assert a.parse(a.outside(word)) == word == a.show(word)


@given(st.integers(-(10**12), 10**12), st.sampled_from([1, 10, 100, 1000]))
def test_decimal_text_is_exact(steps, scale):
    text = decimal_text(steps, scale, fixed=False)
    whole, _, fraction = text.lstrip("-").partition(".")
    assert (int(whole) * scale + int(fraction.ljust(len(str(scale)) - 1, "0") or 0)) == abs(steps)
    assert text.startswith("-") == (steps < 0)
    assert not fraction.endswith("0")


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (1, "0.01"), (99, "0.99"), (12345, "123.45"), (-5, "-0.05")])
def test_money_always_has_two_decimals(cents, text):
    assert money(cents) == text


@pytest.mark.parametrize("text", [" 24.99 ", "$24.99", "24.99 USD", "$24.99 USD", "24.990"])
def test_people_write_prices_in_several_ways(text):
    assert attribute("price").parse(text) == 2499


@pytest.mark.parametrize(
    "bad",
    [
        "", "cheap", "$", "12,50", "--3", "0x10", "nan", "NaN", "inf", "-Infinity", "sNaN",
        float("nan"), float("inf"), "1e13", 1e300, "1e999999", "1e999999999", "9" * 5000, [1], None, {},
    ],
)  # fmt: skip
def test_what_is_no_price_is_a_value_error(bad):
    with pytest.raises(ValueError, match="price takes a number in USD"):
        attribute("price").parse(bad)


@pytest.mark.parametrize("bad", [True, False])
def test_yes_and_no_are_no_numbers(bad):
    with pytest.raises(ValueError, match="price takes a number"):
        attribute("price").parse(bad)


def test_noise_of_floats_is_no_finer_step():
    assert attribute("price").parse(19.99 + 20.0 + 0.1 + 0.2) == 4029
    assert attribute("rating").parse(0.1 + 0.2) == 3


@pytest.mark.parametrize("bad", [24.999, "24.999", 0.001])
def test_finer_than_the_smallest_step_is_a_value_error(bad):
    with pytest.raises(ValueError, match=r"price .*0\.01"):
        attribute("price").parse(bad)


@pytest.mark.parametrize("bad", [1, 1.5, True, None, ["red"]])
def test_what_is_no_word_is_a_value_error(bad):
    with pytest.raises(ValueError, match="color takes a text"):
        attribute("color").parse(bad)


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none()))
def test_any_value_parses_to_an_int_or_is_a_value_error(value):
    try:
        parsed = attribute("rating").parse(value)
    except ValueError:
        return
    assert isinstance(parsed, int)
    assert attribute("rating").parse(attribute("rating").outside(parsed)) == parsed


def test_an_unknown_attribute_is_a_key_error():
    with pytest.raises(KeyError):
        attribute("colour")


def test_natural_directions_are_those_of_people():
    assert (attribute("price").better, attribute("rating").better, attribute("color").better) == ("low", "high", "")

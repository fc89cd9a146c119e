"""Prices in many spellings: read exactly, or refused with the reason; never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog.intake.prices import LEAST, MOST, Price, parse_price

CENTS = st.integers(LEAST, MOST)
SPELLINGS = (
    lambda cents: f"{cents / 100:.2f}",
    lambda cents: f"${cents / 100:.2f}",
    lambda cents: f"$ {cents / 100:,.2f}",
    lambda cents: f"US${cents / 100:,.2f}",
    lambda cents: f"  {cents / 100:.2f} USD ",
    lambda cents: f"from ${cents / 100:,.2f}",
    lambda cents: f"{cents / 100:,.2f}".replace(",", " "),
    lambda cents: f"{cents / 100:,.2f}".replace(",", "'"),
    lambda cents: f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,")),
    lambda cents: Decimal(cents) / 100,
    lambda cents: cents / 100,
    lambda cents: [cents / 100],
    lambda cents: {"amount": f"{cents / 100:.2f}", "currency": "USD"},
)


@given(CENTS, st.sampled_from(SPELLINGS))
def test_every_spelling_of_a_price_is_that_price(cents, spell):
    assert parse_price(spell(cents)) == Price(cents)


@given(CENTS, CENTS, st.sampled_from((" - ", "–", " to ", "$")))
def test_of_a_range_the_lowest_counts(one, other, between):
    text = f"${one / 100:.2f}{between}{other / 100:.2f}"
    assert parse_price(text) == Price(min(one, other), ranged=True)


@given(st.text(max_size=60) | st.floats() | st.integers() | st.none() | st.lists(st.text(max_size=9), max_size=3))
def test_anything_gives_a_price_or_a_reason(value):
    found = parse_price(value)
    assert (LEAST <= found.cents <= MOST) == (found.fault == "")
    assert found.cents == 0 or not found.fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("None", "price_missing"),
        ("", "price_missing"),
        ("NaN", "price_missing"),
        (float("nan"), "price_missing"),
        (None, "price_missing"),
        ([], "price_missing"),
        ("Currently unavailable", "price_unreadable"),
        ("12..9", "price_unreadable"),
        ("-5.00", "price_unreadable"),
        ("-$5", "price_unreadable"),
        ("12.99 / lb", "price_unreadable"),
        ("$5.00 (20% off)", "price_unreadable"),
        ("1.299", "price_unreadable"),  # 1299 or 1.30? A factor of a thousand is not guessed.
        ("1,2,3", "price_unreadable"),
        (True, "price_unreadable"),
        ("€ 12,99", "price_other_currency"),
        ("C$5", "price_other_currency"),
        ("$5 / £4", "price_other_currency"),
        ("0.00", "price_implausible"),
        (0, "price_implausible"),
        (10**9, "price_implausible"),
    ],
)
def test_what_is_no_price_says_why(text, fault):
    assert parse_price(text) == Price(0, fault)


def test_another_currency_is_understood_where_the_map_names_it():
    euros = {"currency": "EUR", "rate": Decimal("1.10"), "decimal": ","}
    assert parse_price("1.299", **euros) == Price(142890)
    assert parse_price("10,00 €", **euros) == Price(1100)
    assert parse_price("10,00", **euros) == Price(1100)
    assert parse_price("$10.00", **euros) == Price(1000)
    assert parse_price("£10.00", **euros).fault == "price_other_currency"

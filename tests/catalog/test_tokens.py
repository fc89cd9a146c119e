"""What people type and what titles say become the same tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog.tokens import tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("65W", "65 watts"),
        ("65w", "65-watt"),
        ("27-Inch", '27"'),
        ("20-Hour Battery", "20 h battery"),
        ("12-Pack", "pack of 12"),
        ("12 pieces", "12 pcs"),
        ("250 g", "0.25 kg"),
        ("1 TB", "1000GB"),
        ("15 m", "1500 cm"),
        ("300 ml", "0.3 liters"),
        ("SPF 50", "spf50"),
        ("2-Year Warranty", "2 years warranty"),
        ("Hiking Boots", "hiking boot"),
        ("batteries", "battery"),
        ("Watches", "watch"),
        ("café au lait", "CAFE AU LAIT"),
        ("men's", "mens"),
    ],
)
def test_spellings_meet(one, other):
    assert tokens(one) == tokens(other)


def test_hyphenated_words_are_found_whole_and_in_parts():
    assert tokens("USB-C") == ["usbc", "usb", "c"]
    assert set(tokens("usb c")) <= set(tokens("USB-C"))
    assert set(tokens("usbc")) <= set(tokens("USB-C"))


def test_different_numbers_stay_different():
    assert tokens("1.5 L") == ["1.5l"]
    assert tokens("1.5 L") != tokens("15 L")
    assert tokens("65") != tokens("65 W")


@given(st.text(max_size=200))
def test_any_text_gives_clean_tokens(text):
    for token in tokens(text):
        assert token
        assert token == token.strip()
        assert token.replace(".", "").isalnum()
        assert token.isascii()

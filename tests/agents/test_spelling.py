"""Mending words: one slip is read as what it was meant to be, and what is right is left alone."""

import pytest

from ecom_rlve.agents.spelling import Spelling

WORDS = Spelling(["louder", "lower", "least", "leash", "boots", "décor"], ["ship", "there"])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("at leats 10 hours", "at least 10 hours"),
        ("no louer than 80 dB", "no louder than 80 dB"),
        ("boots, bootss, boits, botos", "boots, boots, boots, boots"),
        ("the key beside, not any: bopts, bowts", "the key beside, not any: boots, bowts"),
        ("they ship there", "they ship there"),
        ("two slips: botoss", "two slips: botoss"),
        ("a decor and a décir", "a decor and a décir"),
        ("Botos from Boits & Co", "boots from Boits & Co"),
        ("boits-like, boits'", "boits-like, boits'"),
    ],
)
def test_one_slip_is_mended(said, meant):
    assert WORDS.mended(said) == meant


def test_of_several_the_first_counts():
    assert Spelling(["least", "leash"]).mended("leasy") == "least"
    assert Spelling(["leash", "least"]).mended("leasy") == "leash"

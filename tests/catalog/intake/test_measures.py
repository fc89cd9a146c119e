"""Numbers with units: the same quantity in any unit is the same stored value; several numbers are none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog.intake.measures import STEPS_MOST, found_in, measured, read_measure
from ecom_rlve.core.attributes import attribute

UNITS = [(name, unit) for name, known in measured().items() for unit in known.units]


@given(st.sampled_from(UNITS), st.decimals(Decimal("0.1"), 5000, places=1), st.sampled_from((" ", "", "-")))
def test_every_unit_converts_exactly(named, number, gap):
    name, unit = named
    steps = number * measured()[name].units[unit] * attribute(name).scale
    read = read_measure(f"{number}{gap}{unit}", name)
    if read is None:
        assert steps < 1 or steps > STEPS_MOST
    else:
        assert abs(read - steps) <= Decimal("0.5")


@given(st.text(max_size=60), st.sampled_from(sorted(measured())))
def test_any_text_is_read_or_not(text, name):
    read = read_measure(text, name)
    assert read is None or 0 < read <= STEPS_MOST


@pytest.mark.parametrize(
    ("text", "name", "steps"),
    [
        ("1.2 pounds", "weight", 54),
        ("8 ounces", "weight", 23),
        ("16 oz", "capacity", 47),
        ("16.9 fl oz", "capacity", 50),
        ("0.5 kg", "weight", 50),
        ("6.6ft", "length", 201),
        ("27 Inches", "screen_size", 270),
        ('15.6"', "screen_size", 156),
        ("2TB", "storage", 2000),
        ("Pack of 6", "pack_size", 6),
        ("3", "pack_size", 3),
        ("50+", "spf", 50),
        ("up to 24 hours", "battery_life", 24),
        ("1,000 ml", "capacity", 100),
    ],
)
def test_what_shops_write(text, name, steps):
    assert read_measure(text, name) == steps


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("12 x 10 x 3 inches", "length"),
        ('9" x 12"', "length"),
        ("5-10 hours", "battery_life"),
        ("1/2 inch", "length"),
        ("6 ft 2 in", "length"),
        ("heavy", "weight"),
        ("12", "weight"),
        ("5 volts", "wattage"),
    ],
)
def test_several_numbers_or_none_are_not_read(text, name):
    assert read_measure(text, name) is None


def test_one_title_may_hold_several_measures():
    title = "Vorn 65W Charger, 2-Pack, 6 ft"
    assert (found_in(title, "wattage"), found_in(title, "pack_size"), found_in(title, "length")) == ([65], [2], [183])

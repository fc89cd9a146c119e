"""Attributes: what is sure is taken, what could mean two things is left out and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog.intake.extract import ACCEPTED, Notes, Told, attributes_of, details_of, options_of
from ecom_rlve.catalog.intake.kinds import our_leaf
from ecom_rlve.catalog.intake.markup import plain, shortened, without_ids
from ecom_rlve.core.ids import IN_WORDS


def told(title="", *, details=None, options=None, features=(), columns=None, brand=""):
    return Told(columns or {}, details or {}, options or {}, features, title, brand)


def values(told_, leaf, notes=None):
    found = attributes_of(told_, our_leaf(leaf), notes if notes is not None else Notes())
    assert all(one.confidence >= ACCEPTED for one in found.values())
    return {name: one.value for name, one in found.items()}


def test_a_title_says_what_it_is_made_of():
    title = "Vorn Rapid 65W USB-C Phone Charger, 6 ft Cable, Matte Black"
    assert values(told(title), "electronics/chargers") == {
        "connector": "USB-C", "wattage": 65, "length": 183, "color": "black",
    }  # fmt: skip


def test_a_title_that_says_two_things_says_nothing():
    notes = Notes()
    found = values(told("Vorn USB-C to Lightning Charging Cable, Black"), "electronics/charging_cables", notes)
    assert found == {"color": "black"}
    assert notes.unsure == {"connector": 1}


def test_oak_may_be_a_colour_or_a_material_and_20_kg_a_weight_or_a_load():
    assert values(told("Vorn Bookshelf, Oak, up to 20 kg"), "furniture/bookshelves") == {}


def test_a_property_outweighs_the_title():
    found = values(told("Vorn Mug, Black", details={"Colour": "White"}), "kitchen/mugs")
    assert found == {"color": "white"}


def test_a_word_in_brand_or_noun_is_no_value():
    assert values(told("Orange Leather Co. Mug", brand="Orange Leather Co."), "kitchen/mugs") == {}
    assert values(told("Vorn Chocolate Bar"), "grocery/chocolate") == {}


def test_labels_options_and_columns_are_read():
    found = values(
        told(features=("Material: 18/8 Stainless Steel", "HOT: keeps warm"), options={"Size": ["12 oz", "16 oz"]},
             columns={"color": "Navy"}, details={"Item Volume": "500 Milliliters"}),
        "kitchen/mugs",
    )  # fmt: skip
    assert found == {"material": "stainless steel", "color": "navy blue", "capacity": 50}


def test_what_is_not_understood_or_not_plausible_is_counted():
    notes = Notes()
    found = values(told(details={"Color": "Unicorn Dream", "Wattage": "90000 W"}), "electronics/chargers", notes)
    assert found == {}
    assert notes.unread == {"color: Unicorn Dream": 1}
    assert notes.implausible == {"wattage": 1}


def test_titles_of_categories_that_are_not_ours_are_not_searched():
    assert attributes_of(told("Twang Nylon Guitar String, Black"), None, Notes()) == {}


@pytest.mark.parametrize("value", ["{not json", "[1]", None, 7, "", "{}", {"a": None}, "[" * 5000])
def test_tables_that_are_none_are_empty(value):
    assert details_of(value) == {}
    assert options_of(value) == {}


def test_options_come_in_two_shapes():
    shape = {"color": [{"value": "red", "image": "x"}, {"value": "blue"}], "size": None, "fit": "slim"}
    assert options_of(shape) == {"color": ["red", "blue"]}
    assert options_of('{"Color": ["red"]}') == {"Color": ["red"]}


@given(st.text(max_size=300))
def test_plain_text_is_one_line_without_markup(text):
    found = plain(text)
    assert found == found.strip()
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in found)
    assert "  " not in found
    found.encode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>One&nbsp;two</p><p>three</p>", "One two three"),
        ("a<br/>b <b>c</b>", "a b c"),
        ("x <script>alert(1)</script> y <!-- z -->", "x y"),
        ("5 &amp;quot; wide & <3 inch", '5 " wide & <3 inch'),
        ("caf\u00c3\u00a9 don\u00e2\u20ac\u2122t", "café don’t"),
        ("\ufeffa\u200bb\x00c", "a b c"),
    ],
)
def test_markup_is_stripped(text, found):
    assert plain(text) == found


@given(st.text(alphabet=" abc.,!-", max_size=400), st.integers(10, 200))
def test_a_shortened_text_fits_and_begins_alike(text, most):
    short = shortened(text, most)
    assert len(short) <= most
    assert text.startswith(short)


@given(st.text(alphabet="PVOR0123ABC LN", max_size=60))
def test_no_word_looks_like_an_id_of_ours(text):
    assert not IN_WORDS.search(without_ids(text))

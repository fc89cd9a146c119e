"""What kind of thing a foreign product is: its category's name first, its title where that leaves no doubt."""

import pytest

from ecom_rlve.catalog.intake.kinds import Kind, counter_of, kind_of, path_of, singular


@pytest.mark.parametrize(
    ("path", "title", "key"),
    [
        (["Electronics", "Accessories", "Chargers & Power Adapters"], "x", "electronics/chargers"),
        (["Electronics", "Computers & Accessories", "Monitors"], "x", "computers/monitors"),
        (["Baby Products", "Safety", "Monitors"], "x", "baby/baby_monitors"),
        (["Pet Supplies", "Dogs", "Beds & Furniture", "Beds"], "x", "pet/dog_beds"),
        (["Musical Instruments", "Guitar Strings"], "x", "other/guitar_strings"),
        (["Musical Instruments", "Guitar Strings & Picks"], "Twang Celluloid Pick, 12 pcs", "other/picks"),
        (["All Electronics"], "Acme Webcam 1080p", "computers/webcams"),
        ([], "Lumo 65W USB-C Phone Charger, White", "electronics/chargers"),
        ([], "Hamish Blender 700W", "kitchen/blenders"),
    ],
)
def test_a_kind_is_told(path, title, key):
    assert kind_of(path, title, {}).key == key


@pytest.mark.parametrize(
    "title", ["Case for phone charger", "Mattress Protector", "Toaster Oven 1200W", "Replacement lid for mug", "Thing"]
)
def test_an_accessory_is_not_the_thing_and_a_thing_is_nothing(title):
    assert kind_of([], title, {}).fault == "no_category"


def test_a_map_may_name_further_categories():
    assert kind_of(["Heißgetränke"], "x", {"heissgetranke": "kitchen/mugs"}).key == "kitchen/mugs"
    assert kind_of(["Mood lighting"], "x", {"mood lighting": "home/candles"}).key == "home/candles"


def test_denied_and_dropped_categories():
    assert kind_of(["Sports", "Hunting Knives"], "x", {}) == Kind("sports/hunting_knives", denied=True)
    assert kind_of(["Smoke Shop", "Cigars"], "x", {}).denied
    assert kind_of(["Health", "Sexual Wellness", "Toys"], "x", {}).fault == "category_dropped"


def test_a_name_of_ours_is_never_a_category_of_its_own():
    # "Covers" could mean phone covers: a customer who asks for one would leave it open.
    assert kind_of(["Boats", "Phone Covers"], "x", {}).key in ("", "electronics/phone_cases")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("A > B › C", ["A", "B", "C"]),
        (["A", " B "], ["A", "B"]),
        ([["A"], ["A", "B"]], ["A", "B"]),
        (None, []),
        (7, []),
        ("", []),
    ],
)
def test_paths_come_in_many_shapes(value, path):
    assert path_of(value) == path


@pytest.mark.parametrize(
    ("plural", "one", "counted"),
    [
        ("guitar strings", "guitar string", ""),
        ("batteries", "battery", ""),
        ("work gloves", "work glove", "pair"),
        ("sunglasses", "sunglasses", "pair"),
        ("bread knives", "bread knife", ""),
        ("wrist watches", "wrist watch", ""),
    ],
)
def test_one_of_several(plural, one, counted):
    assert (singular(plural), counter_of(plural)) == (one, counted)

"""Search finds what people ask for: measured on a sample of 20,000 products."""

import pytest

from ecom_rlve.catalog.catalog import Catalog, Offer
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream, stream

OFFER = Offer(0)
SAMPLE = 400
PAGE = 10
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def page(catalog: Catalog, query: str, *constraints: Constraint) -> tuple[int, ...]:
    return catalog.search(query, constraints, sort="relevance", limit=PAGE, offer=OFFER).rows


def misspelled(text: str, typos: int, rng: Stream) -> str:
    """One edit (loss, replacement, addition, swap) in each of `typos` words of four letters or more."""
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    for i in rng.sample(long, min(typos, len(long))):
        word, at = words[i], rng.below(len(words[i]) - 1)
        letter = rng.choice(LETTERS)
        words[i] = rng.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
    return " ".join(words)


def test_an_exact_title_finds_its_product_first(shop):
    rng = stream(1, "title")
    rows = rng.sample(range(len(shop)), SAMPLE)
    assert sum(page(shop, shop.title(row))[0] == row for row in rows) >= 0.99 * SAMPLE


@pytest.mark.parametrize("typos", [1, 2])
def test_a_title_with_typos_is_on_the_first_page(shop, typos):
    rng = stream(typos, "typos")
    rows = rng.sample(range(len(shop)), SAMPLE)
    assert sum(row in page(shop, misspelled(shop.title(row), typos, rng)) for row in rows) >= 0.95 * SAMPLE


def test_type_brand_and_a_feature_are_enough(shop):
    """On the first page unless more than a page of products answers the description equally well."""
    rng = stream(2, "described")
    found = 0
    for row in rng.sample(range(len(shop)), SAMPLE):
        product = shop.product(row)
        leaf = shop.taxonomy.leaf(product.category)
        name = rng.choice(list(product.attributes))
        said = attribute(name).show(product.attributes[name])
        rows = page(shop, f"{product.brand} {leaf.noun} {said}")
        group = shop.brand_rows(product.category, product.brand)
        equal = [other for other in group if shop.product(other).attributes.get(name) == product.attributes[name]]
        found += row in rows or (len(equal) > PAGE and set(rows) <= set(equal))
    assert found >= 0.95 * SAMPLE


def test_every_noun_and_synonym_finds_its_category(shop):
    right = total = 0
    for key, leaf in shop.taxonomy.leaves.items():
        for word in (leaf.noun, leaf.plural, *leaf.synonyms):
            rows = page(shop, word)
            right += sum(shop.product(row).category == key for row in rows)
            total += PAGE
    assert right >= 0.85 * total


@pytest.mark.parametrize(
    ("query", "category", "attribute_name", "value"),
    [
        ("usb c charger 65w", "electronics/chargers", "wattage", 65),
        ("usbc phone charger 65 watt", "electronics/chargers", "wattage", 65),
        ("powerbank white", "electronics/power_banks", "color", "white"),
        ("waterproof hiking boots brown", "shoes/hiking_boots", "color", "brown"),
        ("1tb portable ssd", "computers/portable_drives", "storage", 1000),
        ("decaffeinated coffe beans", "grocery/coffee_beans", "diet", "decaffeinated"),
        ("sunscreen spf 50", "beauty/sunscreens", "spf", 50),
        ("27 inch monitor", "computers/monitors", "screen_size", 270),
        ("kitten wet food", "pet/cat_food", "age_group", "kittens"),
        ("lavender candel", "home/candles", "scent", "lavender"),
        ("quen matress firm", "furniture/mattresses", "size", "queen"),
    ],
)
def test_everyday_queries(shop, query, category, attribute_name, value):
    products = [shop.product(row) for row in page(shop, query)]
    assert sum(p.category == category for p in products) >= 9
    assert sum(p.value(attribute_name) == value for p in products) >= 8


def test_a_filter_and_a_word_meet(shop):
    rows = page(shop, "lamp", Constraint("category", "eq", "home/desk_lamps"), Constraint("price", "max", 4000))
    assert len(rows) == PAGE
    assert all(shop.product(row).price <= 4000 for row in rows)

"""Generated catalogues: the same bytes everywhere, true words, near-duplicates, sizes that stay bounded."""

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from ecom_rlve.catalog.arrays import log2_fixed, mix, mix_all
from ecom_rlve.catalog.brands import real_names
from ecom_rlve.catalog.generate import generate
from ecom_rlve.catalog.recipe import recipes
from ecom_rlve.catalog.rows import quantile, rounded_price
from ecom_rlve.catalog.wording import prose_text, title_text, with_article
from ecom_rlve.core.errors import CatalogError

FILES = ("products.arrow", "postings.rows.npy", "postings.impacts.npy", "vectors.npy", "terms.bytes.npy")


def test_the_fingerprint_is_known(small):
    """A change here is a new catalogue: bump GENERATOR, and say so in the change log."""
    assert small.fingerprint == "b4bf3ace6b7bcc69"


def test_another_process_makes_the_same_bytes(small_path, tmp_path):
    code = "import sys, pathlib as p, ecom_rlve.catalog.generate as g; g.generate(2000, 0, p.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "twin"], check=True, env={**os.environ, "PYTHONHASHSEED": "4711"}
    )
    for name in (*FILES, "meta.json"):
        assert (tmp_path / "twin" / name).read_bytes() == (small_path / name).read_bytes(), name


def test_another_seed_is_another_shop(small, tmp_path):
    generate(1_000, 1, tmp_path / "a")
    generate(1_000, 2, tmp_path / "b")
    assert (tmp_path / "a" / "products.arrow").read_bytes() != (tmp_path / "b" / "products.arrow").read_bytes()


def test_sizes_out_of_range_are_refused(tmp_path):
    with pytest.raises(CatalogError, match="999"):
        generate(999, 0, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_progress_is_told(tmp_path):
    said = []
    generate(1_000, 3, tmp_path / "p", lambda stage, done, total: said.append((stage, done, total)))
    assert said[-1][0] == "index"
    products = [done for stage, done, _ in said if stage == "products"]
    assert products == sorted(products)
    assert products[-1] == 1_000


def test_titles_are_unique(shop):
    assert len({shop.title(row) for row in range(len(shop))}) == len(shop)


def test_rows_are_sorted_by_category_brand_price(shop):
    keys = np.stack([shop.column(name).astype(np.int64) for name in ("category", "brand", "price")])
    packed = (keys[0] << 48) | (keys[1] << 28) | keys[2]
    assert (np.diff(packed) >= 0).all()


def test_groups_stay_bounded(shop):
    for key in shop.taxonomy.leaves:
        brands = shop.brands(key)
        sizes = [len(shop.brand_rows(key, brand)) for brand in brands]
        assert sum(sizes) == len(shop.category_rows(key))
        assert len(brands) >= 4
        assert max(sizes) <= 120
        assert list(brands) == sorted(brands)
    groups = sum(len(shop.brands(key)) for key in shop.taxonomy.leaves)
    assert 6 <= len(shop) / groups <= 11


def test_brands_live_in_several_categories_and_are_not_real(shop):
    homes = Counter(brand for key in shop.taxonomy.leaves for brand in shop.brands(key))
    assert sum(count > 1 for count in homes.values()) > len(homes) / 2
    assert not {brand.lower() for brand in homes} & real_names()


def test_figures_are_those_of_a_shop(shop):
    prices, ratings = shop.column("price"), shop.column("rating")
    endings = Counter((prices % 100).tolist())
    assert endings[99] + endings[49] + endings[0] + endings[95] > 0.85 * len(shop)
    assert ratings.min() >= 10
    assert ratings.max() <= 50
    assert 38 <= np.median(ratings) <= 45
    assert 0.02 < (shop.column("stock") == 0).mean() < 0.1
    days = shop.column("delivery_days")
    assert days.min() >= 1
    assert days.max() <= 14
    for recipe in recipes():
        rows = shop.category_rows(recipe.leaf.key)
        median = np.median(prices[rows.start : rows.stop])
        assert recipe.price[1] < median < recipe.price[5], recipe.leaf.key


def test_most_products_have_a_sibling_one_or_two_attributes_away(shop):
    near = 0
    rows = range(0, len(shop), 41)
    for row in rows:
        product = shop.product(row)
        names = shop.taxonomy.leaf(product.category).attributes
        others = [other for other in shop.brand_rows(product.category, product.brand) if other != row]
        gaps = [sum(shop.column(n)[row] != shop.column(n)[other] for n in names) for other in others]
        near += any(1 <= gap <= 2 for gap in gaps)
    assert near > 0.7 * len(rows)


def test_words_are_true_and_clean(shop):
    for row in range(0, len(shop), 7):
        product = shop.product(row)
        leaf = shop.taxonomy.leaf(product.category)
        text = f"{product.title} {product.description}"
        assert product.title.startswith(product.brand + " ")
        assert "{" not in text
        assert "None" not in text
        assert "  " not in text
        assert " ," not in text
        assert 1 <= product.description.count(". ") + 1 <= 6
        for name, value in product.attributes.items():
            assert value in leaf.attributes[name]


def test_descriptions_say_only_what_is_given(shop):
    """No sentence names a value of the schema that the product does not have (numbers are unmistakable)."""
    checked = 0
    for row in range(0, len(shop), 11):
        product = shop.product(row)
        leaf = shop.taxonomy.leaf(product.category)
        for name in ("wattage", "warranty", "battery_life", "spf"):
            for value in leaf.attributes.get(name, ()):
                said = f" {prose_text(name, value)}"
                if name != "warranty" and said in product.description:
                    checked += 1
                    assert product.attributes[name] == value, product.description
    assert checked > 100


def test_values_are_written_as_shops_do():
    assert title_text("wattage", 65) == "65W"
    assert title_text("weight", 25) == "250 g"
    assert title_text("weight", 150) == "1.5 kg"
    assert title_text("storage", 2000) == "2 TB"
    assert title_text("length", 1500) == "15 m"
    assert title_text("size", "16 x 16 in") == "16 x 16 in"
    assert title_text("pack_size", 1) == ""
    assert prose_text("warranty", 1) == "1 year"
    assert prose_text("capacity", 35) == "350 ml"


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("8-inch", "an"),
        ("USB-C", "a"),
        ("HDMI", "an"),
        ("ankle", "an"),
        ("unisex", "a"),
        ("11.6-inch", "an"),
        ("14-inch", "a"),
    ],
)
def test_articles(text, article):
    assert with_article(text) == f"{article} {text}"


def test_scalar_and_array_mixers_agree():
    numbers = np.asarray([0, 1, 2**63, 2**64 - 1, 12345678901234567890], dtype=np.uint64)
    assert mix_all(numbers).tolist() == [mix(int(n)) for n in numbers]


def test_fixed_point_logarithm_is_exact():
    for ratio, expected in [(1, 0), (2, 32), (3, 50), (1024, 320), (1000, 318)]:
        assert log2_fixed(np.asarray([ratio << 16]), 5).tolist() == [expected]


def test_quantiles_interpolate_and_meet_their_ends():
    table = (10, 20, 30, 40, 50, 60, 70)
    ranks = np.asarray([0, 50, 100, 500, 1000])
    assert quantile(table, ranks).tolist() == [10, 15, 20, 40, 70]


def test_prices_never_fall_as_levels_rise():
    cents = np.arange(100, 200_000, 37)
    for roll in (0, 5, 8, 65, 95):
        prices = rounded_price(cents, np.full(len(cents), roll))
        assert all(b >= a - 1000 for a, b in pairwise(prices.tolist()))
        assert (prices > 0).all()

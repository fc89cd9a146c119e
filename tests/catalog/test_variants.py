"""Three forms per product: plausible, stable, and the same for one row and for many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog.variants import Offer, forms_of, forms_of_all
from ecom_rlve.core.product import Constraint


@given(st.integers(0, 2**40), st.lists(st.integers(0, 2_000_000), min_size=1, max_size=20), st.integers(3, 12))
def test_scalar_and_array_forms_agree(seed, rows, n):
    own = [row % n for row in rows]
    many = forms_of_all(np.asarray(rows), np.asarray(own), np.full(len(rows), n), Offer(seed))
    for i, row in enumerate(rows):
        one = forms_of(row, own[i], n, Offer(seed))
        assert {form.index for form in one} == set(many[:, i].tolist())
        assert len({form.index for form in one}) == 3
        assert own[i] in {form.index for form in one}
        assert not all(form.sold_out for form in one)


def test_forms_differ_in_one_natural_attribute(shop):
    for row in range(0, len(shop), 97):
        product, name = shop.product(row), shop.variant_attribute(row)
        leaf = shop.taxonomy.leaf(product.category)
        assert name in leaf.variant
        variants = shop.variants(row, Offer(row))
        assert len(variants) == 3
        assert len({v.id for v in variants}) == 3
        values = [v.options[name] for v in variants]
        assert product.attributes[name] in values
        assert len(set(values)) == 3
        assert set(values) <= set(leaf.attributes[name])
        for variant in variants:
            assert list(variant.options) == [name]
            assert variant.price == product.price
            assert variant.stock in (0, product.stock)
        assert not {v.id for v in variants} & {v.id for v in shop.variants(row, Offer(row + 1))}


def test_the_own_form_stands_anywhere_and_some_are_sold_out(shop):
    places, gone, total = [0, 0, 0], 0, 0
    for row in range(0, len(shop), 7):
        product, name = shop.product(row), shop.variant_attribute(row)
        if product.stock:
            variants = shop.variants(row, Offer(3))
            places[[v.options[name] for v in variants].index(product.attributes[name])] += 1
            gone += sum(v.stock == 0 for v in variants)
            total += 3
            assert any(v.stock for v in variants)
    assert min(places) > 0.28 * sum(places)
    assert 0.06 < gone / total < 0.11


def test_another_offer_brings_other_forms(shop):
    rows = range(0, len(shop), 211)
    same = sum(shop.variants(row, Offer(1)) == shop.variants(row, Offer(2)) for row in rows)
    assert same == 0
    assert all(shop.variants(row, Offer(1)) == shop.variants(row, Offer(1)) for row in rows)


def test_a_filter_finds_products_by_any_of_their_forms(shop):
    key, offer = "electronics/chargers", Offer(5)
    wanted = Constraint("connector", "eq", "Lightning")
    found = set(shop.matching([Constraint("category", "eq", key), wanted], offer).tolist())
    for row in shop.category_rows(key):
        assert (row in found) == any(v.options["connector"] == "Lightning" for v in shop.variants(row, offer))

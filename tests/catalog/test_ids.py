"""Ids are a bijection, opaque, and strangers are told apart."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.catalog import ids
from ecom_rlve.core.ids import IN_WORDS

ROWS = st.integers(0, ids.MAX_ROWS - 1)


@given(ROWS)
def test_a_row_comes_back_from_its_id(row):
    text = ids.product_id(row)
    assert re.fullmatch(r"P[0-9A-HJKMNP-TV-Z]{6}", text)
    assert IN_WORDS.fullmatch(text)
    assert ids.row_of_id(text) == row


@given(ROWS, st.integers(0, 2**60), st.integers(0, 2))
def test_a_variant_id_belongs_to_one_form_of_one_product_under_one_offer(row, seed, position):
    text = ids.variant_id(seed, row, position)
    assert IN_WORDS.fullmatch(text)
    assert ids.variant_id(seed, row, position) == text
    others = [ids.variant_id(s, r, p) for s in (seed, seed + 1) for r in (row, row + 1) for p in range(3)]
    assert len(set(others)) == 12


@given(st.text(max_size=12))
def test_malformed_ids_name_nothing(text):
    row = ids.row_of_id(text)
    assert row is None or ids.product_id(row) == text


def test_every_well_formed_id_names_at_most_one_row():
    for number in range(0, 2**30, 7_654_321):
        text = "P" + "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> s & 31] for s in (25, 20, 15, 10, 5, 0))
        row = ids.row_of_id(text)
        assert row is None or ids.product_id(row) == text


def test_ids_show_no_order():
    made = [ids.product_id(row) for row in range(3000)]
    assert len(set(made)) == 3000
    rising = sum(a < b for a, b in pairwise(made))
    assert 1350 < rising < 1650
    assert len({text[1] for text in made}) == 32

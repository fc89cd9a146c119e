"""nDCG against a search over all orders, F1 against a count by hand; both exact at their edges."""

from collections import Counter
from itertools import permutations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.metrics import f1, ndcg

gains = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=5)


def dcg(order, k):
    return sum(g / log2(i + 2) for i, g in enumerate(order[:k]))


@given(gains, st.integers(1, 6), st.randoms(use_true_random=False))
def test_ndcg_is_the_share_of_the_best_of_all_orders(ideal, k, rnd):
    shown = list(ideal)
    rnd.shuffle(shown)
    best = max(dcg(order, k) for order in permutations(ideal))
    expected = dcg(shown, k) / best if best else 0.0
    assert ndcg(shown, ideal, k) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(0, 1e6), max_size=30), st.integers(1, 40))
def test_the_best_order_is_worth_exactly_one(ideal, k):
    best = ndcg(sorted(ideal, reverse=True), ideal, k)
    assert best == (1.0 if any(g > 0 for g in ideal) else 0.0)


@given(st.lists(st.floats(0, 1e3), max_size=8), st.lists(st.floats(0, 1e3), max_size=8), st.integers(1, 9))
def test_ndcg_stays_in_range_when_what_is_shown_comes_from_the_ideal(ideal, others, k):
    assert 0.0 <= ndcg(others[: len(ideal)], ideal, k) <= 1.0


def test_missing_positions_count_nothing_and_later_ones_are_ignored():
    assert ndcg([1.0], [1.0, 1.0], 2) == pytest.approx(1 / (1 + 1 / log2(3)))
    assert ndcg([1.0, 0.0, 5.0], [1.0, 0.5], 1) == 1.0
    assert ndcg([], [1.0], 3) == 0.0
    assert ndcg([], [], 3) == 0.0


@pytest.mark.parametrize("k", [0, -3])
def test_no_cut_off_is_an_error(k):
    with pytest.raises(ValueError, match="at least 1"):
        ndcg([1.0], [1.0], k)


bags = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4), max_size=4)


@given(bags, bags)
def test_f1_counts_units(wanted, got):
    left, hit = list(Counter(wanted).elements()), 0
    for unit in Counter(got).elements():
        if unit in left:
            left.remove(unit)
            hit += 1
    size = sum(wanted.values()) + sum(got.values())
    assert f1(wanted, got) == (2 * hit / size if size else 1.0)
    assert f1(wanted, got) == f1(got, wanted)
    assert (f1(wanted, got) == 1.0) == (wanted == got)


def test_f1_at_its_edges():
    assert f1({}, {}) == 1.0
    assert f1({"a": 1}, {}) == f1({}, {"a": 1}) == 0.0
    assert f1({"a": 1}, {"a": 1}) == 1.0
    assert f1({"a": 1}, {"a": 2}) == pytest.approx(2 / 3)

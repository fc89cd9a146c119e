"""Tastes tried at once: what sells out, and which tastes no short cut satisfies, against one at a time in floats."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.tasks.shortlists import ndcg

from ecom_rlve.core.rng import stream
from ecom_rlve.tasks.ranking import luck
from ecom_rlve.tasks.tasting import Pool, SellOuts, Tasting, passes, sell_outs, tasted

NONE = SellOuts((False,) * 3, None)


def pool_of(n, first=None, last=None):
    everything = np.ones(n, dtype=bool)
    return Pool(np.arange(100, 100 + n), everything if first is None else first, everything if last is None else last)


def tasting_of(gains, told=None, lazy=()):
    table = np.asarray(gains, dtype=np.int64)
    return Tasting(lambda i: i, table, table, table if told is None else np.asarray(told), tuple(map(np.asarray, lazy)))


def accepted(tasting, pool, outs=NONE, k=3, passing=0.95):
    return dict(tasted(tasting, pool, outs, k, 2, passing))


STEEP = [[1000, 900, 800, *[10] * 9]]


def test_sold_out_are_the_best_by_rank_and_the_later_one_among_what_is_left():
    outs = SellOuts((True, False, True), 1)
    liking = accepted(tasting_of([[1000, 900, 800, 700, 600, *[10] * 9]]), pool_of(14), outs)[0]
    assert liking.gone == (100, 102)
    assert liking.sold == (103,)
    assert set(liking.gains) == {101, 104, *range(105, 114)}


def test_sell_outs_are_cut_to_the_room_there_is():
    outs = SellOuts((True, False, True, True), 2)
    assert outs.count == 4
    for room in range(6):
        assert outs.at_most(room).count == min(4, room)
    assert outs.at_most(2) == SellOuts((True, False, False, False), 2)
    assert outs.at_most(4) == outs


def test_sell_outs_happen_as_often_as_the_axis_says():
    drawn = [sell_outs(5, 0.3, stream(seed, "outs")) for seed in range(2_000)]
    assert abs(np.mean([outs.start for outs in drawn]) - 0.3) < 0.02
    assert abs(np.mean([outs.later is not None for outs in drawn]) - 0.3) < 0.04
    assert {outs.later for outs in drawn} == {None, 0, 1, 2, 3, 4}


def test_a_change_of_mind_leaves_what_is_acceptable_then():
    first, last = np.arange(14) < 8, np.arange(14) >= 2
    liking = accepted(tasting_of([[1000, 900, 800, 700, 600, *[10] * 9]]), pool_of(14, first, last))[0]
    assert set(liking.gains) == set(range(102, 114))


def test_lists_that_chance_finds_are_no_problem():
    assert not accepted(tasting_of([[100] * 12]), pool_of(12))
    assert accepted(tasting_of(STEEP), pool_of(12))


def test_too_few_left_are_no_problem():
    assert not accepted(tasting_of([[1000, 900, 800, 10]]), pool_of(4))


def test_what_is_told_must_pass_and_lazy_keys_must_not():
    flat, same = [[1] * 12], np.asarray(STEEP[0])
    backwards = -same
    assert not accepted(tasting_of(STEEP, told=[list(backwards)]), pool_of(12))
    assert not accepted(tasting_of(STEEP, lazy=[same]), pool_of(12))
    assert accepted(tasting_of(STEEP, lazy=[backwards]), pool_of(12))
    assert not accepted(tasting_of(STEEP, lazy=[flat]), pool_of(12))  # equals go by row: the best come first


@given(st.lists(st.integers(0, 1_000_000), min_size=6, max_size=50), st.integers(2, 10), st.sampled_from([0.9, 0.9545]))
def test_a_taste_is_accepted_only_where_blind_orders_rarely_pass(gains, k, passing):
    k = min(k, len(gains) - 2)
    found = accepted(tasting_of([gains]), pool_of(len(gains)), SellOuts((False,) * k, None), k, passing)
    chance = luck(dict(enumerate(gains)), k, passing)
    if found:
        assert chance <= 0.02
    elif any(gains):
        assert chance > 0.0199


@given(st.lists(st.integers(1, 1_000_000), min_size=3, max_size=30), st.integers(1, 10), st.randoms())
def test_passing_in_integers_is_passing_in_floats(gains, k, shuffler):
    k = min(k, len(gains))
    worth = dict(enumerate(gains))
    order = list(worth)
    shuffler.shuffle(order)
    exact = ndcg([worth[row] for row in order[:k]], sorted(gains, reverse=True)[:k])
    assert passes(order[:k], worth, k, exact)
    assert not passes(order[:k], worth, k, exact + 3e-5)

"""One function of randomness: pure, apart from its neighbours, and pinned for good."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.rng import Stream, stream

seeds = st.integers(0, 2**64 - 1)
paths = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 99)), max_size=3).map(tuple)


def draws(*name, n=8):
    rng = stream(*name)
    return [rng.random() for _ in range(n)]


@given(seeds, paths)
def test_same_name_gives_same_draws(seed, path):
    assert draws(seed, *path) == draws(seed, *path)


@given(seeds, paths, paths)
def test_another_path_shares_no_draw(seed, one, other):
    if tuple(map(str, one)) != tuple(map(str, other)):
        assert not set(draws(seed, *one)) & set(draws(seed, *other))


def test_neighbouring_seeds_share_no_draw():
    seen = Counter(x for seed in range(300) for x in draws(seed, "goal"))
    assert max(seen.values()) == 1


def test_a_deeper_path_is_no_continuation_of_a_shorter_one():
    assert not set(draws(1, "a")) & set(draws(1, "a", "b"))
    assert draws(1, "a", "b") != draws(1, "ab")
    assert draws(1, "user", 3) == draws(1, "user", "3")


def test_adding_a_stream_does_not_shift_another():
    before = draws(9, "goal")
    stream(9, "something", "new").random()
    assert draws(9, "goal") == before


KNOWN = {
    "42 goal": 0.12221903152633418,
    "top user 7": 915550157,
    "shuffled": [9, 1, 3, 8, 5, 4, 7, 0, 2, 6],
    "sample": ["b", "a", "e", "g"],
    "weighted": [3, 0, 3, 3, 2, 3, 2, 3, 1, 3, 3, 3],
}


def test_known_values_never_change():
    """A change here changes every episode there is: grow every environment's version."""
    assert stream(42, "goal").random() == KNOWN["42 goal"]
    assert stream(2**64 - 1, "user", 7).below(10**9) == KNOWN["top user 7"]
    assert stream(0).shuffled(range(10)) == KNOWN["shuffled"]
    assert stream(0, "é", "日本").sample("abcdefgh", 4) == KNOWN["sample"]
    assert [stream(7, "w", i).weighted((1, 2, 3, 4)) for i in range(12)] == KNOWN["weighted"]


@given(seeds, st.integers(1, 10**9))
def test_below_stays_below(seed, n):
    assert 0 <= stream(seed).below(n) < n


@given(seeds, st.integers(-50, 50), st.integers(0, 50))
def test_between_includes_both_ends_and_nothing_else(seed, low, width):
    assert low <= stream(seed).between(low, low + width) <= low + width


def test_between_reaches_both_ends():
    assert {stream(s).between(3, 5) for s in range(60)} == {3, 4, 5}


@pytest.mark.parametrize("n", [0, -1])
def test_below_nothing_is_an_error(n):
    with pytest.raises(ValueError, match="at least 1"):
        stream(0).below(n)


def test_choice_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least 1"):
        stream(0).choice([])


@given(seeds, st.lists(st.integers(), max_size=12))
def test_shuffled_keeps_every_item_and_the_original(seed, items):
    copy = list(items)
    assert sorted(stream(seed).shuffled(items)) == sorted(items)
    assert items == copy


@given(seeds, st.lists(st.integers(), max_size=12), st.data())
def test_sample_takes_different_positions(seed, items, data):
    k = data.draw(st.integers(0, len(items)))
    taken = stream(seed).sample(list(enumerate(items)), k)
    assert len(set(taken)) == k


def test_sample_of_more_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="cannot sample 3 of 2"):
        stream(0).sample([1, 2], 3)


@given(seeds, st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=1, max_size=6))
def test_weighted_never_draws_a_zero(seed, weights):
    if any(weights):
        assert weights[stream(seed).weighted(weights)] > 0
    else:
        with pytest.raises(ValueError, match="positive sum"):
            stream(seed).weighted(weights)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_certain_chances_are_certain(p):
    assert {stream(s).chance(p) for s in range(50)} == {bool(p)}


def test_chance_always_draws():
    never, always = stream(5), stream(5)
    never.chance(0.0)
    always.chance(1.0)
    assert never.random() == always.random()


def chi_square(counts, expected):
    return sum((counts[i] - e) ** 2 / e for i, e in enumerate(expected))


@pytest.mark.parametrize(
    ("name", "draw", "expected"),
    [
        ("below", lambda r: r.below(10), [600] * 10),
        ("choice", lambda r: r.choice(range(10)), [600] * 10),
        ("between", lambda r: r.between(-3, 6) + 3, [600] * 10),
        ("chance", lambda r: int(r.chance(0.25)), [4500, 1500]),
        ("weighted", lambda r: r.weighted((1, 2, 3)), [1000, 2000, 3000]),
        ("first of a sample", lambda r: r.sample(range(6), 2)[0], [1000] * 6),
        ("last of a shuffle", lambda r: r.shuffled(range(6))[-1], [1000] * 6),
    ],
)
def test_draws_follow_their_distribution(name, draw, expected):
    rng = stream(2024, name)
    counts = Counter(draw(rng) for _ in range(6000))
    # 99.9 % quantile of chi-square with 9 degrees of freedom is 27.9, with fewer it is less.
    assert chi_square(counts, expected) < 27.9


def test_first_draws_of_neighbouring_seeds_are_uniform():
    counts = Counter(int(stream(seed, "goal").random() * 10) for seed in range(6000))
    assert chi_square(counts, [600] * 10) < 27.9


class Highest(np.random.Generator):
    """Draws the largest float below 1, always."""

    def random(self):
        return math.nextafter(1.0, 0.0)


@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=12).filter(any))
def test_what_rounding_leaves_over_goes_to_the_last_that_weighs_anything(weights):
    last = max(i for i, weight in enumerate(weights) if weight > 0)
    assert weights[Stream(Highest(np.random.PCG64(0))).weighted(weights)] > 0
    assert Stream(Highest(np.random.PCG64(0))).weighted([*weights, 0.0]) <= last


def test_rounding_never_draws_a_weight_of_zero():
    weights = [0.7, 0.4, 0.6, 0.0]
    left = math.nextafter(1.0, 0.0) * sum(weights)
    for weight in weights:
        left -= weight
    assert left >= 0, "the subtractions must not use up the draw, or this tests nothing"
    assert Stream(Highest(np.random.PCG64(0))).weighted(weights) == 2

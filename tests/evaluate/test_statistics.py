"""Statistics against closed forms, against textbooks, and against simulation: the intervals cover what they promise."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.rng import stream
from ecom_rlve.evaluate.statistics import (
    EXACT_UP_TO,
    flip_rate,
    mean,
    paired,
    pass_at,
    pass_hat,
    share,
    student,
    wilson,
)

COUNTS = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30
)


@given(COUNTS, st.integers(1, 6))
def test_pass_hat_and_pass_at_are_what_drawing_k_trials_without_looking_gives(counts, k):
    def of_all_draws(decide):
        tasks = [[i < c for i in range(n)] for c, n in counts if n >= k]
        each = [[decide(draw) for draw in combinations(task, k)] for task in tasks]
        return sum(sum(draws) / len(draws) for draws in each) / len(each) if each else None

    assert pass_hat(counts, k) == pytest.approx(of_all_draws(all))
    assert pass_at(counts, k) == pytest.approx(of_all_draws(any))


@given(COUNTS)
def test_with_one_trial_both_are_the_mean_pass_rate_and_they_are_ordered(counts):
    rate = sum(c / n for c, n in counts) / len(counts)
    assert pass_hat(counts, 1) == pytest.approx(rate) == pass_at(counts, 1)
    for k in (2, 3):
        least, most = pass_hat(counts, k), pass_at(counts, k)
        assert (least is None) == (most is None) == all(n < k for _, n in counts)
        if least is not None:
            assert least <= most + 1e-12


def test_pass_hat_agrees_with_its_closed_form_for_independent_trials():
    """Every task passes with chance p: pass^k is p^k, and the estimator's mean over all outcomes is exactly that."""
    p, n = 0.7, 4
    for k in (1, 2, 3, 4):
        chance = {c: math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)}
        assert sum(w * pass_hat([(c, n)], k) for c, w in chance.items()) == pytest.approx(p**k)
        assert sum(w * pass_at([(c, n)], k) for c, w in chance.items()) == pytest.approx(1 - (1 - p) ** k)


@given(COUNTS)
def test_the_flip_rate_is_how_often_two_trials_disagree(counts):
    tasks = [[i < c for i in range(n)] for c, n in counts if n >= 2]
    pairs = [[a != b for a, b in combinations(task, 2)] for task in tasks]
    expected = sum(sum(d) / len(d) for d in pairs) / len(pairs) if pairs else None
    assert flip_rate(counts) == pytest.approx(expected)


@given(COUNTS)
def test_a_share_lies_in_its_interval_and_the_interval_in_the_unit(counts):
    found = share(counts)
    assert 0.0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_with_one_trial_a_task_it_is_wilsons_interval(passed):
    found = share([(int(p), 1) for p in passed])
    assert (found.low, found.high) == pytest.approx(wilson(sum(passed), len(passed)))


def test_trials_that_always_agree_are_worth_one_trial_a_task():
    tasks = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1] * 5
    four = share([(4 * t, 4) for t in tasks])
    one = share([(t, 1) for t in tasks])
    assert four.value == one.value
    assert four.low < one.low + 0.01
    assert four.high - four.low == pytest.approx(one.high - one.low, rel=0.08)


def test_nothing_played_is_nothing_known():
    assert (share([]).low, share([]).high) == (0.0, 1.0)
    assert mean([]).value == 0.0
    assert (pass_hat([], 1), pass_at([(1, 1)], 2), flip_rate([(1, 1)])) == (None, None, None)
    assert paired([], []).p == 1.0


def test_all_right_is_not_surely_right():
    assert share([(4, 4)] * 50).low == pytest.approx(wilson(50, 50)[0], abs=0.01)


@pytest.mark.parametrize("agreement", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.8])
def test_95_percent_intervals_of_a_pass_rate_cover_95_percent(p, agreement):
    """Fifty tasks, four trials each, as in the standard suite: chances of a task drawn from a beta distribution."""
    assert 0.93 <= _coverage_of_share(p, agreement, trials=4) <= 0.97


@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_with_single_trials_too(p):
    assert 0.92 <= _coverage_of_share(p, None, trials=1) <= 0.975, "Wilson's interval, which is discrete"


def _coverage_of_share(p, agreement, trials, tasks=50, rounds=3000):
    draw = np.random.Generator(np.random.PCG64(7))
    chances = np.full((rounds, tasks), p)
    if agreement:
        a = p * (1 - agreement) / agreement
        chances = draw.beta(a, a * (1 - p) / p, (rounds, tasks))
    passed = draw.binomial(trials, chances)
    found = (share([(int(c), trials) for c in row]) for row in passed)
    return sum(f.low <= p <= f.high for f in found) / rounds


def test_95_percent_intervals_of_a_mean_cover_95_percent_where_naive_ones_do_not():
    draw = np.random.Generator(np.random.PCG64(11))
    covered = naive = 0
    rounds, tasks, trials = 1500, 50, 4
    for _ in range(rounds):
        values = draw.normal(0.3, 0.4, (tasks, 1)) + draw.normal(0, 0.3, (tasks, trials))
        found = mean(values.tolist())
        covered += found.low <= 0.3 <= found.high
        alone = mean([[v] for v in values.ravel().tolist()])
        naive += alone.low <= 0.3 <= alone.high
    assert 0.93 <= covered / rounds <= 0.97
    assert naive / rounds < 0.85, "trials of one task taken for independent ones would promise too much"


def test_students_quantiles():
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 1000: 1.962}
    for freedom, value in table.items():
        assert student(freedom) == pytest.approx(value, rel=0.002)
    assert student(0) == math.inf


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=9))
def test_a_p_value_is_the_share_of_sign_flips_at_least_as_far_out(differences):
    told = [d for d in differences if d]
    sums = [abs(sum(s * d for s, d in zip(signs, told, strict=True))) for signs in product((-1, 1), repeat=len(told))]
    expected = sum(s >= abs(sum(told)) - 1e-9 for s in sums) / len(sums)
    assert paired(differences, [0.0] * len(differences)).p == pytest.approx(expected)


def test_a_p_value_with_single_trials_is_mcnemars_exact_one():
    first, second = [1.0] * 9 + [0.0] * 2 + [1.0] * 20, [0.0] * 9 + [1.0] * 2 + [1.0] * 20
    exact = 2 * sum(math.comb(11, k) for k in range(3)) / 2**11
    assert paired(first, second).p == pytest.approx(exact)


def test_drawn_flips_agree_with_all_flips():
    differences = [1.0] * 12 + [-1.0] * 4
    assert len(differences) > EXACT_UP_TO
    exact = 2 * sum(math.comb(16, k) for k in range(5)) / 2**16
    assert paired(differences, [0.0] * 16).p == pytest.approx(exact, rel=0.12)
    assert paired(differences, [0.0] * 16) == paired(differences, [0.0] * 16)


def test_a_paired_comparison_of_equals_is_significant_as_often_as_it_says():
    draw = np.random.Generator(np.random.PCG64(3))
    rejected = 0
    for _ in range(400):
        chance = draw.random(14)
        first, second = draw.random(14) < chance, draw.random(14) < chance
        rejected += paired(first.astype(float).tolist(), second.astype(float).tolist()).p <= 0.05
    assert rejected / 400 <= 0.06


def test_pairs_come_in_pairs():
    with pytest.raises(ValueError, match="in pairs"):
        paired([1.0], [])


def test_streams_can_be_drawn_by_the_block():
    whole, single = stream(0, "evaluate"), stream(0, "evaluate")
    assert whole.random(5).tolist() == [single.random() for _ in range(5)]

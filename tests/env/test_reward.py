"""Rewards against hand-computed numbers, and the laws of SPEC §3."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.env.reward import BEST, Counts, compose, efficiency, hard_failure
from ecom_rlve.tasks.task import Fault, Reference, Score

REFERENCE = Reference(turns=5, free=1, calls=4)


def right():
    return Score(1.0, is_correct=True)


def wrong(raw):
    return Score(raw, is_correct=False, faults=(Fault("missing_item"),))


@pytest.mark.parametrize(
    ("score", "counts", "total", "r_eff"),
    [
        (right(), Counts(5, 1, 4, 0), 0.9, 1.0),
        (right(), Counts(2, 0, 1, 0), 0.9, 1.0),
        (right(), Counts(5, 1, 4, 1), 0.9 - 0.1 / 3, 1.0),
        (right(), Counts(5, 1, 4, 9), 0.8, 1.0),
        # T_eff 6, T_ref 4, T_max 10: 1 - 2·2/6 - 0.2·2/4
        (right(), Counts(7, 1, 6, 1), 0.75 + 0.15 * (1 - 2 / 3 - 0.1) - 0.1 / 3, 1 - 2 / 3 - 0.1),
        (right(), Counts(10, 0, 4, 0), 0.75 - 0.15, -1.0),
        (right(), Counts(5, 1, 400, 0), 0.75 - 0.15, -1.0),
        (wrong(-1.0), Counts(1, 0, 0, 0), -0.75 - 0.15, -1.0),
        (wrong(-0.5), Counts(3, 0, 2, 0), -0.75 * 0.575 - 0.15, -1.0),
        (wrong(0.9), Counts(3, 0, 2, 3), 0.75 * 0.615 - 0.15 - 0.1, -1.0),
        (wrong(1.0), Counts(1, 0, 0, 0), 0.375, -1.0),
    ],
)
def test_gated(score, counts, total, r_eff):
    reward = compose(score, counts, REFERENCE, 10, "gated")
    assert reward.total == pytest.approx(total, abs=1e-12)
    assert reward.r_eff == pytest.approx(r_eff, abs=1e-12)


@pytest.mark.parametrize(
    ("score", "counts", "total"),
    [
        (right(), Counts(1, 0, 4, 0), 0.75 + 0.15),
        (right(), Counts(10, 0, 4, 0), 0.75 - 0.15),
        (wrong(0.5), Counts(4, 0, 99, 0), 0.375 + 0.15 / 3),
        (wrong(-1.0), Counts(4, 3, 0, 2), -0.75 + 0.15 - 0.2 / 3),
    ],
)
def test_published(score, counts, total):
    assert compose(score, counts, REFERENCE, 10, "published").total == pytest.approx(total, abs=1e-12)


references = st.builds(Reference, st.integers(1, 60), st.integers(0, 30), st.integers(1, 60))
slack = st.integers(2, 30)
raws = st.floats(-1, 1)


@st.composite
def played(draw):
    reference = draw(references)
    max_turns = reference.turns + draw(slack)
    turns = draw(st.integers(1, max_turns))
    counts = Counts(turns, draw(st.integers(0, turns)), draw(st.integers(0, 1000)), draw(st.integers(0, 50)))
    return reference, max_turns, counts


@given(played(), played(), raws)
def test_every_success_is_worth_more_than_every_failure(good, bad, raw):
    won = compose(right(), good[2], good[0], good[1]).total
    lost = compose(wrong(raw), bad[2], bad[0], bad[1]).total
    assert 0.5 - 1e-12 <= won <= BEST
    assert -1.0 <= lost <= 0.375 + 1e-12
    assert won > lost


@given(played(), raws, st.booleans(), st.sampled_from(["gated", "published"]))
def test_every_component_is_in_range_before_any_clip(game, raw, correct, preset):
    reference, max_turns, counts = game
    reward = compose(right() if correct else wrong(raw), counts, reference, max_turns, preset)
    assert all(math.isfinite(x) and -1 <= x <= 1 for x in (reward.total, reward.r_task, reward.r_eff, reward.r_hall))
    assert (reward.turns, reward.free_turns, reward.calls) == (counts.turns, counts.free_turns, counts.calls)


@given(played())
def test_more_turns_or_calls_never_pay(game):
    reference, max_turns, c = game
    now = efficiency(c, reference, max_turns)
    assert efficiency(Counts(c.turns + 1, c.free_turns, c.calls, 0), reference, max_turns) <= now
    assert efficiency(Counts(c.turns, c.free_turns, c.calls + 1, 0), reference, max_turns) <= now


@given(references, slack)
def test_the_reference_itself_earns_the_best_exactly(reference, more):
    counts = Counts(reference.turns, reference.free, reference.calls, 0)
    assert compose(right(), counts, reference, reference.turns + more).total == BEST


def test_a_reference_without_calls_divides_by_one():
    assert efficiency(Counts(1, 0, 2, 0), Reference(1, 0, 0), 3) == pytest.approx(0.8)


def test_nothing_is_gained_by_giving_up_at_once():
    at_once = compose(wrong(-1.0), Counts(1, 0, 0, 0), REFERENCE, 10).total
    late = compose(wrong(-1.0), Counts(10, 0, 30, 0), REFERENCE, 10).total
    tried = compose(wrong(-0.9), Counts(10, 0, 30, 0), REFERENCE, 10).total
    assert at_once == late < tried


def test_a_hard_failure_is_minus_one_whatever_happened_before():
    reward = hard_failure(Counts(3, 1, 7, 2))
    assert (reward.total, reward.turns, reward.calls, reward.unseen_ids) == (-1.0, 3, 7, 2)


@pytest.mark.parametrize("raw", [1.1, -1.01, math.nan])
def test_a_verdict_out_of_range_is_our_bug(raw):
    with pytest.raises(AssertionError, match="raw"):
        wrong(raw)


def test_a_verdict_has_faults_exactly_if_it_is_wrong():
    with pytest.raises(AssertionError, match="faults"):
        Score(0.0, is_correct=False)
    with pytest.raises(AssertionError, match="faults"):
        Score(1.0, is_correct=True, faults=(Fault("missing_item"),))

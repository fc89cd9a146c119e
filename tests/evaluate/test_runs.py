"""Runs and summaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.wilson import wilson
from ecom_rlve.evaluate.runs import Job, Outcome, Shop, run
from ecom_rlve.evaluate.summary import summarise

SHOP = Shop(2_000)


def specs(count, d=2):
    return tuple(EpisodeSpec("cart_building", d, seed) for seed in range(count))


def test_workers_change_nothing_but_time():
    job = Job(specs(12), "expert", SHOP, "gated", traced=True)
    seen = []
    alone, together = list(run(job)), list(run(job, workers=2, progress=seen.append))
    assert alone == together
    assert sum(seen) == 12


def test_outcomes_come_in_the_order_of_the_specs():
    outcomes = list(run(Job(specs(9), "instant_done", SHOP, "gated", traced=False)))
    assert [o.spec.seed for o in outcomes] == list(range(9))
    assert all(o.lines == () for o in outcomes)


def outcome(correct, reward, cause="", d=0):
    return Outcome(EpisodeSpec("cart_building", d, 0), "a", correct, reward, cause, (), "answered", 4, 3)


def test_invalid_episodes_are_counted_apart():
    (cell,) = summarise([outcome(True, 0.9), outcome(False, -0.9, "gave_up"), outcome(False, None, "invalid")])
    assert (cell.n, cell.invalid, cell.correct) == (2, 1, 1)
    assert cell.pass_rate == 0.5
    assert cell.mean_reward == pytest.approx(0.0)
    assert cell.causes == {"gave_up": 1}


def test_no_valid_episode_at_all_is_no_division_by_zero():
    (cell,) = summarise([outcome(False, None, "invalid")])
    assert (cell.n, cell.pass_rate, cell.mean_reward, cell.interval) == (0, 0.0, 0.0, (0.0, 1.0))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_stays_inside(pair):
    successes, n = pair
    low, high = wilson(successes, n)
    assert 0.0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1.0


def test_wilsons_interval_has_its_textbook_value():
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)

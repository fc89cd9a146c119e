"""Wilson's interval, against its definition: the shares that a test with the normal quantile would not reject."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.wilson import Z95, wilson


def test_of_nothing_everything_is_possible():
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_where_the_score_test_stops_rejecting(counted):
    successes, n = counted
    share = successes / n
    low, high = wilson(successes, n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    for end in (low, high):
        assert abs(share - end) == pytest.approx(Z95 * math.sqrt(end * (1 - end) / n), abs=1e-6)


@pytest.mark.parametrize(("successes", "n", "ends"), [(0, 10, (0.0, 0.2775)), (1, 10, (0.0179, 0.4042))])
def test_published_values(successes, n, ends):
    assert wilson(successes, n) == pytest.approx(ends, abs=1e-4)

"""Ranges of prices where shops are odd: many products at the very same price."""

from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.tasks.narrowing import bands


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(1, 8))
def test_every_price_lies_in_one_band_that_fits_a_page(prices, most):
    found = bands(prices, most)
    if len(prices) > most and any(prices.count(price) > most for price in prices):
        assert found is None
        return
    assert found is not None
    held = [
        [price for price in prices if (low is None or low <= price) and (high is None or price <= high)]
        for low, high in found
    ]
    assert sorted(price for one in held for price in one) == sorted(prices)
    assert max(map(len, held)) <= most

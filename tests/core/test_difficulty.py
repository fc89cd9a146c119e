"""Twelve axes from one integer (SPEC §4)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.difficulty import AXES, Difficulty, check_axis
from ecom_rlve.core.errors import SpecError

LEVELS = (0, 1, 3, 6, 12, 20, 40)
COUNTS = {
    "m": (2, 2, 3, 5, 8, 12, 22),
    "k_rec": (3, 3, 4, 5, 7, 9, 10),
    "T_max": (4, 4, 5, 7, 10, 14, 24),
    "top_k": (200, 190, 170, 140, 80, 20, 20),
    "H_orders": (1, 1, 2, 4, 7, 11, 21),
    "B_branch": (1, 1, 2, 3, 5, 7, 14),
    "B_tool": (1, 1, 2, 4, 7, 11, 21),
}
SHARES = {
    "p_noise": (0.0, 0.01, 0.03, 0.06, 0.12, 0.125, 0.125),
    "eps_rank": (0.0, 0.02, 0.06, 0.12, 0.24, 0.4, 0.4),
    "p_oos": (0.0, 0.05, 0.15, 0.3, 0.5, 0.5, 0.5),
    "p_missing": (0.0953623, 0.1668868, 0.4, 0.7046377, 0.7980219, 0.7999904, 0.8),
    "p_switch": (0.0455149, 0.0715218, 0.1613649, 0.3734756, 0.5824127, 0.5996683, 0.6),
}


def test_there_are_twelve_axes():
    assert len(AXES) == 12
    assert set(AXES) == set(COUNTS) | set(SHARES)


@pytest.mark.parametrize("axis", COUNTS)
def test_counts_follow_their_formula_exactly(axis):
    assert tuple(getattr(Difficulty.at(d), axis) for d in LEVELS) == COUNTS[axis]


@pytest.mark.parametrize("axis", SHARES)
def test_chances_follow_their_formula(axis):
    assert [getattr(Difficulty.at(d), axis) for d in LEVELS] == pytest.approx(SHARES[axis], abs=1e-6)


def test_levels_of_single_environments_are_sigmoids_of_the_level():
    for d in LEVELS:
        assert Difficulty.at(d).chance(2, 1.5) == pytest.approx(1 / (1 + math.exp(-(d - 2) / 1.5)), abs=1e-9)
        assert Difficulty.at(d).level == d


@given(st.integers(0, 200))
def test_every_axis_hardens_or_pays_out_monotonically_and_stays_in_range(d):
    now, harder = Difficulty.at(d), Difficulty.at(d + 1)
    for axis in AXES:
        a, b = getattr(now, axis), getattr(harder, axis)
        assert (a >= b) if axis == "top_k" else (a <= b), axis
        if axis in SHARES:
            assert 0 <= a <= 1
        else:
            assert isinstance(a, int)
            assert a >= 1


@given(st.integers(0, 40), st.sampled_from(sorted(COUNTS)), st.integers(1, 50))
def test_one_count_is_set_alone(d, axis, value):
    given_, plain = Difficulty.at(d, {axis: value}), Difficulty.at(d)
    assert getattr(given_, axis) == value
    assert all(getattr(given_, other) == getattr(plain, other) for other in AXES if other != axis)


@given(st.integers(0, 40), st.sampled_from(sorted(SHARES)), st.floats(0, 1))
def test_one_chance_is_set_alone(d, axis, value):
    given_, plain = Difficulty.at(d, {axis: value}), Difficulty.at(d)
    assert getattr(given_, axis) == value
    assert all(getattr(given_, other) == getattr(plain, other) for other in AXES if other != axis)


def test_a_whole_float_is_a_count():
    value = check_axis("B_tool", 3.0)
    assert value == 3
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("axis", "value"),
    [
        *((axis, bad) for axis in SHARES for bad in (-0.01, 1.01, math.nan, math.inf)),
        *((axis, bad) for axis in COUNTS for bad in (0, -1, 2.5, math.nan, math.inf)),
    ],
)
def test_a_value_out_of_range_is_an_error_that_names_it(axis, value):
    with pytest.raises(SpecError, match=axis):
        check_axis(axis, value)


def test_an_unknown_axis_is_an_error_that_lists_the_known_ones():
    with pytest.raises(SpecError, match=r"'level'.*eps_rank"):
        Difficulty.at(3, {"level": 2})
    with pytest.raises(SpecError, match="'p_noize'"):
        Difficulty.at(3, {"p_noize": 0.1})


def test_negative_difficulty_is_an_error():
    with pytest.raises(SpecError, match="-1"):
        Difficulty.at(-1)

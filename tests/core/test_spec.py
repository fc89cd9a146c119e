"""The name of an episode is read back as it was written."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.difficulty import AXES
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import MAX_SEED, EpisodeSpec

PROBABILITIES = ("p_missing", "p_noise", "p_switch", "eps_rank", "p_oos")
axes = st.dictionaries(
    st.sampled_from(PROBABILITIES), st.floats(0, 1, allow_subnormal=True), max_size=5
) | st.dictionaries(st.sampled_from([a for a in AXES if a not in PROBABILITIES]), st.integers(1, 10**6), max_size=7)
specs = st.builds(
    EpisodeSpec,
    env=st.from_regex(r"[a-z][a-z0-9_]{0,20}-v[0-9]{1,2}", fullmatch=True),
    difficulty=st.integers(0, 999),
    seed=st.integers(0, MAX_SEED),
    axes=axes,
)


@given(specs)
def test_text_round_trip(spec):
    again = EpisodeSpec.parse(str(spec))
    assert again == spec
    assert str(again) == str(spec)
    assert hash(again) == hash(spec)


@given(specs)
def test_pickle_round_trip(spec):
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_axes_are_written_sorted_whatever_order_they_came_in():
    one = EpisodeSpec("cart_building-v0", 6, 1234, {"p_oos": 0.5, "eps_rank": 0.3, "B_tool": 2})
    other = EpisodeSpec("cart_building-v0", 6, 1234, {"B_tool": 2.0, "eps_rank": 0.3, "p_oos": 0.5})
    assert str(one) == str(other) == "cart_building-v0/d6/s1234?B_tool=2&eps_rank=0.3&p_oos=0.5"
    assert one == other


def test_a_bare_environment_means_version_zero():
    assert EpisodeSpec("returns", 0, 0) == EpisodeSpec("returns-v0", 0, 0)


def test_axes_cannot_be_changed_afterwards():
    spec = EpisodeSpec("returns", 0, 0, {"p_oos": 0.1})
    with pytest.raises(TypeError):
        spec.axes["p_oos"] = 0.2


def test_axes_reach_the_difficulty():
    assert EpisodeSpec.parse("cart_building-v0/d6/s1?B_tool=9").axes_values().B_tool == 9


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cart_building",
        "cart_building/d6/s1",
        "cart_building-v0/d6",
        "cart_building-v0/d-1/s1",
        "cart_building-v0/d6/s-1",
        "cart_building-v0/d1000/s1",
        "cart_building-v0/d6/s1?",
        "cart_building-v0/d6/s1.5",
        "Cart-v0/d6/s1",
        "cart_building-v0/d6/s1/extra",
        "cart building-v0/d6/s1",
        "cart_building-v0/d6/s" + "9" * 20,
        "cart_building-v0/d6/s1?eps_rank",
        "cart_building-v0/d6/s1?eps_rank=",
        "cart_building-v0/d6/s1?eps_rank=much",
        "cart_building-v0/d6/s1?eps_rank=nan",
        "cart_building-v0/d6/s1?eps_rank=1.5",
        "cart_building-v0/d6/s1?eps_rank=0.1&eps_rank=0.2",
        "cart_building-v0/d6/s1?B_tool=0",
        "cart_building-v0/d6/s1?B_tool=1.5",
        "cart_building-v0/d6/s1?B_tool=inf",
        "cart_building-v0/d6/s1?unknown=1",
        "cart_building-v0/d6/s1?&",
    ],
)
def test_what_names_no_episode_is_an_error(text):
    with pytest.raises(SpecError):
        EpisodeSpec.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_spec_or_a_spec_error(text):
    try:
        spec = EpisodeSpec.parse(text)
    except SpecError:
        return
    assert EpisodeSpec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("difficulty", "seed"),
    [
        (-1, 0),
        (1000, 0),
        (0, -1),
        (0, MAX_SEED + 1),
        (True, 0),
        (0, True),
        (1.0, 0),
        (0, "7"),
        (None, 0),
        (0, 0.5),
    ],
)
def test_numbers_out_of_range_or_of_another_kind_are_errors(difficulty, seed):
    with pytest.raises(SpecError, match=r"difficulty|seed"):
        EpisodeSpec("returns", difficulty, seed)


@pytest.mark.parametrize("env", ["", "Cart", "cart-building", "a-v", "9th", "cart_building-v0/d1", "cart\n"])
def test_what_names_no_environment_is_refused_with_the_form_asked_for(env):
    with pytest.raises(SpecError, match="must look like 'cart_building-v0'"):
        EpisodeSpec(env, 0, 0)

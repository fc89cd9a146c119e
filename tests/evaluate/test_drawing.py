"""What charts are drawn with, and how their pages print figures."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from ecom_rlve.evaluate.drawing import polyline, spread
from ecom_rlve.evaluate.templates import env_name, environment, pvalue


def test_points_are_written_as_svg_has_them():
    assert polyline([(0.0, 10.04), (2.55, -3)]) == "0.0,10.0 2.5,-3.0"
    assert polyline([]) == ""


@given(st.lists(st.floats(0, 300), max_size=12))
def test_labels_keep_apart_in_their_order_and_inside(heights):
    placed = spread(heights, 15.0, 0.0, 300.0)
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    in_order = [placed[i] for i in order]
    assert all(b - a >= 15.0 - 1e-6 for a, b in pairwise(in_order))
    assert all(-1e-6 <= y <= 300.0 + 1e-6 for y in placed)


def test_labels_that_have_room_stay_where_they_are():
    assert spread([100.0, 10.0, 200.0], 15.0, 0.0, 300.0) == [100.0, 10.0, 200.0]
    assert spread([100.0, 100.0], 10.0, 0.0, 300.0) == [95.0, 105.0]


@pytest.mark.parametrize(
    ("p", "said"), [(0.0, "p < 0.001"), (0.0009, "p < 0.001"), (0.001, "p = 0.001"), (0.0314, "p = 0.031")]
)
def test_small_p_values_are_not_written_as_if_they_were_known(p, said):
    assert pvalue(p) == said


@pytest.mark.parametrize(
    ("env", "said"), [("cart_building-v0", "cart building"), ("gift-box-v12", "gift-box"), ("journey", "journey")]
)
def test_environments_are_named_without_their_version(env, said):
    assert env_name(env) == said


def test_templates_escape_and_miss_nothing():
    text = "{{ x }} {{ env | env }} {{ y | half }} {{ shop }}"
    page = environment(lambda name: text, {"shop": "S"}, half=lambda n: n / 2).get_template("a")
    assert page.render(x="<b>", env="e_f-v1", y=3) == "&lt;b&gt; e f 1.5 S"
    with pytest.raises(UndefinedError):
        page.render(x="<b>", env="e-v1")

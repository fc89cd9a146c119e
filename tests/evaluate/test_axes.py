"""The axes of difficulty: the statistics, what a curve must show, a sweep that finds an axis cut off, and resuming."""

import math

import pytest

from ecom_rlve.core.difficulty import AXES, BUDGETS, EVERYWHERE
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate import axes
from ecom_rlve.evaluate.axes import Curve, Point, PointCell, Sweep
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.shares import holm, p_higher
from ecom_rlve.tasks.registry import all_tasks, task_named

SHOP = Shop(2_000)
STATUS = "order_tracking-v0"


def test_only_trials_that_differ_tell_which_rate_is_higher():
    worse, better = [False] * 10 + [True] * 50, [True] * 60
    assert p_higher(worse, better) == pytest.approx(2**-10)
    assert p_higher(better, worse) == 1.0
    assert p_higher(better, better) == 1.0


def test_the_sign_test_counts_both_directions():
    # Eight differ, seven of them in favour of the second: (8 + 1) / 256.
    first = [True] + [False] * 7 + [True] * 5
    second = [False] + [True] * 7 + [True] * 5
    assert p_higher(first, second) == pytest.approx(9 / 256)


def test_trials_that_do_not_count_on_one_side_are_left_out():
    assert p_higher([False, None, True], [True, True, None]) == pytest.approx(0.5)


def test_rates_over_different_trials_are_not_compared():
    with pytest.raises(ValueError, match="shorter"):
        p_higher([True, False], [True])


def test_holm_multiplies_by_what_is_left_and_never_falls_back():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def curve(axis, *rates, n=400):
    cells = []
    for k, rate in enumerate(rates):
        passed = "1" * round(rate * n)
        cells.append(PointCell(Point(STATUS, 2, {"H_orders": k + 1}), passed.ljust(n, "0"), {}))
    return Curve(STATUS, axis, tuple(float(k) for k in range(len(rates))), tuple(cells))


@pytest.mark.parametrize(
    ("axis", "rates", "bites"),
    [
        ("H_orders", (0.9, 0.7, 0.5), True),
        ("H_orders", (0.9, 0.9, 0.9), False),
        ("H_orders", (0.9, 0.5, 0.7), False),
        ("H_orders", (0.5, 0.9), False),
        ("B_tool", (0.5, 0.5, 0.6), True),
        ("B_tool", (0.6, 0.5, 0.9), False),
        ("T_max", (0.6, 0.6), True),
    ],
)
def test_a_hardening_axis_falls_and_nowhere_rises_and_a_budget_never_falls(axis, rates, bites):
    (verdict,) = axes.judge([curve(axis, *rates)])
    assert verdict.bites is bites
    told = verdict.json()
    assert (told["axis"], told["kind"]) == (axis, "budget" if axis in BUDGETS else "hardens")
    assert [point["correct"] for point in told["points"]] == [round(rate * 400) for rate in rates]
    assert all(p["low"] < p["correct"] / p["n"] < p["high"] for p in told["points"])


def test_one_chance_rise_among_many_steps_is_no_rise():
    # Ten gained and one lost: p = 12 / 2048 alone, not among forty curves.
    first, second = "1" + "0" * 10 + "1" * 200, "0" + "1" * 10 + "1" * 200
    cells = tuple(PointCell(Point(STATUS, 2), passed, {}) for passed in (first, second))
    rising = Curve(STATUS, "m", (2.0, 3.0), cells)
    (alone,) = axes.judge([rising])
    assert alone.p_rise_holm == pytest.approx(12 / 2048)
    among = axes.judge([rising, *(curve("m", 0.9, 0.9, n=211) for _ in range(40))])
    assert among[0].p_rise_holm == pytest.approx(41 * 12 / 2048)


def test_a_check_names_the_axis_that_does_not_bite():
    hardening, budgets = axes.checks(
        axes.judge([curve("H_orders", 0.9, 0.9), curve("m", 0.9, 0.5), curve("B_tool", 1)])
    )
    assert (hardening.id, hardening.passed, budgets.passed) == ("V13", False, True)
    assert len(hardening.broken) == 1
    assert hardening.broken[0].startswith("H_orders (0: 90.0%, 1: 90.0%")
    assert "1 of 2 axes, 400 episodes a point" in hardening.measured


SMALL = Sweep(levels=(0, 20), axis_levels=(0, 20), seeds=50)


@pytest.fixture
def one_axis(monkeypatch):
    monkeypatch.setattr(type(task_named(STATUS)), "axes", ("p_switch",))


def verdicts(folder):
    axes.sweep(SMALL, SHOP, folder, 1, [STATUS])
    return {v.curve.axis: v for v in axes.verdicts(SMALL, SHOP, folder, [STATUS])}


@pytest.mark.usefixtures("one_axis")
def test_a_sweep_tells_an_axis_that_bites_from_one_that_is_cut_off(tmp_path, monkeypatch):
    whole = verdicts(tmp_path / "whole")
    assert whole["d"].bites
    assert whole["p_switch"].bites
    real = EpisodeSpec.axes_values
    without = lambda spec: real(EpisodeSpec(spec.env, spec.difficulty, spec.seed))  # noqa: E731
    monkeypatch.setattr(EpisodeSpec, "axes_values", without)
    cut = verdicts(tmp_path / "cut")
    assert cut["d"].bites
    assert not cut["p_switch"].bites
    assert cut["p_switch"].p_fall == 1.0


@pytest.mark.usefixtures("one_axis")
def test_a_sweep_goes_on_where_it_stopped(tmp_path, monkeypatch):
    small = Sweep((0, 6), (0, 20), seeds=3)
    axes.sweep(small, SHOP, tmp_path, 1, [STATUS])
    first = axes.verdicts(small, SHOP, tmp_path, [STATUS])
    (file,) = tmp_path.glob("axes-*.jsonl")
    lines = file.read_text().splitlines()
    assert len(lines) == 5
    file.write_text("\n".join(lines[:2]) + "\n")
    assert axes.verdicts(small, SHOP, tmp_path, [STATUS]) == []
    played, real = [], axes.play_point
    monkeypatch.setattr(axes, "play_point", lambda point, *rest: played.append(point.key) or real(point, *rest))
    axes.sweep(small, SHOP, tmp_path, 1, [STATUS])
    assert len(played) == 3
    assert axes.verdicts(small, SHOP, tmp_path, [STATUS]) == first


def test_every_environment_names_axes_that_there_are_and_the_common_ones():
    for task in all_tasks().values():
        assert set(EVERYWHERE) <= set(task.axes) <= set(AXES), task.name
        assert len(set(task.axes)) == len(task.axes), task.name


def test_the_points_of_an_axis_go_from_easy_to_hard_and_share_the_base():
    plan = axes.SWEEPS["full"]
    points = axes.points_of("product_discovery-v0", "top_k", plan)
    assert list(points) == sorted(points, reverse=True)
    assert points[180.0] == axes.points_of("product_discovery-v0", "eps_rank", plan)[0.04]
    orders = axes.points_of(STATUS, "H_orders", plan)
    assert [point.axes for point in orders.values()] == [
        {"p_noise": 0.0, "H_orders": value} for value in (1.0, 3.0, 5.0, 11.0)
    ]
    assert all(math.isfinite(value) for value in orders)
    assert plan.seeds >= 400

"""Speed: figures are measurements, flatness compares sizes, and the command writes what it prints."""

import json

import pytest
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app
from ecom_rlve.core.errors import SpecError
from ecom_rlve.evaluate.speed import Speed, Timing, flatness, measure, rerank, timing


def test_a_timing_holds_the_median_the_tail_and_the_rate():
    timed = timing([0.004, 0.001, 0.002, 0.003, 0.010])
    assert (timed.p50, timed.p99) == (3.0, 4.0)
    assert timed.rate == 250.0
    assert timing([0.002]) == Timing(2.0, 2.0, 500.0)


def speed(env, size, reset, step):
    one = Timing(1.0, 1.0, 1.0)
    return Speed(env, 0, size, Timing(reset, reset, 1.0), Timing(step, step, 1.0), one, one)


def test_flatness_is_the_worst_ratio_and_only_asked_of_flat_environments():
    speeds = [
        speed("cart_building-v0", 2_000, 1.0, 0.2),
        speed("cart_building-v0", 20_000, 1.1, 0.3),
        speed("returns-v0", 2_000, 2.0, 0.2),
        speed("returns-v0", 20_000, 1.6, 0.2),
        speed("product_discovery-v0", 2_000, 1.0, 0.2),
        speed("product_discovery-v0", 20_000, 9.0, 0.2),
    ]
    assert flatness(speeds) == {"cart_building": pytest.approx(1.5), "returns": pytest.approx(1.25)}


def test_every_figure_of_an_environment_is_measured(catalog):
    for env in ("policy_qa-v0", "journey-v0"):
        (found,) = measure(env, 3, [catalog], 1)
        assert (found.env, found.size) == (env, 2_000)
        for timed in (found.reset, found.step, found.verdict, found.oracle):
            assert 0 < timed.p50 <= timed.p99
        assert found.oracle.p50 > found.verdict.p50


def test_nothing_to_measure_is_an_error(catalog):
    with pytest.raises(SpecError, match="at least one"):
        measure("policy_qa-v0", 0, [catalog], 0)
    with pytest.raises(SpecError, match="at least one"):
        measure("policy_qa-v0", 0, [], 3)


def test_two_hundred_products_are_compared_at_once(catalog):
    assert 0 < rerank(catalog, 3).p50 < 1_000


def test_the_command_writes_what_it_prints(tmp_path):
    file = tmp_path / "speed.json"
    args = ["bench", "policy_qa", "-d", "0", "--sizes", "2000", "--count", "1", "--growth", "10", "--json", str(file)]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    assert "policy_qa" in done.output
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["flatness"] == {"policy_qa": 1.0}
    assert [s["env"] for s in written["speeds"]] == ["policy_qa-v0"]
    assert written["speeds"][0]["reset"]["p50"] > 0
    assert written["rerank_products"] == 2_000

"""Figures of the report as geometry, and results of tools as blocks: right before anything is drawn."""

import pytest

from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.report.figures import chart, findings, sections
from ecom_rlve.evaluate.report.results import Rows, arguments, blocks, headline, titles_in
from ecom_rlve.evaluate.summary import Cell
from ecom_rlve.tools.toolbox import TOOLS


def cell(agent, difficulty, correct, n, reward=0.0, causes=(), invalid=0):
    return Cell(agent, "cart_building-v0", difficulty, n, invalid, correct, reward, 3.0, 4.0, dict(causes))


def test_findings_are_said_in_sentences():
    cells = [cell("a", 0, 9, 10), cell("a", 6, 4, 10), cell("b", 0, 10, 10), cell("b", 6, 10, 10)]
    cells += [cell("c", 0, 0, 10), cell("d", 6, 0, 10), cell("e", 0, 0, 0, invalid=3)]
    (section,) = sections(cells)
    assert section.findings == (
        "a passes 90% at difficulty 0 and 40% at 6.",
        "b passes 100% at every difficulty.",
        "c and d never pass.",
    )
    assert findings(section.rows[2:3]) == ("c never passes.",)


def test_a_better_reward_stands_higher_and_a_harder_level_further_right():
    cells = [cell("a", 0, 5, 5, 0.9), cell("a", 3, 2, 5, 0.1), cell("a", 9, 0, 5, -1.0), cell("b", 3, 0, 5, -0.4)]
    drawn = chart(cells, ["a", "b"], width=900, height=400, label_width=120)
    a, b = drawn.curves
    xs, ys = zip(*a.points, strict=True)
    assert list(xs) == sorted(xs)
    assert xs[1] - xs[0] == pytest.approx((xs[2] - xs[0]) / 3), "the axis is to scale"
    assert ys[0] == pytest.approx(drawn.best_y)
    assert ys == tuple(sorted(ys))
    assert b.points[0][0] == xs[1]
    assert (a.series, b.series) == (0, 1)
    zero = next(y for y, label in drawn.ticks_y if label == "0")
    assert ys[1] < zero < b.points[0][1]


def test_a_single_difficulty_can_be_drawn():
    drawn = chart([cell("a", 4, 1, 2, 0.2)], ["a"], width=300, height=200, label_width=80)
    assert [label for _, label in drawn.ticks_x] == [4]


def test_an_agent_without_a_valid_episode_has_no_line():
    drawn = chart([cell("a", 0, 0, 0, invalid=1), cell("b", 0, 1, 1, 0.9)], ["a", "b"], 300, 200, 80)
    assert [curve.agent for curve in drawn.curves] == ["b"]


def test_bars_count_causes_over_all_difficulties():
    (section,) = sections(
        [cell("a", 0, 1, 4, causes={"gave_up": 3}), cell("a", 3, 0, 4, causes={"gave_up": 1, "format": 3})]
    )
    (bars,) = section.bars
    assert (bars.failed, bars.played) == (7, 8)
    assert bars.bars == (("gave_up", 4, 0.5), ("format", 3, 0.375))


def test_every_tool_is_shown_without_json(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d20/s3")
    env.step({"tool_calls": [{"name": "catalog.search", "args": {"query": "mug"}}]})
    product = env.episode.turns[0].results[0].view.results[0].product_id
    args = {"catalog.search": {"query": "lamp"}, "catalog.rerank": {"product_ids": [product], "query": "mug"}}
    args |= {name: {"product_id": product} for name in ("catalog.get_product", "catalog.get_variants", "cart.add")}
    refused = {"order.checkout", "return.initiate", "return.exchange", "return.check_eligibility", "order.get_status"}
    args |= {"policy.search": {"query": "refund"}}
    args |= {"cart.set_quantity": {"line_id": "LN1", "quantity": 2}, "cart.remove": {"line_id": "LN1"}}
    for name in [tool for tool in TOOLS if tool not in refused]:
        env.call(ToolCall(name, args.get(name, {})))
    results = {
        r.name: r.json() for r in (*(r for t in env.episode.turns for r in t.results), *env.episode.open_turn.results)
    }
    assert set(results) == set(TOOLS) - refused
    for name, brought in results.items():
        assert "error" not in brought, name
        assert headline(brought), name
        for block in blocks(brought):
            values = [v for row in block.rows for v in row] if isinstance(block, Rows) else [v for _, v in block.pairs]
            assert not any(sign in value for value in values for sign in "{}[]"), name
    assert headline(results["catalog.search"]) == f"{results['catalog.search']['total']} matches, 10 shown"
    assert headline(results["cart.add"]).startswith("1 line, $")


def test_filters_are_written_as_people_write_conditions():
    filters = {
        "price": {"min": 10, "max": 24.5},
        "brand": "Lumera",
        "color": {"in": ["black", "white"]},
        "weight": {"max": 0.3},
    }
    args = {"query": "mug", "filters": filters, "sort": "price"}
    assert arguments(args, {}) == (
        "“mug”, price ≥ $10.00 and price ≤ $24.50, brand = Lumera, color is one of black or white, weight ≤ 0.3 kg, "
        "sort price"
    )


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [[]], {"a": [1, {"b": None}]}, {"results": [{}, {"x": {}}]}])
def test_anything_that_is_json_can_be_shown(value):
    assert isinstance(headline(value), str)
    assert isinstance(blocks(value), tuple)
    assert isinstance(titles_in(value), dict)

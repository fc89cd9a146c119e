"""The card as a document and as a page: what is missing is never a pass, and nothing in it is trusted."""

import json
import re

import pytest

from ecom_rlve.core.errors import TraceError
from ecom_rlve.evaluate import card
from ecom_rlve.evaluate.card.charts import multiples, pass_rates
from ecom_rlve.evaluate.card.page import law_rows, render
from ecom_rlve.evaluate.runs import Shop

SHOP = Shop(2_000)
GRID = card.Grid((0, 3), oracle=1, expert=2, others=1, laws=1, told=1)
ENVS = ["cart_building-v0", "policy_qa-v0"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("card")


@pytest.fixture(scope="module")
def results(folder):
    return card.certify(GRID, SHOP, folder / "tiny", workers=1, envs=ENVS)


@pytest.fixture
def made(results, tmp_path):
    return card.document(results, "tiny", GRID, SHOP, tmp_path)


def test_a_card_survives_its_file(made, tmp_path):
    card.write_card(tmp_path / "card.json", made)
    assert card.read_card(tmp_path / "card.json") == json.loads(json.dumps(made))
    (tmp_path / "old.json").write_text('{"checks": []}')
    with pytest.raises(TraceError, match="format None"):
        card.read_card(tmp_path / "old.json")
    with pytest.raises(TraceError, match="cannot be read"):
        card.read_card(tmp_path / "none.json")


def test_what_nobody_measured_is_not_measured(made):
    rows = {row.id: row for row in law_rows(made, ENVS)}
    assert list(rows) == [f"V{i}" for i in range(1, 17)]
    for law in ("V11", "V13", "V14"):
        assert {s.mark for s in rows[law].standings} == {"not measured"}
    assert {s.mark for s in rows["V1"].standings} == {"holds"}
    page = render(made)
    assert page.count("Not measured.") == 4
    assert "make mutants" in page


def test_sections_of_others_are_taken_in_with_their_checks(results, tmp_path):
    law = card.Check("V11", "mutants are noticed", "", False, "1 of 2", ("this one",))
    data = {"mutants": 2, "noticed": 1, "explained": 0, "modules": [],
            "survivors": [{"where": "a:b", "line": 1, "change": "<b> -> c", "why": None}]}  # fmt: skip
    card.put_section(tmp_path, "mutation", data, [law])
    falls, stays = ((0, 39), (0.5, 9)), ((2, 9), (9, 20))
    axes = [{"env": ENVS[0], "axis": "p_oos", "points": [{"value": v, "n": 40, "correct": c} for v, c in falls],
             "p_fall": 1e-9, "p_rise_holm": 1.0, "bites": True},
            {"env": ENVS[0], "axis": "m", "points": [{"value": v, "n": 40, "correct": c} for v, c in stays],
             "p_fall": 0.9, "p_rise_holm": 0.001, "bites": False}]  # fmt: skip
    card.put_section(tmp_path, "axes", axes)
    card.put_section(tmp_path, "customer", {"contradictions": 0.0, "by_env": [{"env": "a", "recall": 1.0}]})
    made = card.document(results, "tiny", GRID, SHOP, tmp_path)
    assert {row.id: row for row in law_rows(made, ENVS)}["V11"].standings[0].mark == "broken"
    page = render(made)
    assert page.count("Not measured.") == 1
    assert "unexplained" in page
    assert "&lt;b&gt; -&gt; c" in page
    assert page.count("does not bite") == 1
    one, other = multiples(axes, ENVS[0])
    assert (one.bites, other.bites, one.rates) == (True, False, ("98%", "22%"))
    assert (one.said, other.said) == ("falls: p < 0.001; rises: p = 1.000", "falls: p = 0.900; rises: p = 0.001")
    with pytest.raises(ValueError, match="unknown section"):
        card.put_section(tmp_path, "hearsay", {})


def test_a_section_of_other_code_is_called_so(results, tmp_path):
    card.put_section(tmp_path, "customer", {"contradictions": 0.0})
    file = tmp_path / "section-customer.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "code": "000000"}))
    made = card.document(results, "tiny", GRID, SHOP, tmp_path)
    assert made["stale"] == ["customer"]
    assert "measured on an earlier state of the code" in render(made)


def test_a_page_needs_nothing_and_trusts_nothing(made):
    spoilt = json.loads(json.dumps(made))
    spoilt["checks"][0]["measured"] = "<script>alert(1)</script>"
    spoilt["checks"][0]["passed"] = False
    page = render(spoilt)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert "url(" not in page
    assert 'class="bad"' in page


def cells(rates, n=40):
    return [
        {"env": "e", "agent": "expert", "difficulty": d, "n": n, "correct": round(n * rate), "chance": 0.0}
        for d, rate in rates.items()
    ]


def test_a_chart_stays_in_its_frame_and_its_bands_hold_its_lines():
    chart = pass_rates([*cells({0: 1.0, 10: 0.5, 20: 0.0}), *cells({0: 0.0}, n=0)], 900, 300, 100)
    (line,) = chart.lines
    assert [round(y) for _, y in line.points] == [
        round(chart.top),
        round((chart.top + chart.bottom) / 2),
        round(chart.bottom),
    ]
    corners = [tuple(map(float, pair.split(","))) for pair in line.band.split()]
    assert len(corners) == 6
    for (x, y), upper, lower in zip(line.points, corners[:3], reversed(corners[3:]), strict=True):
        assert upper[0] == pytest.approx(x, abs=0.1)
        assert upper[1] - 0.1 <= y <= lower[1] + 0.1
    assert all(chart.left - 0.1 <= x <= chart.right + 0.1 for x, _ in corners)
    assert (line.first, line.last) == ("100%", "0%")

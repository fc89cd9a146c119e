"""The validity card: it resumes, and each of its laws can break."""

import json
import math
from dataclasses import asdict

import pytest

from ecom_rlve.core.errors import TraceError
from ecom_rlve.evaluate import card
from ecom_rlve.evaluate.card import run as making
from ecom_rlve.evaluate.card.cells import CardCell
from ecom_rlve.evaluate.card.store import code_digest
from ecom_rlve.evaluate.runs import Shop

SHOP = Shop(2_000)
CART = ["cart_building-v0"]
SMALL = card.Grid((0, 3), oracle=2, expert=3, others=2, laws=1, told=1)


def test_the_card_goes_on_where_it_stopped(tmp_path, monkeypatch):
    whole = card.certify(SMALL, SHOP, tmp_path, workers=1, envs=CART)
    lines = {}
    for file in tmp_path.glob("*.jsonl"):
        lines[file.name] = file.read_text().splitlines()
        file.write_text("\n".join(lines[file.name][:10]) + "\n")
    measured = []
    real = making.measure
    monkeypatch.setattr(making, "measure", lambda job, shop: measured.append(job) or real(job, shop))
    again = card.certify(SMALL, SHOP, tmp_path, workers=1, envs=CART)
    assert len(measured) == sum(max(0, len(rows) - 10) for rows in lines.values()) > 0
    assert again == whole


def test_what_other_code_measured_is_not_taken_over(tmp_path, monkeypatch):
    tiny = card.Grid((0,), oracle=1, expert=1, others=1, laws=1, told=1)
    card.certify(tiny, SHOP, tmp_path, workers=1, envs=CART)
    measured = []
    real = making.measure
    monkeypatch.setattr(making, "measure", lambda job, shop: measured.append(job) or real(job, shop))
    card.certify(tiny, SHOP, tmp_path, workers=1, envs=CART)
    assert not measured
    monkeypatch.setattr(making, "code_digest", lambda: "of other code")
    card.certify(tiny, SHOP, tmp_path, workers=1, envs=CART)
    assert measured


def test_a_damaged_card_is_an_error_that_names_the_line(tmp_path):
    (tmp_path / f"cells-{SHOP.open().fingerprint}-{code_digest()}.jsonl").write_text('{"env": "x"\n')
    with pytest.raises(TraceError, match="line 1: no result"):
        card.certify(SMALL, SHOP, tmp_path, workers=1)


def cell(agent, d=0, n=100, correct=0, perfect=0, mean=-0.9, invalid=0, chance=0.0):
    return CardCell("cart_building-v0", agent, d, n, correct, perfect, invalid, mean, -0.9, 0.9, chance, {})


def laws(**changes):
    cells = {"oracle": cell("oracle", correct=100, perfect=100), "expert": cell("expert", correct=97, mean=0.8),
             "hard": cell("expert", d=12, correct=20), "honest_wrong": cell("honest_wrong", mean=0.1)}  # fmt: skip
    cells |= {name: cell(name) for name in (*card.LAZY, *card.SHORTCUTS)}
    return {c.law: c.passed for c in card.checks(list((cells | changes).values()))}


def test_a_sound_card_holds():
    assert all(laws().values())


@pytest.mark.parametrize(
    "changes",
    [
        {"oracle": cell("oracle", correct=100, perfect=99, mean=0.9)},
        {"expert": cell("expert", correct=90)},
        {"hard": cell("expert", d=12, correct=98)},
        {"silent": cell("silent", correct=1)},
        {"everything": cell("everything", mean=0.2)},
        {"first_result": cell("first_result", correct=40, chance=0.2)},
        {"oracle": cell("oracle", correct=100, perfect=100, invalid=1)},
    ],
    ids=[
        "imperfect oracle",
        "weak expert",
        "difficulty does not bite",
        "lazy passes",
        "greedy pays",
        "shortcut",
        "bug",
    ],
)
def test_each_law_of_the_card_can_break(changes):
    assert list(laws(**changes).values()).count(False) == 1


def test_cells_survive_json():
    one = cell("oracle", mean=math.pi)
    assert CardCell(**json.loads(json.dumps(asdict(one)))) == one

"""Runs, summaries and the validity card."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate import certify
from ecom_rlve.evaluate.runs import Job, Outcome, Shop, run
from ecom_rlve.evaluate.summary import summarise, wilson

SHOP = Shop(2_000)


def specs(count, d=2):
    return tuple(EpisodeSpec("cart_building", d, seed) for seed in range(count))


def test_workers_change_nothing_but_time():
    job = Job(specs(12), "expert", SHOP, "gated", traced=True)
    seen = []
    alone, together = list(run(job)), list(run(job, workers=2, progress=seen.append))
    assert alone == together
    assert sum(seen) == 12


def test_outcomes_come_in_the_order_of_the_specs():
    outcomes = list(run(Job(specs(9), "instant_done", SHOP, "gated", traced=False)))
    assert [o.spec.seed for o in outcomes] == list(range(9))
    assert all(o.lines == () for o in outcomes)


def outcome(correct, reward, cause="", d=0):
    return Outcome(EpisodeSpec("cart_building", d, 0), "a", correct, reward, cause, (), "answered", 4, 3)


def test_invalid_episodes_are_counted_apart():
    (cell,) = summarise([outcome(True, 0.9), outcome(False, -0.9, "gave_up"), outcome(False, None, "invalid")])
    assert (cell.n, cell.invalid, cell.correct) == (2, 1, 1)
    assert cell.pass_rate == 0.5
    assert cell.mean_reward == pytest.approx(0.0)
    assert cell.causes == {"gave_up": 1}


def test_no_valid_episode_at_all_is_no_division_by_zero():
    (cell,) = summarise([outcome(False, None, "invalid")])
    assert (cell.n, cell.pass_rate, cell.mean_reward, cell.interval) == (0, 0.0, 0.0, (0.0, 1.0))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_stays_inside(pair):
    successes, n = pair
    low, high = wilson(successes, n)
    assert 0.0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1.0


def test_wilsons_interval_has_its_textbook_value():
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


CART = ["cart_building-v0"]
SMALL = certify.Grid((0, 3, 12), oracle=3, expert=4, others=2)


def test_the_card_goes_on_where_it_stopped(tmp_path, monkeypatch):
    cells, checks = certify.certify(SMALL, SHOP, tmp_path, workers=1, envs=CART)
    (file,) = tmp_path.glob("cells-*.jsonl")
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:10]) + "\n")
    played = []
    real = certify.play_cell
    monkeypatch.setattr(certify, "play_cell", lambda *args: played.append(args) or real(*args))
    again, checks_again = certify.certify(SMALL, SHOP, tmp_path, workers=1, envs=CART)
    assert len(played) == len(lines) - 10
    assert (again, checks_again) == (cells, checks)


def test_a_damaged_card_is_an_error_that_names_the_line(tmp_path):
    (tmp_path / f"cells-{SHOP.open().fingerprint}.jsonl").write_text('{"env": "x"\n')
    with pytest.raises(TraceError, match="line 1: no cell"):
        certify.certify(SMALL, SHOP, tmp_path, workers=1)


def cell(agent, d=0, n=100, correct=0, perfect=0, mean=-0.9, invalid=0, chance=0.0):
    return certify.CardCell("cart_building-v0", agent, d, n, correct, perfect, invalid, mean, -0.9, 0.9, chance, {})


def card(**changes):
    cells = {"oracle": cell("oracle", correct=100, perfect=100), "expert": cell("expert", correct=97, mean=0.8),
             "hard": cell("expert", d=12, correct=20), "honest_wrong": cell("honest_wrong", mean=0.1)}  # fmt: skip
    cells |= {name: cell(name) for name in (*certify.LAZY, *certify.SHORTCUTS)}
    return {c.law: c.passed for c in certify.checks(list((cells | changes).values()))}


def test_a_sound_card_holds():
    assert all(card().values())


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
    assert list(card(**changes).values()).count(False) == 1


def test_cells_survive_json():
    one = cell("oracle", mean=math.pi)
    assert certify.CardCell(**json.loads(json.dumps(certify.asdict(one)))) == one

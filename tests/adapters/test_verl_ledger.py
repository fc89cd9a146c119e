"""The ledger of a verl run, without Ray: one draw a group, whole groups counted, and a restart that goes on."""

import json
from dataclasses import replace

import pyarrow.parquet as pq

from ecom_rlve.adapters.verl_ledger import SharedLedger
from ecom_rlve.adapters.verl_rows import AGENT, write_rows
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.curriculum import Draw
from ecom_rlve.curriculum.progress import METRICS, Played
from ecom_rlve.env.episode import Reward

TRIES = 4


def ledger(folder):
    return SharedLedger("cart_building", str(folder), tries=TRIES, groups=2, seed=7)


def played(drawn, correct=True):
    return Played(
        drawn.group, Draw(EpisodeSpec.parse(drawn.spec), drawn.track, drawn.level), Reward(0.9, 1.0, 1.0), correct
    )


def test_all_tries_of_a_group_play_one_draw_whoever_asks_first(tmp_path):
    shared = ledger(tmp_path)
    first, second = shared.draw("b"), shared.draw("a")
    assert [shared.draw("b"), shared.draw("a")] == [first, second]
    assert [first.group, second.group] == [0, 1]
    assert first.spec != second.spec
    # Draws are those of any run with this seed, in the order in which groups ask.
    again = ledger(tmp_path / "other")
    assert again.draw("x") == first


def test_a_group_counts_when_it_is_whole(tmp_path):
    shared, drawn = ledger(tmp_path), ledger(tmp_path).draw("a")
    for _ in range(TRIES - 1):
        shared.report(played(drawn))
    assert shared.ledger.curriculum.windows["cart_building"].seen == 0
    shared.report(replace(played(drawn), correct=None))
    window = shared.ledger.curriculum.windows["cart_building"]
    assert (window.seen, window.correct) == (TRIES - 1, TRIES - 1)


def test_a_restart_goes_on_from_what_was_written(tmp_path):
    shared = ledger(tmp_path)
    for step in range(10):
        for uid in ("a", "b"):
            drawn = shared.draw(f"{uid}{step}")
            for _ in range(TRIES):
                shared.report(played(drawn))
    assert shared.ledger.curriculum.windows["cart_building"].high >= 1
    lines = [json.loads(line) for line in (tmp_path / METRICS).read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 11))
    restarted = ledger(tmp_path)
    assert restarted.ledger.to_json() == shared.ledger.to_json()
    assert restarted.draw("new").group == 20
    for uid in ("new", "newer"):
        for _ in range(TRIES):
            restarted.report(played(restarted.draw(uid)))
    last = (tmp_path / METRICS).read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["step"] == 11


def test_rows_hold_a_number_or_an_episode(tmp_path):
    write_rows(tmp_path / "train.parquet", 3)
    write_rows(tmp_path / "eval.parquet", 0, ["cart_building-v0/d1/s2"])
    rows = pq.read_table(tmp_path / "train.parquet").to_pylist()
    assert [row["extra_info"] for row in rows] == [{"index": i, "episode": ""} for i in range(3)]
    assert {row["agent_name"] for row in rows} == {AGENT}
    (row,) = pq.read_table(tmp_path / "eval.parquet").to_pylist()
    assert row["extra_info"]["episode"] == "cart_building-v0/d1/s2"

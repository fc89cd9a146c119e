"""An evaluation: killed and gone on with, with endpoints that fail, at any concurrency: the same figures."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.evaluate.brains import expert_brain
from tests.evaluate.chat_server import Answer, completion, serving

from ecom_rlve.agents.model.endpoint import Endpoint, Patience, Prices
from ecom_rlve.core.errors import EndpointError, RefusedError, SpecError, TraceError
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.journal import RESULTS, Journal, read_run, with_traces
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.suites import Suite
from ecom_rlve.evaluate.table import write_table

SHOP = Shop(2_000)
SUITE = Suite("tiny", "", (0, 6), seeds=3, trials=2, envs=("cart_building-v0", "order_tracking-v0"))
QUICK = Patience(seconds=2.0, attempts=2, backoff=0.01)
NAMES = sorted({t.name for t in SUITE.wanted(())})


def at(server, **more):
    return Endpoint(server.url, "scripted", **{"style": "json", "patience": QUICK, "concurrency": 4, **more})


def setting(server, **more):
    return Setting(SUITE, "tiny-model", SHOP, endpoint=at(server, **more))


@pytest.fixture(scope="module")
def brain(catalog):
    return expert_brain(catalog, NAMES, "json")


def test_the_expert_behind_an_endpoint_and_the_built_in_one_come_to_the_same(tmp_path, brain):
    own = evaluate(Setting(SUITE, "expert", SHOP), tmp_path / "own")
    for concurrency in (1, 64):
        with serving(brain) as server:
            theirs = evaluate(setting(server, concurrency=concurrency), tmp_path / f"at{concurrency}")
        assert [o.trial for o in theirs] == [0, 1] * (len(theirs) // 2)
        for trial in (0, 1):
            mine = [o for o in theirs if o.trial == trial]
            assert [(o.spec, o.correct, o.worth) for o in mine] == [(o.spec, o.correct, o.worth) for o in own]
    assert {o.trial for o in own} == {0}, "a built-in agent does the same at every trial"


def test_a_finished_run_is_read_not_played(tmp_path, brain):
    with serving(brain) as server:
        first = evaluate(setting(server), tmp_path)
        sent = len(server.requests)
        assert evaluate(setting(server), tmp_path) == first
        assert len(server.requests) == sent


def test_a_run_that_lost_lines_plays_those_alone_and_asks_nothing_twice(tmp_path, brain):
    with serving(brain) as server:
        whole = evaluate(setting(server), tmp_path)
        sent, log = len(server.requests), tmp_path / RESULTS
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[:7]) + lines[7][:50])  # torn in the middle, as a kill may leave it
        seen = []
        again = evaluate(setting(server), tmp_path, lambda s: seen.append((s.found, s.done)))
        assert again == whole
        assert (seen[0], seen[-1], len(seen)) == ((7, 8), (7, 24), 17)
        assert len(server.requests) == sent, "every reply was in the cache"
    assert sorted(log.read_bytes().splitlines(keepends=True)) == sorted(lines)


KILLED = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.evaluate.test_eval import SHOP, SUITE, QUICK
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.setting import Setting
at = Endpoint({url!r}, "scripted", style="json", patience=QUICK, concurrency=4)
print("begun", flush=True)
evaluate(Setting(SUITE, "tiny-model", SHOP, endpoint=at), Path({folder!r}))
print("finished", flush=True)
"""


def test_killed_at_any_moment_it_goes_on_to_the_same_totals(tmp_path, brain):
    slowly = lambda body, times: Answer(brain(body, times), delay=0.05)  # noqa: E731
    root = str(Path(__file__).parents[2])
    with serving(slowly) as server:
        whole = evaluate(setting(server), tmp_path / "whole")
        kills, paid = 0, len(server.requests)
        code = KILLED.format(root=root, url=server.url, folder=str(tmp_path / "killed"))
        for _ in range(30):
            with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout.readline() == "begun\n"
                time.sleep(0.25 + 0.1 * kills)
                if process.poll() is not None or kills == 4:
                    assert process.stdout.read() == "finished\n"
                    assert process.wait() == 0
                    break
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        assert kills >= 2, "it was killed in the middle"
        found = with_traces(tmp_path / "killed", read_run(tmp_path / "killed")[1])
        # Requests that were under way at a kill are sent again: at most as many as go at once.
        assert len(server.requests) - paid <= paid + 4 * kills
    assert [replace(o, lines=()) for o in found] == whole
    assert [o.lines for o in found] == [o.lines for o in with_traces(tmp_path / "whole", whole)]
    rows = [json.loads(line) for line in (tmp_path / "killed" / RESULTS).read_text().splitlines()]
    assert len({(r["episode"], r["trial"]) for r in rows}) == len(rows) == 24


def test_an_episode_whose_endpoint_failed_is_played_again_and_counted_apart(tmp_path, brain):
    broken = {"on": True}

    def script(body, times):
        # One environment's dialogues cannot be answered while the server is broken.
        return Answer({}, status=500) if broken["on"] and "in their cart" in str(body) else brain(body, times)

    with serving(script) as server:
        first = evaluate(setting(server, concurrency=8), tmp_path)
        invalid = [o for o in first if o.reward is None]
        assert {o.spec.env for o in invalid} == {"cart_building-v0"}
        assert len(invalid) == 12
        assert all("status 500" in o.detail and o.usage.unanswered for o in invalid)
        asked_twice = [r for r in (tmp_path / RESULTS).read_text().splitlines() if '"unanswered":1' in r]
        assert len(asked_twice) == 24, "every one was begun twice"
        broken["on"] = False
        again = evaluate(setting(server, concurrency=8), tmp_path)
    assert not [o for o in again if o.reward is None]
    assert [o for o in again if o.spec.env == "order_tracking-v0"] == [o for o in first if o.reward is not None]


def test_a_dead_endpoint_stops_the_run_instead_of_filling_it_with_invalid_episodes(tmp_path, brain):
    many = Suite("many", "", (0,), seeds=60, envs=("cart_building-v0",))
    with serving(lambda body, times: Answer({}, status=503)) as server:
        at_once = at(server, patience=Patience(seconds=1, attempts=1))
        with pytest.raises(EndpointError, match="has stopped answering: 12 episodes in a row"):
            evaluate(Setting(many, "m", SHOP, endpoint=at_once), tmp_path)


def test_a_wrong_key_stops_the_run_at_once(tmp_path):
    with serving(lambda body, times: Answer({"error": "invalid api key"}, status=401)) as server:
        with pytest.raises(RefusedError, match="invalid api key"):
            evaluate(setting(server), tmp_path)
        assert len(server.requests) <= 4
    assert read_run(tmp_path)[1] == []


def test_another_run_in_the_folder_is_refused_by_what_differs(tmp_path, brain):
    evaluate(Setting(SUITE, "silent", SHOP), tmp_path)
    with pytest.raises(SpecError, match="its agent is 'silent', not 'expert'"):
        evaluate(Setting(SUITE, "expert", SHOP), tmp_path)
    with pytest.raises(SpecError, match="its preset is 'gated', not 'published'"):
        evaluate(Setting(SUITE, "silent", SHOP, preset="published"), tmp_path)


def test_two_processes_do_not_write_one_run(tmp_path):
    identity = Setting(SUITE, "silent", SHOP).identity()
    with Journal(tmp_path, identity), pytest.raises(SpecError, match="another process"):
        Journal(tmp_path, identity)


def test_a_folder_without_a_run_and_a_damaged_line_are_named(tmp_path):
    with pytest.raises(TraceError, match="no run of"):
        read_run(tmp_path)
    evaluate(Setting(replace(SUITE, seeds=1), "silent", SHOP), tmp_path)
    log = tmp_path / RESULTS
    log.write_text("{}\n" + log.read_text())
    with pytest.raises(TraceError, match="line 1: no result"):
        read_run(tmp_path)


def test_the_table_has_a_row_for_every_trial(tmp_path, brain):
    with serving(brain) as server:
        outcomes = evaluate(setting(server), tmp_path)
    write_table(tmp_path / "t.parquet", outcomes, Prices(1.0, 10.0))
    table = pq.read_table(tmp_path / "t.parquet").to_pylist()
    assert [(r["episode"], r["trial"], r["reward"]) for r in table] == [
        (str(o.spec), o.trial, o.reward) for o in outcomes
    ]
    first = table[0]
    assert first["cost_usd"] == pytest.approx((first["prompt_tokens"] + 10 * first["completion_tokens"]) / 1e6)
    assert dict(first["subscores"]) == dict(outcomes[0].worth.parts)


def test_replies_are_counted_even_when_nothing_is_said(tmp_path):
    with serving(lambda body, times: completion("")) as server:
        outcomes = evaluate(setting(server), tmp_path)
    assert {o.cause for o in outcomes} == {"format"}
    assert all(o.usage.empty == 1 for o in outcomes)

"""Traces: read back as written, the same bytes in every process, and honest about what is wrong with them."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.env.play import DONE, call, idle, turn, verdict

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.errors import TraceError
from ecom_rlve.env.env import Env
from ecom_rlve.env.replay import first_difference, regrade, replay
from ecom_rlve.env.trace import live_lines, parse_trace, read_trace, sealed, trace_lines, write_trace

# Replays are played with the customer proper, so traces here are too.


def lines_of(env, **catalog):
    named = {"fingerprint": env.catalog.fingerprint, **catalog}
    goal = env.task.reveal(env.episode.goal, env.episode.world)
    system = env.system_prompt()
    return trace_lines(env.episode, system=system, agent="test", preset=env.preset, catalog=named, goal=goal)


def solved(catalog, name="d6/s5", preset="gated"):
    env = Env(catalog, preset=preset)
    env.reset(f"cart_building-v0/{name}")
    solve(env)
    return env


def signed(lines):
    """Lines with the digest that belongs to them: a forger would do no less."""
    end = {key: value for key, value in json.loads(lines[-1]).items() if key != "digest"}
    return sealed([*lines[:-1], dumps(end)])


@pytest.mark.parametrize("preset", ["gated", "published"])
@pytest.mark.parametrize("d", [0, 4, 9, 20])
def test_a_trace_is_read_back_and_replays_without_a_difference(catalog, tmp_path, d, preset):
    lines = lines_of(solved(catalog, f"d{d}/s{d}", preset))
    write_trace(tmp_path / "deep" / "one.jsonl", lines)
    trace = read_trace(tmp_path / "deep" / "one.jsonl")
    assert list(trace.lines) == lines
    assert replay(trace, catalog) == ""
    assert regrade(trace, catalog).agrees
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["one.jsonl"]


ENDINGS = {
    "no JSON": ["nonsense"],
    "a lone surrogate in the text": ["\ud800"],
    "a lone surrogate in an argument": [{"tool_calls": [{"name": "catalog.search", "args": {"query": "\ud800"}}]}],
    "a lone surrogate in words": [{"assistant_message": "a\ud800b"}, DONE, DONE],
    "no JSON value": [{"tool_calls": [{"name": "cart.add", "args": {"quantity": float("nan")}}]}],
    "too long": ["x" * 200_000],
    "an unknown tool": [turn(call("cart.view")), turn(call("cart.clear"))],
    "a schema broken by the second call": [turn(call("cart.view"), call("cart.add", product_id=5), call("cart.view"))],
    "too many calls": [turn(*[call("cart.view")] * 9)],
    "a bad answer": [{"answer": {"cart": []}}],
    "given up": [DONE, DONE],
    "unseen ids": [turn(say="P00000Z?"), turn(call("cart.add", product_id="P00000Z")), DONE, DONE],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_failures_replay_too(catalog, tmp_path, ending):
    env = Env(catalog)
    env.reset("cart_building-v0/d3/s8")
    for action in ENDINGS[ending]:
        if not env.episode.is_over:
            env.step(action)
    assert env.episode.is_over
    write_trace(tmp_path / "t.jsonl", lines_of(env))
    assert replay(read_trace(tmp_path / "t.jsonl"), catalog) == ""


NATIVE = {
    "a tool that does not exist": [call("cart.view"), call("cart.clear")],
    "arguments out of the schema": [call("cart.view"), call("cart.add", product_id=5)],
    "words that are none": [call("cart.view"), call("message_user", text=5)],
    "a bad answer": [call("cart.view"), call("submit", cart=[])],
    "no JSON": [call("cart.view"), call("cart.add", product_id={1})],
    "an answer in the middle of a turn": [call("cart.view"), call("submit"), call("submit")],
}


@pytest.mark.parametrize("ending", NATIVE)
def test_native_failures_replay_too(catalog, ending):
    env = Env(catalog)
    env.reset("cart_building-v0/d6/s8")
    env.play(NATIVE[ending])
    assert env.episode.is_over
    assert replay(parse_trace(lines_of(env)), catalog) == ""


def test_a_full_turn_that_failed_at_its_answer_replays(catalog, fakes):
    leaf = next(leaf for leaf in catalog.taxonomy.leaves.values() if leaf.denied)
    env = Env(catalog)
    env.reset("recommends-v0/d2/s1")
    views = [{"name": "cart.view", "args": {}}] * 2
    env.step({"tool_calls": views, "answer": {"product_ids": [catalog.id_of(catalog.category_rows(leaf.key)[0])]}})
    assert verdict(env).cause == "policy_misread"
    assert replay(parse_trace(lines_of(env)), catalog) == ""


def test_an_episode_cut_off_by_the_turn_limit_replays(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d3/s8")
    idle(env)
    assert replay(parse_trace(lines_of(env)), catalog) == ""


def test_regrading_under_the_other_preset_judges_anew(catalog):
    trace = parse_trace(lines_of(solved(catalog)))
    again = regrade(trace, catalog, "published")
    assert again.correct
    assert again.recorded == 0.9
    assert again.found != 0.9
    assert not again.agrees


def test_an_episode_that_is_not_over_has_no_trace(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s1")
    with pytest.raises(ValueError, match="not over"):
        lines_of(env)


@pytest.fixture(scope="module")
def lines(catalog):
    return lines_of(solved(catalog))


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(TraceError, match=r"gone\.jsonl: cannot be read"):
        read_trace(tmp_path / "gone.jsonl")


def test_a_file_that_is_no_text_says_so(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(tmp_path / "x.jsonl")


def test_an_empty_file_has_no_header(tmp_path):
    (tmp_path / "x.jsonl").write_text("")
    with pytest.raises(TraceError, match="line 1: no header"):
        read_trace(tmp_path / "x.jsonl")


def test_a_cut_file_is_truncated_wherever_it_was_cut(lines):
    for n in range(1, len(lines)):
        with pytest.raises(TraceError, match=r"truncated|no header"):
            parse_trace(lines[:n])


def test_a_line_cut_in_the_middle_is_named(lines):
    with pytest.raises(TraceError, match="line 3: no JSON"):
        parse_trace([*lines[:2], lines[2][:40], *lines[3:]])


@pytest.mark.parametrize("strange", ["7", "[]", "{}", '{"kind": "note"}', "null"])
def test_a_line_of_another_kind_is_named(lines, strange):
    with pytest.raises(TraceError, match="line 2: no line of a trace"):
        parse_trace([lines[0], strange, *lines[1:]])


def test_lines_out_of_order_are_an_error(lines):
    with pytest.raises(TraceError, match="out of order"):
        parse_trace([lines[0], lines[2], lines[1], *lines[3:]])


@pytest.mark.parametrize("at", [0, 1, 2, -2])
def test_any_change_is_found(lines, at):
    changed = list(lines)
    text = changed[at]
    i = text.rindex("a")
    changed[at] = text[:i] + "e" + text[i + 1 :]
    with pytest.raises(TraceError, match=r"changed|no JSON|no line of a trace|out of order|no header|format"):
        parse_trace(changed)


def test_a_left_out_turn_is_found(lines):
    with pytest.raises(TraceError, match="changed"):
        parse_trace([*lines[:2], *lines[3:]])


def test_another_format_says_which_is_read(lines):
    header = {**json.loads(lines[0]), "format": 99}
    with pytest.raises(TraceError, match="format 99; this version reads 1"):
        parse_trace(signed([json.dumps(header), *lines[1:]]))


def test_a_trace_of_another_shop_is_refused(lines, catalog):
    header = {**json.loads(lines[0]), "catalog": {"fingerprint": "0" * 16}}
    with pytest.raises(TraceError, match=f"'0000000000000000', this one is '{catalog.fingerprint}'"):
        replay(parse_trace(signed([json.dumps(header), *lines[1:]])), catalog)


def test_an_unknown_preset_is_refused(lines, catalog):
    header = {**json.loads(lines[0]), "preset": "generous"}
    with pytest.raises(TraceError, match=r"'generous'.*gated, published"):
        replay(parse_trace(signed([json.dumps(header), *lines[1:]])), catalog)


def test_a_forged_reward_does_not_survive_a_replay(lines, catalog):
    end = json.loads(lines[-1])
    end["reward"]["total"] = 0.5
    forged = parse_trace(signed([*lines[:-1], json.dumps(end)]))
    assert "line" in replay(forged, catalog)
    assert not regrade(forged, catalog).agrees


def test_a_forged_action_changes_the_verdict(lines, catalog):
    """The last cart.add is taken out and the digest made to fit: replay tells where, regrade judges what is left."""
    forged = list(lines)
    at = max(i for i, text in enumerate(forged) if '"cart.add"' in text and '"kind":"turn"' in text)
    line = json.loads(forged[at])
    line["action"]["tool_calls"] = [c for c in line["action"]["tool_calls"] if c["name"] != "cart.add"]
    forged[at] = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    trace = parse_trace(signed(forged))
    assert f"line {at + 1}" in replay(trace, catalog)
    assert not regrade(trace, catalog).correct


def test_turns_that_do_not_end_the_episode_are_an_error(lines, catalog):
    with pytest.raises(TraceError, match="not over after turn"):
        replay(parse_trace(signed([*lines[:2], lines[-1]])), catalog)


def test_turns_after_the_end_are_an_error(lines, catalog):
    with pytest.raises(TraceError, match="over before turn"):
        replay(parse_trace(signed([*lines[:-1], lines[-2], lines[-1]])), catalog)


def test_first_difference_points_at_it():
    assert first_difference(["same", "abc"], ["same", "abd"]).startswith("line 2, character 3")
    assert first_difference(["a"], ["a", "b"]) == "recorded 1 lines, found 2"
    assert first_difference(["a", "b"], ["a", "b"]) == ""


PROGRAM = """
import sys
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.env.env import Env
env = Env(embedded(2_000))
for agent in ("oracle", "honest_wrong", "random_tool", "everything"):
    for d in (0, 5, 12):
        env.reset(f"cart_building-v0/d{d}/s{d + 3}")
        player_named(agent)(env)
        lines = env.trace(agent, {})
        sys.stdout.buffer.write("\\n".join(lines).encode() + b"\\n")
"""


def test_two_processes_with_different_hash_seeds_write_the_same_bytes(catalog):
    outputs = []
    for hash_seed, locale in (("0", "C"), ("4711", "C.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "TZ": f"UTC+{hash_seed[0]}"}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        outputs.append(done.stdout)
    assert outputs[0]
    assert outputs[0] == outputs[1]


def test_an_open_episode_is_told_as_its_trace_will_have_it(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d6/s5")
    env.step(turn(say="Hello! What can I do for you?"))
    history = call("user.get_visit_history")
    env.call(history)
    opening, first, open_turn = live_lines(env.episode)
    recorded = [json.loads(line) for line in lines_of(closed(env.fork()))]
    assert json.loads(dumps(opening)) == recorded[1]
    assert json.loads(dumps(first)) == recorded[2]
    assert open_turn["customer"] is None
    assert [one["name"] for one in open_turn["results"]] == ["user.get_visit_history"]
    assert json.loads(dumps(open_turn["results"])) == recorded[3]["results"]
    env.call(call("message_user", text="One moment."))
    assert len(live_lines(env.episode)) == 3


def closed(env):
    env.step(DONE)
    return env


def test_an_episode_without_an_opening_has_no_lines(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s1")
    with pytest.raises(ValueError, match="was never opened"):
        live_lines(replace(env.episode, opening=None))

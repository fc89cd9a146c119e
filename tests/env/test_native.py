"""Native tool calls: one by one they make the same episode as packed into JSON actions."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.env.play import begin, call

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.chat import as_text
from ecom_rlve.env.env import Env
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.env.replay import regrade, replay
from ecom_rlve.env.trace import parse_trace, trace_lines
from ecom_rlve.tasks.cart_building import Answer
from ecom_rlve.tasks.registry import all_tasks
from ecom_rlve.users.customer import Customer


def pack(calls, b_tool):
    """Pack native calls into actions, as SPEC §2 says: a turn closes after B_tool calls, at words, or at the answer."""
    actions, open_calls = [], []
    for c in calls:
        if c.name in (MESSAGE, SUBMIT):
            said = c.args["text"].strip() if c.name == MESSAGE else ""
            actions.append(Action(said, tuple(open_calls), Answer() if c.name == SUBMIT else None))
            open_calls = []
            continue
        open_calls.append(c)
        if len(open_calls) == b_tool:
            actions.append(Action("", tuple(open_calls)))
            open_calls = []
    return actions, open_calls


def calls_of(catalog):
    ids = [catalog.id_of(row) for row in range(0, len(catalog), 191)]
    product = st.sampled_from([*ids, "P00000Z"])
    return st.one_of(
        st.sampled_from([call("cart.view"), call("user.get_visit_history"), call("datetime.now")]),
        st.builds(lambda p: call("catalog.get_variants", product_id=p), product),
        st.builds(lambda p, n: call("cart.add", product_id=p, quantity=n), product, st.integers(1, 3)),
        st.builds(lambda n: call("cart.remove", line_id=f"LN{n}"), st.integers(1, 3)),
        st.builds(lambda t: call(MESSAGE, text=t), st.sampled_from(["Which brand?", "How many?", "", " P1A2B3C "])),
        st.just(call("catalog.search", query="black")),
        st.sampled_from([call(SUBMIT), call("cart.add")]) if ids else st.nothing(),
    )


def lines(env):
    catalog = {"fingerprint": env.catalog.fingerprint}
    return trace_lines(env.episode, system=env.system_prompt(), agent="x", preset=env.preset, catalog=catalog)


@settings(max_examples=80)
@given(st.data(), st.integers(0, 9), st.integers(0, 30), st.sampled_from(["", "?B_tool=1", "?B_tool=2"]))
def test_equal_sequences_give_equal_traces(catalog, data, d, seed, axes):
    sequence = data.draw(st.lists(calls_of(catalog), max_size=25))
    native, packed, text = (begin(catalog, f"d{d}/s{seed}{axes}") for _ in range(3))
    actions, rest = pack(sequence, native.episode.difficulty.B_tool)
    actions = [*actions, Action("", tuple(rest), Answer())]
    native.play([*sequence, ToolCall(SUBMIT, {}), ToolCall(SUBMIT, {})])
    for action in [*actions, Action("", (), Answer())]:
        if not packed.episode.is_over:
            packed.step(action)
            text.step(as_text(action))
    assert packed.episode.turns == text.episode.turns
    assert lines(packed) == lines(text)
    if native.episode.verdict.end == "hard_failure":
        # What comes behind a call that breaks its schema was never sent natively, but stands in the packed action.
        assert native.episode.verdict == packed.episode.verdict
        assert native.episode.turns[:-1] == packed.episode.turns[:-1]
        assert replace(native.episode.turns[-1], raw="") == replace(packed.episode.turns[-1], raw="")
    else:
        assert lines(native) == lines(packed)


def test_a_turn_closes_after_as_many_calls_as_are_allowed(catalog):
    env = begin(catalog, "d0/s1?B_tool=2")
    first = env.call(call("cart.view"))
    assert env.episode.turns == ()
    assert first.observation.turns_left == env.episode.max_turns
    second = env.call(call("datetime.now"))
    assert len(env.episode.turns) == 1
    assert [r.name for r in second.observation.results] == ["datetime.now"]
    assert second.observation.turns_left == env.episode.max_turns - 1


def test_words_close_the_turn_and_bring_the_reply(catalog):
    env = begin(catalog, "d0/s1?B_tool=3")
    env.call(call("cart.view"))
    step = env.call(call(MESSAGE, text="Hello"))
    assert step.observation.results == ()
    assert step.observation.message
    assert [len(t.action.calls) for t in env.episode.turns] == [1]


def test_calls_after_the_end_are_dropped(catalog):
    env = begin(catalog, "d0/s1")
    steps = env.play([call("cart.view"), call(SUBMIT), call(SUBMIT), call(SUBMIT), call("cart.view")])
    assert steps[-1].terminated
    assert len(steps) <= 4


def same_again(env):
    trace = parse_trace(env.trace("x", {}))
    return replay(trace, env.catalog), regrade(trace, env.catalog)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('<tool_call>{"name": "cart_view", "arguments": {</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view"}</tool_call><tool_call>[]</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view", "arguments": "{bad"}</tool_call>', "format"),
        ('<tool_call>{"name": "no_such_tool", "arguments": {}}</tool_call>', "invalid_tool"),
        ("x" * 100_001, "format"),
    ],
)
def test_native_text_that_cannot_be_read_ends_the_episode_and_replays(catalog, text, cause):
    env = begin(catalog, "cart_building-v0/d6/s1", Customer())
    env.call(call("cart.view"))
    (step,) = env.play_text(text)
    assert (step.terminated, step.reward, env.episode.verdict.cause) == (True, -1.0, cause)
    assert [c.name for c in env.episode.turns[-1].action.calls] == ["cart.view"], "what was called before counts"
    assert env.messages("native")[-1]["content"] == env.episode.turns[-1].raw
    difference, regraded = same_again(env)
    assert (difference, regraded.agrees) == ("", True)


def test_native_text_plays_its_calls_or_speaks(catalog):
    env = begin(catalog, "cart_building-v0/d6/s1", Customer())
    steps = env.play_text(
        '<think>hm</think>I look.<tool_call>{"name": "cart_view", "arguments": {}}</tool_call>'
        '<tool_call>{"name": "datetime_now", "arguments": "{}"}</tool_call>'
    )
    assert [s.observation.results[0].name for s in steps] == ["cart.view", "datetime.now"]
    (said,) = env.play_text("Is there anything else?")
    assert said.observation.message
    assert env.episode.turns[-1].action.message == "Is there anything else?"
    env.play_text('<tool_call>{"name": "submit", "arguments": {}}</tool_call>')
    assert env.episode.verdict.end == "answered"
    assert same_again(env)[0] == ""


def test_an_abandoned_episode_is_invalid_and_replays(catalog):
    env = begin(catalog, "cart_building-v0/d6/s1", Customer())
    env.call(call("message_user", text="Is there anything else?"))
    env.call(call("cart.view"))
    env.abandon("the endpoint did not answer")
    verdict = env.episode.verdict
    assert (verdict.end, verdict.reward.total, verdict.detail) == ("invalid", None, "the endpoint did not answer")
    difference, regraded = same_again(env)
    assert (difference, regraded.found) == ("", None)
    with pytest.raises(RuntimeError, match="over"):
        env.abandon("again")


class TurnForTurn(Env):
    """Plays every action as the native calls that close the same turn."""

    def step(self, action):
        steps = self.play(turn_calls(action, self.episode.difficulty.B_tool))
        seen = steps[-1].observation
        return replace(
            steps[-1], observation=replace(seen, results=tuple(r for s in steps for r in s.observation.results))
        )


@pytest.mark.parametrize("env_name", sorted(all_tasks()))
def test_what_solves_an_episode_in_json_turns_solves_it_turn_for_turn_in_native_calls(catalog, env_name):
    for d in range(0, 21, 2):
        for seed in range(4):
            in_json, native = Env(catalog), TurnForTurn(catalog)
            verdicts = []
            for env in (in_json, native):
                env.reset(f"{env_name}-v0/d{d}/s{seed}")
                solve(env)
                verdicts.append(env.episode.verdict)
            assert verdicts[0] == verdicts[1]
            assert verdicts[1].reward.total == 0.9, (d, seed)

"""Reading actions: what is no action is a format failure, and the three styles mean the same."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.ids import ProductId
from ecom_rlve.env.answers import answer_model
from ecom_rlve.env.chat import as_text, native_calls
from ecom_rlve.env.parse import MAX_DEPTH, MAX_TEXT, MESSAGE, SUBMIT, read_hermes, read_json_action, read_openai_calls
from ecom_rlve.tasks.cart_building import Answer


@dataclass(frozen=True, slots=True)
class Picks:
    product_ids: tuple[ProductId, ...]
    """Ids, best first."""
    note: str = ""
    """Why."""


def cause_of(read, *args):
    with pytest.raises(ActionError) as error:
        read(*args)
    assert len(str(error.value)) < 400
    return error.value.cause


DEEP = "[" * 10_000 + "]" * 10_000
FORMAT = [
    "",
    "   ",
    "hello",
    "null",
    "true",
    "7",
    '"text"',
    "[]",
    '[{"assistant_message": "hi"}]',
    "{}",
    '{"assistant_message": "hi"',
    '{"assistant_message": "hi"} {"assistant_message": "hi"}',
    '{"assistant_message": "hi"} and more',
    "{'assistant_message': 'hi'}",
    '{"assistant_message": hi}',
    '{"assistant_message": "hi",}',
    '{"assistant_message": "a\nb"}',
    '{"assistant_message": 5}',
    '{"assistant_message": ["hi"]}',
    '{"assistant_message": "hi", "thoughts": "none"}',
    '{"message": "hi"}',
    '{"tool_calls": {}}',
    '{"tool_calls": "cart.view"}',
    '{"tool_calls": ["cart.view"]}',
    '{"tool_calls": [null]}',
    '{"tool_calls": [{}]}',
    '{"tool_calls": [{"name": 5}]}',
    '{"tool_calls": [{"name": "cart.view", "args": []}]}',
    '{"tool_calls": [{"name": "cart.view", "args": "{}"}]}',
    '{"tool_calls": [{"name": "cart.view", "args": null}]}',
    '{"tool_calls": [{"name": "cart.view", "arg": {}}]}',
    '{"tool_calls": [{"name": "cart.add", "args": {"quantity": NaN}}]}',
    '{"tool_calls": [{"name": "cart.add", "args": {"quantity": Infinity}}]}',
    '{"tool_calls": [{"name": "cart.add", "args": {"quantity": -Infinity}}]}',
    '{"tool_calls": [{"name": "cart.add", "args": {"quantity": ' + "9" * 5000 + "}}]}",
    '{"answer": []}',
    '{"answer": "done"}',
    '{"answer": true}',
    '{"answer": {"done": false}}',
    '{"answer": {"done": 1}}',
    '{"answer": {"done": null}}',
    '{"answer": {"done": true, "product_ids": []}}',
    '{"answer": {"cart": []}}',
    DEEP,
    '{"assistant_message": ' + DEEP + "}",
    '{"a":' * 10_000 + "1" + "}" * 10_000,
    '{"tool_calls": [{"name": "catalog.search", "args": {"filters": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}}]}",
    "x" * 1_000_000,
    '{"assistant_message": "' + "x" * 1_000_000 + '"}',
    "<think>what now",
    "<think>only thoughts</think>",
    '```json\n{"assistant_message": "hi"}',
    '```python\n{"assistant_message": "hi"}\n```',
    "\ud800",
    "\x00",
    "NaN",
]


@pytest.mark.parametrize("text", FORMAT, ids=lambda text: text[:30].encode("ascii", "replace").decode())
def test_what_is_no_action_is_a_format_failure(text):
    assert cause_of(read_json_action, text, Answer) == "format"


@pytest.mark.parametrize("name", ["cart.buy", "", "cart.view ", "message_user", "submit", "__import__", "\ud800"])
def test_a_tool_that_does_not_exist_is_an_invalid_tool(name):
    text = json.dumps({"tool_calls": [{"name": name, "args": {}}]})
    assert cause_of(read_json_action, text, Answer) == "invalid_tool"


HI = Action("hi", (ToolCall("cart.view", {}),))


@pytest.mark.parametrize(
    "text",
    [
        '{"assistant_message": "hi", "tool_calls": [{"name": "cart.view", "args": {}}], "answer": null}',
        '{"tool_calls":[{"args":{},"name":"cart.view"}],"assistant_message":"hi"}',
        '{"assistant_message": "hi", "tool_calls": [{"name": "cart_view"}]}',
        '{"assistant_message": " hi\\n", "tool_calls": [{"name": "cart.view", "arguments": {}, "id": "1"}]}',
        '  \n{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}\n ',
        '```json\n{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}\n```',
        '```\n{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}\n```',
        '<think>{"assistant_message": "no"}</think>{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}',
        '\n<think>\n\n</think>\n\n{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}',
        '<think>a</think>```json\n{"assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}\n```',
        '{"assistant_message": "no", "assistant_message": "hi", "tool_calls": [{"name": "cart.view"}]}',
    ],
)
def test_ways_to_write_one_action(text):
    assert read_json_action(text, Answer) == HI


def test_reasoning_inside_a_message_is_part_of_it():
    text = '{"assistant_message": "I <think>so</think>"}'
    assert read_json_action(text, Answer).message == "I <think>so</think>"


@pytest.mark.parametrize("text", ['{"answer": {}}', '{"answer": {"done": true}}', '{"answer": {}, "tool_calls": null}'])
def test_an_empty_answer_is_an_answer(text):
    assert read_json_action(text, Answer) == Action("", (), Answer())


def test_nothing_said_and_nothing_done_is_legal():
    for text in ('{"assistant_message": ""}', '{"tool_calls": []}', '{"answer": null}'):
        assert read_json_action(text, Answer) == Action()


def test_an_answer_with_fields_is_read_by_its_types():
    text = '{"answer": {"product_ids": ["P000001", "P000002"], "done": true}}'
    assert read_json_action(text, Picks).answer == Picks((ProductId("P000001"), ProductId("P000002")))
    for wrong in ('{"product_ids": "P000001"}', '{"product_ids": [1]}', "{}", '{"product_ids": [], "more": 1}'):
        assert cause_of(read_json_action, '{"answer": ' + wrong + "}", Picks) == "format"


def test_lone_surrogates_in_words_are_replaced():
    assert read_json_action('{"assistant_message": "a\\ud800b"}', Answer).message == "a?b"
    assert read_hermes("a\ud800b") == [ToolCall(MESSAGE, {"text": "a?b"})]


def test_the_longest_action_is_allowed():
    text = '{"assistant_message": "' + "x" * (MAX_TEXT - 25) + '"}'
    assert len(text) == MAX_TEXT
    assert len(read_json_action(text, Answer).message) == MAX_TEXT - 25


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["assistant_message", "tool_calls", "answer", "name", "args"])


@given(st.text(max_size=60) | st.dictionaries(KEYS, json_values, max_size=4).map(json.dumps))
def test_any_text_is_an_action_or_an_action_error(text):
    causes = [outcome(lambda t: read_json_action(t, Answer), text), outcome(read_hermes, text)]
    assert set(causes) <= {"read", "format", "invalid_tool"}


def outcome(read, text):
    try:
        read(text)
    except ActionError as error:
        return error.cause
    return "read"


words = st.text(max_size=20).map(lambda s: s.encode("utf-8", "replace").decode().strip())
tool_calls = st.builds(
    ToolCall, st.sampled_from(["cart.add", "catalog.search"]), st.dictionaries(st.text(max_size=5), words, max_size=3)
).filter(lambda c: all(k < "\ud800" or k > "\udfff" for k in c.args))
actions = st.builds(Action, words, st.lists(tool_calls, max_size=4).map(tuple), st.sampled_from([None, Answer()]))


@given(actions)
def test_an_action_is_read_back_as_it_was_written(action):
    assert read_json_action(as_text(action), Answer) == action


def hermes(calls):
    blocks = (json.dumps({"name": c.name.replace(".", "_"), "arguments": dict(c.args)}) for c in calls)
    return "<think>hm</think>\n" + "\n".join(f"<tool_call>\n{block}\n</tool_call>" for block in blocks)


def openai(calls, *, as_string):
    for i, c in enumerate(calls):
        args = json.dumps(dict(c.args)) if as_string else dict(c.args)
        yield {"id": f"c{i}", "type": "function", "function": {"name": c.name.replace(".", "_"), "arguments": args}}


@given(actions)
def test_three_native_ways_to_write_a_turn_are_one(action):
    calls = native_calls(action)
    assert read_openai_calls(list(openai(calls, as_string=True))) == calls
    assert read_openai_calls(list(openai(calls, as_string=False))) == calls
    assert read_hermes(hermes(calls)) == calls


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Which colour?", [ToolCall(MESSAGE, {"text": "Which colour?"})]),
        ("<think>let me ask</think>\nWhich colour?", [ToolCall(MESSAGE, {"text": "Which colour?"})]),
        ("<think>never ends", [ToolCall(MESSAGE, {"text": ""})]),
        ('I look. <tool_call>{"name": "cart_view", "arguments": {}}</tool_call>', [ToolCall("cart.view", {})]),
        ('<tool_call>{"name": "cart.view"}</tool_call>', [ToolCall("cart.view", {})]),
        ('<tool_call>{"name": "cart_view", "arguments": ""}', [ToolCall("cart.view", {})]),
        ('<tool_call>{"name": "submit", "arguments": {}}</tool_call>', [ToolCall(SUBMIT, {})]),
        (
            '<tool_call>{"name": "cart_view"}</tool_call><tool_call>\n{"name": "datetime_now"}\n</tool_call>',
            [ToolCall("cart.view", {}), ToolCall("datetime.now", {})],
        ),
    ],
)
def test_hermes_text(text, calls):
    assert read_hermes(text) == calls


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("<tool_call></tool_call>", "format"),
        ("<tool_call>cart_view()</tool_call>", "format"),
        ('<tool_call>{"name": "cart_view", "arguments": {}</tool_call>', "format"),
        ('<tool_call>["cart_view"]</tool_call>', "format"),
        ('<tool_call>{"arguments": {}}</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view", "arguments": []}</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view", "arguments": "nonsense"}</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view", "arguments": null}</tool_call>', "format"),
        ('<tool_call>{"name": "cart_buy"}</tool_call>', "invalid_tool"),
        ('<tool_call>{"name": "message_user", "arguments": {}}</tool_call>', "format"),
        ('<tool_call>{"name": "message_user", "arguments": {"text": 5}}</tool_call>', "format"),
        ('<tool_call>{"name": "message_user", "arguments": {"text": "a", "to": "b"}}</tool_call>', "format"),
        ('<tool_call>{"name": "cart_view", "arguments": ' + DEEP + "}</tool_call>", "format"),
        ("<tool_call>" + "x" * 1_000_000, "format"),
    ],
    ids=lambda value: value[:50],
)
def test_hermes_text_that_is_no_call(text, cause):
    assert cause_of(read_hermes, text) == cause


def test_openai_calls_that_are_none():
    for wrong in (None, "x", {}, {"function": None}, {"function": {"name": "cart_view", "arguments": {1, 2}}}):
        assert cause_of(read_openai_calls, [wrong]) == "format"


@dataclass(frozen=True, slots=True)
class Undocumented:
    product_ids: tuple[ProductId, ...]
    """Ids."""
    note: str = ""


def test_an_answer_tells_the_agent_what_each_of_its_fields_is():
    with pytest.raises(TypeError, match="Undocumented: fields without a doc string: note"):
        answer_model(Undocumented)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400 + ".0"])
def test_a_number_beyond_all_floats_is_no_json(number):
    text = '{"tool_calls": [{"name": "cart.add", "args": {"quantity": NUMBER}}]}'.replace("NUMBER", number)
    with pytest.raises(ActionError, match="too large a number") as error:
        read_json_action(text, Picks)
    assert error.value.cause == "format"

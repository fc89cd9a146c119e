"""Whatever is sent: `reset` answers or says what is wrong, a call is a turn or a hard failure, nothing is ever ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecom_rlve.adapters.openenv import page, requests
from ecom_rlve.adapters.text import TextEpisode
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.env import Env
from ecom_rlve.tools.toolbox import TOOLS

SLOW = [HealthCheck.too_slow]  # says how busy the machine is, not how good the test
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([*requests.ResetRequest.model_fields, "goal", "__class__"])
NAMES = st.sampled_from([*TOOLS, *(t.wire_name for t in TOOLS.values()), "message_user", "submit"]) | st.text(
    max_size=20
)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["query", "filters", "product_id", "variant_id", "quantity", "order_id", "text", "days"])
    | st.text(max_size=8),
    JSON,
    max_size=4,
)


@given(st.dictionaries(FIELDS, JSON, max_size=4))
@settings(max_examples=300, suppress_health_check=SLOW)
def test_reset_arguments_name_an_episode_or_are_refused(arguments):
    try:
        spec = requests.read(arguments).named("cart_building-v0")
    except SpecError:
        return
    assert str(type(spec).parse(str(spec))) == str(spec)


@given(st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=3))
@settings(max_examples=150, suppress_health_check=SLOW)
def test_calls_are_turns_or_hard_failures(catalog, calls):
    env = Env(catalog)
    env.reset("cart_building-v0/d2/s1")
    for name, arguments in calls:
        if env.episode.is_over:
            break
        step = env.call(ToolCall(name, arguments))
        assert step.reward is not None, env.episode.verdict.detail
        assert -1.0 <= step.reward <= 0.9
        assert step.observation.text()


@pytest.mark.parametrize("style", ["json", "native"])
@given(
    st.text(max_size=300) | st.sampled_from(["[" * 99_999, "<tool_call>" * 9_000, '{"answer":' * 20_000, "x" * 200_000])
)
@settings(max_examples=80, suppress_health_check=SLOW)
def test_any_text_is_a_turn_or_a_hard_failure(catalog, style, text):
    episode = TextEpisode("policy_qa-v0/d1/s1", style=style, catalog=catalog)
    step = episode.step(text)
    assert step.reward is not None
    assert step.done or step.reward == 0.0
    assert all(isinstance(m["content"], str) for m in step.messages)


@given(
    st.dictionaries(
        st.sampled_from(["customer", "tool_name", "result", "notice", "cause", "done"]), st.text(), max_size=6
    )
)
@settings(max_examples=100, suppress_health_check=SLOW)
def test_pages_hold_no_markup_of_others(observation):
    evil = {k: f"<script>{v}" for k, v in observation.items() if k != "result"} | {"result": {"x": "<script>"}}
    assert "<script" not in page.rendered(evil)

"""The environments as TRL sees them: tools and schemas, rows, and what an episode is worth however it ends."""

import inspect
import json
import pickle

import pytest

pytest.importorskip("trl")

from tests.training.setting import TOOLS
from transformers.utils import get_json_schema

from ecom_rlve.adapters.trl.environment import ENVIRONMENTS, OVER, environment_class
from ecom_rlve.adapters.trl.rewards import EpisodeReward, SoftOverlong, punishment
from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.agents.registry import player_named
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.prompt import native_tools
from ecom_rlve.tasks.registry import COLLECTIONS, TASKS
from ecom_rlve.training.demonstrations import demonstration


def tools_of(cls):
    """What TRL makes tools of: every public function of the class but `reset`."""
    return {n for n, _ in inspect.getmembers(cls, inspect.isfunction) if not n.startswith("_") and n != "reset"}


@pytest.mark.parametrize("name", TASKS)
def test_every_environment_has_the_tools_of_the_registry_with_their_arguments(name):
    cls, ours = ENVIRONMENTS[name], {f["function"]["name"]: f["function"] for f in native_tools(TASKS[name])}
    assert tools_of(cls) == set(ours)
    instance = cls()
    for tool, function in ours.items():
        theirs = get_json_schema(getattr(instance, tool))["function"]
        assert theirs["description"] == function["description"]
        assert set(theirs["parameters"]["properties"]) == set(function["parameters"].get("properties", {}))
        assert set(theirs["parameters"].get("required", ())) == set(function["parameters"].get("required", ()))
        for arg, schema in theirs["parameters"]["properties"].items():
            assert schema["description"].startswith(
                " ".join(function["parameters"]["properties"][arg]["description"].split())
            )
            assert set(schema) & {"type", "anyOf", "enum"}


def test_classes_and_makers_can_be_pickled():
    for cls in ENVIRONMENTS.values():
        assert pickle.loads(pickle.dumps(cls)) is cls
    assert (
        type(pickle.loads(pickle.dumps(EcomSpec("C1").environment_factory["product_discovery"]))())
        is (ENVIRONMENTS["product_discovery"])
    )


def test_fewer_tools_are_shown_where_asked_for_and_unknown_ones_refused():
    assert tools_of(environment_class(TASKS["returns"], ["order_list"])) == {"order_list", "message_user", "submit"}
    with pytest.raises(SpecError, match="unknown tool 'order_burn'"):
        environment_class(TASKS["returns"], ["order_burn"])


def played(catalog, name, seed=5, d=0):
    """Let the oracle's native calls be made on an environment by name, as TRL makes them."""
    spec = EpisodeSpec(name, d, seed)
    environment = EcomSpec(name, catalog=catalog).environment_factory[name]()
    assert environment.reset(episode=str(spec), prompt=[], group=0) is None
    demo = demonstration(catalog, spec, "oracle", player_named("oracle"), "native")
    calls = [call["function"] for m in demo.messages for call in m.get("tool_calls", ())]
    brought = [getattr(environment, call["name"])(**json.loads(call["arguments"])) for call in calls]
    return environment, demo, brought


@pytest.mark.parametrize("name", TASKS)
def test_the_oracle_earns_what_there_is_through_the_tools(catalog, name):
    environment, demo, brought = played(catalog, name)
    reward = EpisodeReward()
    assert reward([environment], [[]], group=[0], track=[name], level=[0]) == [pytest.approx(0.9)]
    assert reward.drain()[0].correct is True
    assert reward.drain() == []
    # The very words that the demonstration's chat has; its last result is left out there.
    assert brought[:-1] == [m["content"] for m in demo.messages if m["role"] == "tool"]
    assert environment.message_user(text="Hello?") == OVER
    assert environment.seconds > 0


def test_what_trl_cuts_off_is_worth_as_little_as_a_hard_failure(catalog):
    factory = EcomSpec("cart_building", catalog=catalog).environment_factory["cart_building"]
    ends = {"cut_off": "I give up.", "format": '<tool_call>\n{"name": "submit", "argu'}
    for cause, words in ends.items():
        environment = factory()
        environment.reset(episode="cart_building-v0/d0/s5")
        reward = EpisodeReward()
        said = [{"role": "assistant", "content": words}]
        assert reward([environment], [said], group=[0], track=["cart_building"], level=[0]) == [-1.0]
        assert [(p.correct, p.cause) for p in reward.drain()] == [(False, cause)]


def test_arguments_that_break_a_schema_end_the_episode(catalog):
    environment = EcomSpec("cart_building", catalog=catalog).environment_factory["cart_building"]()
    environment.reset(episode="cart_building-v0/d0/s5")
    assert "broke off" in environment.cart_add(product_id="p", quantity="many")
    assert environment.cart_view() == OVER
    verdict = environment.shell.episode.verdict
    assert (verdict.cause, verdict.reward.total) == ("invalid_tool", -1.0)


def test_an_invalid_episode_has_no_reward_and_counts_for_nothing(catalog):
    environment = EcomSpec("cart_building", catalog=catalog).environment_factory["cart_building"]()
    environment.reset(episode="cart_building-v0/d0/s5")
    environment.shell.abandon("a fault of ours")
    environment.spoken = 99
    reward = EpisodeReward()
    assert reward([environment], [[]], group=[0], track=["cart_building"], level=[0]) == [None]
    assert SoftOverlong(10, 5)([environment]) == [None]
    assert reward.drain()[0].correct is None


def test_the_punishment_grows_over_the_cache_and_stops_at_minus_one():
    assert [punishment(n, 100, 20) for n in (0, 80, 90, 100, 500)] == [0.0, 0.0, -0.5, -1.0, -1.0]
    with pytest.raises(SpecError):
        SoftOverlong(10, 11)


def test_rows_are_drawn_when_they_are_read_one_draw_a_group(catalog):
    spec = EcomSpec("C4", steps=5, groups=4, catalog=catalog, seed=1)
    rows = spec.train_dataset
    assert len(rows) == 20
    assert spec.ledger.next_group == 0
    first = rows[0]
    assert spec.ledger.next_group == 4, "those of one round, whichever process asks for which"
    assert [rows[0], *rows.__getitems__([0, 0])] == [first] * 3
    assert set(first) == {"prompt", "environment", "episode", "group", "track", "level"}
    assert [m["role"] for m in first["prompt"]] == ["system", "user"]


def test_a_rows_prompt_is_what_its_episode_begins_with(catalog):
    spec = EcomSpec("C8", steps=20, groups=4, catalog=catalog, seed=1)
    rows = [spec.train_dataset[i] for i in range(40)]
    assert {row["environment"] for row in rows} == set(COLLECTIONS["C8"])
    for row in rows:
        env = Env(catalog)
        env.reset(row["episode"])
        assert row["prompt"] == env.messages("native")
        assert row["environment"] in row["episode"]
        assert not is_eval_seed(EpisodeSpec.parse(row["episode"]).seed)


def test_rows_for_evaluation_move_no_curriculum(catalog):
    spec = EcomSpec("cart_building", catalog=catalog, tools=TOOLS["cart_building"])
    (row,) = spec.eval_dataset(["cart_building-v0/d3/s7"])
    environment = spec.environment_factory["cart_building"]()
    environment.reset(**row)
    spec.reward([environment], [[]], group=[row["group"]], track=[row["track"]], level=[row["level"]])
    assert spec.reward.drain() == []


def test_unknown_collections_are_refused_with_what_is_known():
    with pytest.raises(SpecError, match="unknown collection or environment 'C3': known are C1, C2"):
        EcomSpec("C3")

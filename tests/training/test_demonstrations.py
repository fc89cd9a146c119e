"""Demonstrations: solved episodes only, the very chat that a model would have had, and files that `datasets` reads."""

import asyncio
import json
from collections import Counter
from itertools import count

import pyarrow.parquet as pq
import pytest
from tests.evaluate.chat_server import completion, serving
from typer.testing import CliRunner

from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.agents.model.player import ModelPlayer
from ecom_rlve.agents.registry import player_named
from ecom_rlve.apps.cli import app
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import AsyncEnv
from ecom_rlve.training.dataset_files import write_dataset
from ecom_rlve.training.demonstrations import demonstration, row
from ecom_rlve.users.awaited import Awaited
from ecom_rlve.users.customer import Customer

SPECS = [
    EpisodeSpec(env, d, 3)
    for env in ("cart_building", "returns", "bundle_planning", "journey", "policy_qa")
    for d in (0, 5)
]


def shown(catalog, spec, agent, style):
    return demonstration(catalog, spec, agent, player_named(agent), style)


def played_by_a_model(catalog, demo):
    """Let a model behind a real socket say what the demonstration says; return what it was sent, and the shell."""
    words = [m for m in demo.messages if m["role"] == "assistant"]

    def script(body, times):
        said = words[sum(m["role"] == "assistant" for m in body["messages"])]
        calls = [(c["function"]["name"], c["function"]["arguments"]) for c in said.get("tool_calls", [])]
        return completion(said["content"], calls)

    async def played(url):
        env = AsyncEnv(Awaited(Customer()), catalog)
        await env.reset(demo.spec)
        async with ChatClient(Endpoint(url, "scripted", style=demo.style)) as client:
            await ModelPlayer(client).play(env)
        return env

    with serving(script) as server:
        env = asyncio.run(played(server.url))
        return server.requests, env


def renumbered(messages):
    """Return messages with the ids of calls, which a server makes up, replaced by their place in the dialogue."""
    messages, made, answered = json.loads(json.dumps(messages)), count(), count()
    for message in messages:
        for call in message.get("tool_calls") or ():
            call["id"] = next(made)
        if message["role"] == "tool":
            message["tool_call_id"] = next(answered)
    return messages


@pytest.mark.parametrize("style", ["native", "json"])
@pytest.mark.parametrize("agent", ["oracle", "expert"])
def test_a_model_that_says_the_same_is_sent_the_same_and_solves_it(catalog, agent, style):
    solved = [demo for spec in SPECS if (demo := shown(catalog, spec, agent, style)) is not None]
    assert len(solved) >= 8
    for demo in solved:
        requests, env = played_by_a_model(catalog, demo)
        assert env.episode.verdict.is_correct
        assert env.episode.verdict.reward.total == demo.reward
        assert renumbered(requests[-1]["messages"]) == renumbered(list(demo.messages[:-1]))
        assert requests[-1].get("tools", []) == list(demo.tools)
        assert bool(demo.tools) == (style == "native")


def test_calls_of_an_open_turn_stay_apart_in_the_native_style(catalog):
    # With two calls a turn allowed, search and then add are two replies of a model, never one.
    demo = shown(catalog, EpisodeSpec("cart_building", 3, 9), "expert", "native")
    for said in (m for m in demo.messages if m["role"] == "assistant"):
        named = {c["function"]["name"] for c in said["tool_calls"]}
        assert not {"catalog_search", "cart_add"} <= named
    unanswered = Counter(c["id"] for m in demo.messages[:-1] for c in m.get("tool_calls", ()))
    assert unanswered == Counter(m["tool_call_id"] for m in demo.messages if m["role"] == "tool")


def test_what_was_not_solved_is_no_demonstration(catalog):
    spec = EpisodeSpec("cart_building", 0, 3)
    assert demonstration(catalog, spec, "honest_wrong", player_named("honest_wrong"), "json") is None


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "data"
    done = CliRunner().invoke(
        app,
        ["export", "cart_building,order_tracking", "-d", "0,4", "--seeds", "21", "--size", "2000", "--out", str(out)],
    )
    assert done.exit_code == 0, done.output
    return out


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_both_forms_hold_the_same_rows_and_no_seed_for_evaluation(exported):
    seeds = {}
    for style in ("native", "json"):
        for split in ("train", "validation"):
            rows = lines(exported / style / f"{split}.jsonl")
            assert rows == pq.read_table(exported / style / f"{split}.parquet").to_pylist()
            assert {r["style"] for r in rows} == {style}
            assert {r["agent"] for r in rows} == {"oracle", "expert"}
            seeds[split] = {r["seed"] for r in rows}
            assert not any(map(is_eval_seed, seeds[split]))
            assert all(r["messages"][0]["role"] == "system" for r in rows)
            assert all(r["messages"][-1]["role"] == "assistant" for r in rows)
    assert not seeds["train"] & seeds["validation"]
    assert (len(seeds["train"]), len(seeds["validation"])) == (20, 1)


def test_datasets_reads_both_forms(exported, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    for style in ("native", "json"):
        data = datasets.load_dataset(str(exported), style, cache_dir=str(tmp_path / style))
        assert data["train"].to_list() == lines(exported / style / "train.jsonl")
        assert len(data["validation"]) > 0
        file = str(exported / style / "train.jsonl")
        again = datasets.load_dataset("json", data_files=file, split="train", cache_dir=str(tmp_path / f"{style}-json"))
        assert again["messages"] == data["train"]["messages"]
        assert again["episode"] == data["train"]["episode"]


def test_nothing_is_left_where_writing_fails_and_nothing_is_overwritten(catalog, tmp_path):
    demo = shown(catalog, SPECS[0], "oracle", "json")

    def breaking():
        yield "train", demo
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "data", breaking(), {})
    assert list(tmp_path.iterdir()) == []
    assert write_dataset(tmp_path / "data", [("train", demo)], {}) == 1
    assert lines(tmp_path / "data" / "json" / "train.jsonl") == [json.loads(json.dumps(row(demo)))]
    with pytest.raises(SpecError, match="not empty"):
        write_dataset(tmp_path / "data", [("train", demo)], {})
    with pytest.raises(SpecError, match="nothing to export"):
        write_dataset(tmp_path / "none", [], {})
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("wrong", [["--agents", "honest_wrong"], ["--style", "xml"]])
def test_wrong_options_are_refused(wrong, tmp_path):
    done = CliRunner().invoke(app, ["export", *wrong, "--out", str(tmp_path / "x")])
    assert isinstance(done.exception, SpecError)
    assert not (tmp_path / "x").exists()

"""The example of a ninth environment: found through its entry point, sound by the contract, played by the commands."""

import importlib
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecom_rlve.agents.oracle import solve
from ecom_rlve.apps.cli import app
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.errors import SpecError
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate import card
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import TASKS, all_tasks, task_named
from ecom_rlve.testing import Grid, check_task, oracle_is_perfect

FOLDER = Path(__file__).parent.parent / "examples" / "gift_finder"


@pytest.fixture
def gift(tmp_path, monkeypatch):
    """The package as `pip install -e examples/gift_finder` would leave it: its file, and its entry points."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["ecom_rlve.tasks"]
    info = tmp_path / "gift_finder-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text(
        "[ecom_rlve.tasks]\n" + "".join(f"{name} = {at}\n" for name, at in points.items())
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(FOLDER)])
    all_tasks.cache_clear()
    yield importlib.import_module("gift_finder")
    all_tasks.cache_clear()
    sys.modules.pop("gift_finder", None)


def test_it_comes_in_by_its_entry_point_beside_the_eight(gift):
    assert set(all_tasks()) == {*TASKS, "gift_finder"}
    assert isinstance(task_named("gift_finder-v0"), gift.GiftFinder)


def test_it_keeps_the_contract_of_the_eight(gift, catalog: Catalog):
    check_task(task_named("gift_finder-v0"), catalog, Grid(difficulties=(0, 6, 12, 20), seeds=8))


@pytest.mark.parametrize(
    ("bug", "found"),
    [("any present will do", "everything does not pass"), ("the day does not matter", "answer arrives")],
)
def test_the_contract_finds_out_a_verdict_that_is_too_kind(gift, catalog: Catalog, monkeypatch, bug, found):
    sound = gift.GiftFinder.verify

    def careless(self, goal, world, answer):
        score = sound(self, goal, world, answer)
        kind = answer and answer.product_ids if bug == "any present will do" else score.parts["presents"] == 1
        return gift.Score(1.0, is_correct=True, parts={"presents": 1.0, "day": 1.0}) if kind else score

    monkeypatch.setattr(gift.GiftFinder, "verify", careless)
    with pytest.raises(AssertionError, match=found):
        check_task(task_named("gift_finder-v0"), catalog, Grid((0, 6), 8))


def test_the_contract_finds_out_a_verdict_that_nobody_can_meet(gift, catalog: Catalog, monkeypatch):
    monkeypatch.setattr(gift, "_arrival", lambda world, rows: world.today.isoformat())
    with pytest.raises(AssertionError, match="the oracle is correct"):
        oracle_is_perfect(task_named("gift_finder-v0"), catalog, Grid((0,), 3))


def test_every_condition_counts_and_so_does_the_day(gift, catalog: Catalog):
    env = Env(catalog)
    env.reset("gift_finder-v0/d6/s2")
    solve(env)
    task, episode = env.task, env.episode
    answer = episode.turns[-1].action.answer
    assert task.verify(episode.goal, episode.world, answer).is_correct
    spoilt = {
        "one is missing": replace(answer, product_ids=answer.product_ids[:-1]),
        "one is there twice": replace(answer, product_ids=[*answer.product_ids[:-1], answer.product_ids[0]]),
        "one does not exist": replace(answer, product_ids=[*answer.product_ids[:-1], "P000000"]),
        "no day": replace(answer, arrives=""),
        "today": replace(answer, arrives=episode.world.today.isoformat()),
    }
    for name, other in spoilt.items():
        assert not task.verify(episode.goal, episode.world, other).is_correct, name
    assert task.verify(episode.goal, episode.world, None).raw == -1


def test_the_commands_play_it_like_any_other(gift, tmp_path):
    told("run gift_finder --agent oracle -d 0,6 --seeds 5 --size 2000 --out", tmp_path)
    assert len(list((tmp_path / "traces").iterdir())) == 10


def test_its_card_leaves_open_what_takes_an_expert_and_says_so(gift, tmp_path):
    grid = card.Grid((0, 6), oracle=5, expert=5, others=5, laws=1, told=2)
    found = card.certify(grid, Shop(2_000), tmp_path, 1, ("gift_finder-v0",))
    standing = {(check.id, check.law): check for check in found.checks}
    (expert,) = (check for (law, _), check in standing.items() if law == "V2")
    assert (expert.passed, expert.measured) == (None, "no goal-blind expert knows this environment")
    assert not [check for check in found.checks if check.passed is False]
    assert sum(check.passed is True for check in found.checks) > 12


def told(line, *more):
    """Run a command of ours, which has to succeed, and return what it printed."""
    done = CliRunner().invoke(app, [*line.split(), *map(str, more)])
    assert done.exit_code == 0, f"{line}: {done.output}{done.exception!r}"
    return done.output


def test_all_means_what_an_agent_can_play(gift, tmp_path):
    told("run all --agent expert -d 0 --seeds 1 --size 2000 --out", tmp_path / "expert")
    told("run all --agent first_result -d 0 --seeds 1 --size 2000 --out", tmp_path / "first")
    folders = {who: (tmp_path / who / "traces").iterdir() for who in ("expert", "first")}
    played = {who: {path.name.split(".")[1] for path in paths} for who, paths in folders.items()}
    assert played["first"] - played["expert"] == {"gift_finder-v0"}
    assert len(played["expert"]) == len(TASKS)


def test_a_suite_and_demonstrations_leave_it_out_where_nobody_knows_it(gift, tmp_path):
    told("eval --agent expert -d 0 --seeds 1 --size 2000 --workers 1 --out", tmp_path / "suite")
    assert "gift_finder" not in (tmp_path / "suite" / "summary.json").read_text(encoding="utf-8")
    told("export gift_finder -d 0 --seeds 2 --style json --size 2000 --out", tmp_path / "shown")
    assert "gift_finder" in (tmp_path / "shown" / "json" / "train.jsonl").read_text(encoding="utf-8")
    done = CliRunner().invoke(app, ["export", "gift_finder", "--agents", "expert", "-d", "0", "--seeds", "1"])
    assert isinstance(done.exception, SpecError)

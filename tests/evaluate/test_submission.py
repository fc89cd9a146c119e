"""A submission: checked bit by bit without any model, and every way to change one is found."""

import json
import shutil
from dataclasses import replace

import pytest

from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.errors import TraceError
from ecom_rlve.env.trace import digest, sealed
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.submission import FILE, check, write_submission
from ecom_rlve.evaluate.suites import Suite

SHOP = Shop(2_000)
SUITE = Suite("tiny", "", (0, 6), seeds=2, envs=("cart_building-v0", "returns-v0"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    evaluate(Setting(SUITE, "expert", SHOP), folder)
    write_submission(folder)
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "copy")
    return tmp_path / "copy"


def faults(folder):
    return check(folder / FILE, lambda header: SHOP.open(), lambda done, total: None)


def rewrite(folder, change):
    """Change a submission and seal it again, as somebody would who knows how."""
    content = json.loads((folder / FILE).read_text())
    content.pop("digest")
    change(content)
    (folder / FILE).write_text(dumps({**content, "digest": digest([dumps(content)])}) + "\n")


def reseal(path, change):
    """Change a trace and give it a digest that fits."""
    lines = path.read_text().splitlines()
    end = json.loads(lines[-1])
    end.pop("digest")
    lines = [*lines[:-1], dumps(end)]
    path.write_text("\n".join(sealed(change(lines))) + "\n")
    return json.loads(path.read_text().splitlines()[-1])["digest"]


def test_what_was_played_is_as_it_says_and_the_file_is_the_same_every_time(folder):
    assert faults(folder) == []
    before = (folder / FILE).read_bytes()
    write_submission(folder)
    assert (folder / FILE).read_bytes() == before


def test_a_changed_file_is_refused(folder):
    text = (folder / FILE).read_text()
    (folder / FILE).write_text(text.replace('"correct":true', '"correct":false', 1))
    with pytest.raises(TraceError, match="changed: digest is"):
        faults(folder)
    (folder / FILE).write_text("[]")
    with pytest.raises(TraceError, match="no submission"):
        faults(folder)


def test_a_changed_trace_is_found(folder):
    row = json.loads((folder / FILE).read_text())["episodes"][0]
    path = folder / row["trace"]
    path.write_text(path.read_text().replace("customer", "customor", 1))
    (fault,) = [f for f in faults(folder) if "missing" not in f.what]
    assert fault.where == f"{row['episode']}, trial 0"
    assert "changed: digest is" in fault.what


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"reward":{"total":', '"reward":{"total":0.9,"was":'),
        ('"results":[{"name":', '"results":[{"nam":'),
        ("The customer wants", "The customer wishes"),
    ],
    ids=["reward", "observation", "prompt"],
)
def test_a_trace_changed_and_sealed_again_is_found_too(folder, was, now):
    row = next(r for r in json.loads((folder / FILE).read_text())["episodes"] if "cart" in r["episode"])
    new = reseal(folder / row["trace"], lambda lines: "\n".join(lines).replace(was, now, 1).split("\n"))
    assert new != row["digest"]
    rewrite(folder, lambda c: next(r for r in c["episodes"] if r["episode"] == row["episode"]).update(digest=new))
    (fault,) = [f for f in faults(folder) if "missing" not in f.what]
    assert fault.where.startswith(row["episode"])
    assert "recorded" in fault.what


def test_a_better_claim_than_the_trace_is_found(folder):
    def better(content):
        row = next(r for r in content["episodes"] if not r["correct"])
        row.update(correct=True, reward=0.9, cause="")

    failed = [r for r in json.loads((folder / FILE).read_text())["episodes"] if not r["correct"]]
    if not failed:
        evaluate(Setting(SUITE, "silent", SHOP), folder / "silent")
        folder = write_submission(folder / "silent").parent
    rewrite(folder, better)
    assert any("the submission says" in f.what for f in faults(folder))


def test_figures_that_do_not_follow_are_found(folder):
    rewrite(folder, lambda c: c["figures"]["all"].update(correct=10_000))
    assert [f.where for f in faults(folder)] == ["figures"]


def test_an_episode_left_out_added_or_listed_twice_is_found(folder):
    rewrite(folder, lambda c: c["episodes"].pop())
    (fault,) = faults(folder)
    assert "of the suite is missing" in fault.what
    rewrite(folder, lambda c: c["episodes"].append(c["episodes"][0]))
    assert any("listed twice" in f.what for f in faults(folder))
    rewrite(folder, lambda c: c["run"]["suite"].update(difficulties=[0]))
    assert any("not of the suite" in f.what for f in faults(folder))


def test_another_episodes_trace_and_a_missing_one_are_found(folder):
    rows = json.loads((folder / FILE).read_text())["episodes"]
    rewrite(folder, lambda c: c["episodes"][0].update(trace=rows[1]["trace"], digest=rows[1]["digest"]))
    assert any("its trace is of" in f.what for f in faults(folder))
    (folder / rows[2]["trace"]).unlink()
    assert any("cannot be read" in f.what for f in faults(folder))


def test_a_climb_can_be_submitted(tmp_path):
    climb = replace(SUITE, seeds=40, bar=0.9, chunk=5, envs=("cart_building-v0",))
    evaluate(Setting(climb, "silent", SHOP), tmp_path)
    write_submission(tmp_path)
    assert faults(tmp_path) == []

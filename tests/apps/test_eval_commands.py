"""`eval`, `report`, `view` and `regrade` of a submission, as a user types them."""

import json

import pytest
from tests.apps.test_cli import cli
from tests.evaluate.brains import expert_brain
from tests.evaluate.chat_server import serving

from ecom_rlve.evaluate.suites import Suite

SMALL = ("--env", "cart_building,policy_qa", "-d", "0,6", "--seeds", 2, "--size", 2000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("eval") / "expert"
    done = cli("eval", "--agent", "expert", *SMALL, "--workers", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "cart_building" in done.stdout
    assert "8 trials of 8 episodes, 0 invalid" in done.stdout
    return out


def test_eval_leaves_everything_that_is_promised(folder):
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "run.json",
        "results.jsonl",
        "traces",
        "results.parquet",
        "summary.json",
        "submission.json",
        "report.html",
    }
    figures = json.loads((folder / "summary.json").read_text())["figures"]
    assert [(c["env"], c["difficulty"], c["trials"]) for c in figures["cells"]] == [
        (env, d, 2) for env in ("cart_building-v0", "policy_qa-v0") for d in (0, 6)
    ]
    assert "Evaluation of expert" in (folder / "report.html").read_text()


def test_a_model_behind_an_endpoint_with_its_cost(tmp_path, catalog):
    suite = Suite("smoke", "", (0, 6), seeds=2, envs=("cart_building-v0", "policy_qa-v0"))
    brain = expert_brain(catalog, sorted({t.name for t in suite.wanted(())}), "native")
    with serving(brain) as server:
        done = cli(
            "eval", "--endpoint", server.url, "--model", "org/tiny", *SMALL, "--out", tmp_path / "m", "--trials", 2,
            "--price-in", "1", "--price-out", "10", "--temperature", "0.5", "--extra", '{"top_k": 5}',
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert {(r["model"], r["temperature"], r["top_k"]) for r in server.requests} == {("org/tiny", 0.5, 5)}
    said = " ".join(done.stdout.split())
    assert "16 trials of 8 episodes" in said
    assert "pass^2" in said
    assert "for each success" in said
    page = (tmp_path / "m" / "report.html").read_text()
    assert "temperature 0.5" in page
    assert "per success" in page
    compared = cli("report", tmp_path / "m", tmp_path / "m", "--out", tmp_path / "c.html")
    assert compared.returncode == 0, compared.stderr


def test_regrade_of_a_submission(folder, tmp_path):
    done = cli("regrade", folder / "submission.json")
    assert (done.returncode, "every episode and figure is as it says" in done.stdout) == (0, True)
    changed = folder / "traces" / sorted(p.name for p in (folder / "traces").iterdir())[0]
    before = changed.read_text()
    try:
        changed.write_text(before.replace("customer", "customor", 1))
        done = cli("regrade", folder / "submission.json")
        assert (done.returncode, "changed: digest is" in " ".join(done.stdout.split())) == (1, True)
    finally:
        changed.write_text(before)


def test_view_of_a_run_of_traces_and_of_a_page(folder, tmp_path):
    trace = next((folder / "traces").iterdir())
    assert "report.html" in " ".join(cli("view", folder, "--no-open").stdout.split())
    done = cli("view", trace, "--no-open", "--out", tmp_path / "one.html")
    assert done.returncode == 0, done.stderr
    assert "1 episode," in (tmp_path / "one.html").read_text()
    assert cli("view", tmp_path / "one.html", "--no-open").returncode == 0
    assert "no such file" in cli("view", tmp_path / "none.html", "--no-open").stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["eval"], "give either a built-in --agent, or --endpoint and --model"),
        (["eval", "--agent", "expert", "--model", "x", "--endpoint", "http://x"], "give either"),
        (["eval", "--agent", "nobody", "--size", "2000"], "unknown agent 'nobody'"),
        (["eval", "--agent", "expert", "--suite", "vast"], "unknown suite 'vast': known are smoke, standard, frontier"),
        (["eval", "--model", "x", "--endpoint", "localhost"], "an endpoint begins with http"),
        (["eval", "--model", "x", "--endpoint", "http://x", "--style", "xml"], "unknown style 'xml'"),
        (["eval", "--model", "x", "--endpoint", "http://x", "--extra", "[1]"], "--extra is a JSON object"),
        (["report", "/nowhere"], "no run of `ecom-rlve eval`"),
        (["view", "/nowhere", "--no-open"], "cannot be read"),
        (["regrade", "/nowhere/submission.json"], "no submission"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(args, said):
    done = cli(*args)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_endpoint_that_is_not_there_is_told_in_one_line(tmp_path):
    args = ("--endpoint", "http://127.0.0.1:9/v1", "--model", "x", "--attempts", 1, "--seeds", 10, "--size", 2000)
    done = cli("eval", *args, "--out", tmp_path / "r")
    assert done.returncode == 2
    assert "has stopped answering" in " ".join(done.stderr.split())

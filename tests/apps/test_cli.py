"""The command line, as a process of its own where that matters: what is printed, written, and refused."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecom_rlve.apps import options
from ecom_rlve.apps.cli import app
from ecom_rlve.core.errors import SpecError

ROOT = Path(__file__).parents[2]


def cli(*args, cwd=None):
    return subprocess.run(
        [sys.executable, "-c", "from ecom_rlve.apps.cli import main; main()", *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    done = cli("run", "cart_building", "--agent", "expert", "-d", "0,3", "--seeds", "3", "--size", 2000, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_run_writes_a_trace_for_each_episode_and_a_summary(run_folder):
    assert len(list((run_folder / "traces").glob("*.jsonl"))) == 6
    cells = json.loads((run_folder / "summary.json").read_text())
    assert [(cell["difficulty"], cell["n"]) for cell in cells] == [(0, 3), (3, 3)]


def test_replay_finds_them_identical_and_regrade_agrees(run_folder):
    done = cli("replay", run_folder / "traces")
    assert (done.returncode, "6 replayed, 6 identical, 0 different" in done.stdout) == (0, True)
    done = cli("regrade", run_folder / "traces")
    assert (done.returncode, "6 regraded, 0 changed" in done.stdout) == (0, True)
    done = cli("regrade", run_folder / "traces", "--preset", "published")
    assert done.returncode == 0


def test_a_changed_trace_is_refused_by_name(run_folder, tmp_path):
    source = next((run_folder / "traces").glob("*.jsonl"))
    changed = tmp_path / "changed.jsonl"
    changed.write_text(source.read_text().replace('"correct":true', '"correct":false'))
    if changed.read_text() == source.read_text():
        changed.write_text(source.read_text().replace('"correct":false', '"correct":true'))
    done = cli("regrade", changed)
    assert done.returncode == 2
    assert "changed.jsonl: changed: digest is" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cut_trace_is_refused_by_name(run_folder, tmp_path):
    source = next((run_folder / "traces").glob("*.jsonl"))
    cut = tmp_path / "cut.jsonl"
    cut.write_text("\n".join(source.read_text().splitlines()[:3]))
    done = cli("replay", cut)
    assert done.returncode == 2
    assert "truncated" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "nonsense"], "unknown environment 'nonsense': known are all, product_discovery"),
        (["run", "--agent", "nobody"], "unknown agent 'nobody'"),
        (["run", "-d", "five"], "--difficulty is written like 3, 0-6 or 0,3,9, got 'five'"),
        (["run", "--preset", "rich"], "unknown reward preset 'rich': known are gated, published"),
        (["play", "cart_building-v0/d3/s7?gravity=1"], "unknown axis 'gravity'"),
        (["play", "cart_building-v9/d3/s7", "--size", "2000"], "cart_building is at version 0 here, not 9"),
        (["replay", "/nowhere/at/all.jsonl"], "all.jsonl: cannot be read"),
        (["catalog", "search", "lamp", "--where", "glow=3", "--size", "2000"], "filter 'glow=3'"),
        (["catalog", "info", "--catalog", "/nowhere"], "/nowhere"),
        (["certify", "--grid", "vast"], "unknown grid 'vast': known are quick, full"),
        (
            ["play", "cart_building-v0/dx/s1"],
            "an episode is written like 'cart_building-v0/d6/s1234?eps_rank=0.3', got",
        ),
        (["play", "cart_building-v0/d3/s7?m=x"], "axis 'm' needs a number, got 'x'"),
        (["run", "--seeds", "9-1"], "--seeds is written like 3, 0-6 or 0,3,9, got '9-1'"),
        (["run", "--seeds", "0"], "--seeds is a count from 1 (50: seeds 0 to 49) or a range (100-149), got '0'"),
        (["eval", "--agent", "expert", "--suite", "vast"], "unknown suite 'vast': known are smoke, standard, frontier"),
        (["eval"], "give either a built-in --agent, or --endpoint and --model"),
        (["eval", "--endpoint", "here", "--model", "m"], "an endpoint begins with http:// or https://, got 'here'"),
        (["catalog", "info", "/nowhere"], "there is no catalogue in /nowhere; make it anew with"),
        (["run", "policy_qa", "--catalog", "/nowhere"], "there is no catalogue in /nowhere; make it anew with"),
        (["train", "none.toml"], "none.toml: no such configuration"),
        (["report", "/nowhere"], "/nowhere: no run of `ecom-rlve eval` (No such file or directory)"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(args, said):
    done = cli(*args)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "run"
    done = cli("run", "policy_qa", "--seeds", 1, "-d", 0, "--size", 2000, "--out", out)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"ecom-rlve: {out}" in done.stderr
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_does_not_answer_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        options = ["--env", "policy_qa", "-d", 0, "--seeds", 1, "--trials", 1, "--size", 2000, "--attempts", 1]
        done = cli("eval", "--endpoint", url, "--model", "m", *options, "--out", tmp_path / "run")
    assert done.returncode == 2, done.stdout + done.stderr
    assert url in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "missing", "extra"),
    [
        (["serve"], "uvicorn", "openenv"),
        (["mcp"], "mcp", "mcp"),
        (["studio"], "gradio", "studio"),
        (["train", str(ROOT / "configs" / "tiny-cpu.toml")], "trl", "trl"),
        (["eval", "--agent", "expert", "--seeds", "1", "--ray"], "ray", "ray"),
        (["eval", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--seeds", "1"], "httpx", "model"),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(command, missing, extra, tmp_path):
    hidden = f"""
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith({missing!r}):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == {missing!r} else found(name, package)
from ecom_rlve.apps.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", hidden, *command], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"needs the extra `{extra}`: pip install 'ecom-rlve[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for the workers in /proc")
def test_a_worker_that_is_killed_is_no_traceback(tmp_path):
    options = ["--seeds", "3000", "-d", "0", "--workers", "2", "--size", "2000", "--out", str(tmp_path)]
    command = [sys.executable, "-c", "from ecom_rlve.apps.cli import main; main()", "run", "policy_qa", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
        workers: list[int] = []
        while not workers:
            assert running.poll() is None
            time.sleep(0.05)
            found = [int(pid) for pid in children.read_text().split()]
            workers = [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(workers[0], signal.SIGKILL)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 2, said
    assert "ecom-rlve: a worker process was killed" in said
    assert "Traceback" not in said.split("ecom-rlve: ")[-1]


def test_demo_writes_a_report_and_a_table(tmp_path):
    done = cli("demo", "--seeds", 1, "--size", 2000, "--workers", 1, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for agent in ("oracle", "expert", "silent"):
        assert agent in done.stdout
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<!doctype html>" in page[:200].lower()
    assert '<h2 id="h-run-1">expert</h2>' in page, "begins as the report of an evaluation does"
    assert "Share of episodes passed, with its 95 % interval, clustered by episode." in page
    assert page.index('id="run-1"') < page.index('<section id="cart_building-v0"'), "then all agents, by environment"


def test_catalog_commands(tmp_path):
    made = cli("catalog", "generate", "--size", 1500, "--out", tmp_path / "shop")
    assert made.returncode == 0, made.stderr
    told = cli("catalog", "info", "--catalog", tmp_path / "shop")
    assert "1,500 products" in told.stdout
    found = cli("catalog", "search", "desk lamp", "--where", "price<=60", "--catalog", tmp_path / "shop")
    assert "match" in found.stdout


def test_watching_tells_the_episode(tmp_path):
    done = cli("play", "cart_building-v0/d0/s3", "--watch", "oracle", "--size", 2000)
    assert done.returncode == 0, done.stderr
    assert "Passed" in done.stdout


def test_version_and_help():
    runner = CliRunner()
    assert runner.invoke(app, ["--version"]).stdout.startswith("ecom-rlve ")
    for command in ("demo", "play", "run", "replay", "regrade", "catalog", "certify", "bench"):
        assert runner.invoke(app, [command, "--help"]).exit_code == 0


def test_numbers_and_seeds():
    assert options.numbers("0,3,6-8", "x") == [0, 3, 6, 7, 8]
    assert options.seeds("3") == [0, 1, 2]
    assert options.seeds("10-12") == [10, 11, 12]
    for text in ("", "3-1", "a", "1,,2", "-4"):
        with pytest.raises(SpecError, match="is written like"):
            options.numbers(text, "x")


@pytest.mark.parametrize(
    ("called", "found", "told"),
    [
        (".venv/bin/ecom-rlve", None, ".venv/bin/ecom-rlve"),
        (".venv/bin/ecom-rlve", "/bin/ecom-rlve", "ecom-rlve"),
        ("/somewhere/bin/ecom-rlve", None, "ecom-rlve"),
        ("-c", None, "ecom-rlve"),
    ],
)
def test_what_to_type_next_is_what_was_typed(called, found, told, monkeypatch):
    monkeypatch.setattr(sys, "argv", [called])
    monkeypatch.setattr(options, "which", lambda name: found)
    assert options.program() == told


def test_outputs_can_be_read_by_others(run_folder):
    assert Path(run_folder / "summary.json").stat().st_mode & 0o044

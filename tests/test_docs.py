"""The documentation does what it says: its Python runs, the README's commands are run, its generated parts are made.

Blocks marked `python` are run, those of one page one after another; `text` is what somebody else's program would be.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mktestdocs import check_md_file
from tests.catalog.test_encoders import onnx_model  # noqa: F401 (a fixture)
from tests.evaluate.brains import expert_brain
from tests.evaluate.chat_server import serving
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app
from ecom_rlve.evaluate.suites import suite_named

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md") if "```python" in page.read_text(encoding="utf-8"))
FENCE = re.compile(r"^```(\w*)", re.MULTILINE)
KNOWN_FENCES = {"", "python", "py", "text", "bash", "console", "toml", "json", "yaml"}
"""`py` is cut from a file that other tests run."""


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder that looks like the repository where pages refer to it."""
    monkeypatch.chdir(tmp_path)
    for name in ("examples", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def told(line: str, *more: object, typed: str | None = None) -> str:
    """Run a command of ours and return what it printed; it has to succeed."""
    done = CliRunner().invoke(app, [*line.split(), *map(str, more)], input=typed)
    assert done.exit_code == 0, f"{line}: {done.output}{done.exception!r}"
    return done.output


def test_pages_with_python_are_those_we_think():
    assert len(PAGES) >= 8


@pytest.mark.parametrize("name", PAGES)
def test_the_python_of_a_page_runs(name, here, capsys, monkeypatch):
    if name == "catalog.md":  # its example is a dump of Amazon's that nobody can download here
        sample = ROOT / "tests" / "catalog" / "samples" / "amazon.jsonl"
        told("catalog build", sample, "--map", "amazon_reviews_2023", "--out", "electronics")
    if name == "demonstrations.md":
        monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", here / "cache")
        told("export cart_building -d 0 --seeds 24 --size 2000 --out data/demonstrations")
    capsys.readouterr()
    check_md_file(DOCS / name, memory=True)
    assert capsys.readouterr().out, "an example shows something"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_fence_says_what_is_in_it(page):
    opened = FENCE.findall(page.read_text(encoding="utf-8"))[::2]
    assert set(opened) <= KNOWN_FENCES


COMMANDS: dict[str, tuple[str, ...]] = {
    "demo": ("demo --seeds 1 --size 2000 --workers 1",),
    "play": ("play --size 2000",),
    ".venv/bin/ecom-rlve play": ("play --size 2000",),
    ".venv/bin/ecom-rlve play -d 3 --seed 7 --watch expert": ("play -d 3 --seed 7 --watch expert --size 2000",),
    "ecom-rlve play cart_building-v0/d3/s7 --watch expert": ("play cart_building-v0/d3/s7 --watch expert",),
    ".venv/bin/ecom-rlve --help": ("--help",),
    "run ENV --agent NAME -d 0-6 --seeds 50 --workers 2": (
        "run cart_building --agent cheapest -d 0-1 --seeds 2 --workers 1 --size 2000 --out runs/one",
    ),
    "eval --agent NAME": ("eval --agent expert --env cart_building -d 0 --seeds 2 --size 2000 --out runs/expert",),
    "eval --endpoint URL --model NAME": (
        "eval --endpoint {url} --model tiny --suite smoke --env policy_qa -d 0 --seeds 2 --trials 1 --size 2000 "
        "--out runs/tiny",
    ),
    "export [ENV] -d 0-6 --seeds 200 --out DIR": ("export cart_building -d 0-1 --seeds 2 --size 2000 --out data",),
    "train CONFIG": ("train configs/tiny-cpu.toml --dry-run",),
    "curves RUN…": ("curves trained --out curves.svg",),
    "report RUN [RUN]": ("report runs/expert", "report runs/expert runs/expert --out both.html"),
    "view PATH": ("view runs/expert --no-open",),
    "replay PATH": ("replay runs/one/traces",),
    "regrade PATH": ("regrade runs/one/traces",),
    "catalog generate": ("catalog generate --size 1000 --out shop",),
    "build": ("catalog build examples/own_shop/products.csv --map examples/own_shop/map.toml --out own",),
    "info": ("catalog info own -d 0 --tries 1",),
    "search": ("catalog search tent --catalog own",),
    "catalog rules SHOP --policy DIR": ("catalog rules own --policy examples/own_shop/policy",),
    "catalog embed": ("catalog embed shop --encoder hashed",),
    "use": ("catalog use shop", "catalog use shop --mode lexical"),
    "encoders": ("catalog encoders",),
    "bench": ("bench --sizes 2000 -d 0 --count 1 --growth 0",),
    "ecom-rlve bench --json docs/speed.json": ("bench --json speed.json --sizes 2000 -d 0 --count 1 --growth 0",),
    "certify": ("certify policy_qa --size 2000 --workers 1",),
    "ecom-rlve certify": ("certify policy_qa --size 2000 --workers 1 --out runs/again",),
}
"""Every command of the README, and how it is tried here: the same options, and less of everything."""
ELSEWHERE = {
    "encoder": "tests/test_docs.py",
    "export-encoder": "tests/test_docs.py",
    "ecom-rlve serve": "tests/adapters/openenv/test_command.py",
    "ecom-rlve mcp": "tests/adapters/test_mcp_server.py",
}
"""Commands that take an extra, or what only a long run leaves, and the tests that run them."""
SLOW = ("bench", "certify")


def readme_commands() -> Iterator[str]:
    """Yield commands in the README: lines of listings, what stands in `quotes`, the first column of the table."""
    text = re.sub(r"```.*?```", "", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    table = text.partition("| command | does |")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        yield from re.findall(r"`([^`]+)`", row.split("|")[1])
    for line in text.splitlines():
        if re.match(r"    (?:\.venv/bin/)?(?:ecom-rlve|make) ", line):
            yield line.partition("#")[0].strip()
        yield from re.findall(r"`((?:ecom-rlve|make) [^`]+)`", line)


def test_every_command_of_the_readme_is_tried_and_no_other():
    named = set(readme_commands())
    assert {command for command in named if not command.startswith("make ")} == {*COMMANDS, *ELSEWHERE}
    for command in (c for c in named if c.startswith("make ")):
        done = subprocess.run(
            ["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_options_are_tried_as_the_readme_writes_them():
    for command, tries in COMMANDS.items():
        wanted = re.findall(r"(?<= )--?[a-z][a-z-]*", command)
        given = " ".join(tries).split()
        assert not [option for option in wanted if option not in given], command


STEPS = (
    '{"step": 1, "difficulty": {"cart_building-v0": [0, 0]}, "reward": {"total": 0.1}}\n'
    '{"step": 2, "difficulty": {"cart_building-v0": [0, 1]}, "reward": {"total": 0.2}}\n'
)
"""What a training of two steps leaves; training itself takes an extra and is run by `make test-training`."""


def run_all(tries: dict[str, tuple[str, ...]], url: str = "") -> None:
    for lines in tries.values():
        for line in lines:
            assert told(line.format(url=url), typed="/quit\n"), line


def test_the_commands_of_the_readme_run_one_after_another(here, catalog):
    (here / "trained").mkdir()
    (here / "trained" / "metrics.jsonl").write_text(STEPS)
    smoke = suite_named("smoke")
    names = sorted({t.name for t in smoke.wanted(()) if t.name.startswith("policy_qa-v0/d0/")})
    with serving(expert_brain(catalog, names, "native")) as server:
        run_all({c: tries for c, tries in COMMANDS.items() if not any(word in c for word in SLOW)}, server.url)
    for left in ("runs/demo/report.html", "runs/one/traces", "runs/expert/report.html", "both.html", "data/README.md"):
        assert (here / left).exists(), left


@pytest.mark.slow
def test_the_long_commands_of_the_readme_run(here, catalog):
    run_all({c: tries for c, tries in COMMANDS.items() if any(word in c for word in SLOW)})
    assert (here / "speed.json").exists()


def test_an_encoder_is_served_until_it_is_interrupted(onnx_model, tmp_path):  # noqa: F811 (pytest's way)
    socket = tmp_path / "encoder"
    start = "from ecom_rlve.apps.cli import main; main()"
    # Whoever runs the tests in the background has interrupts ignored, and so would this child.
    start = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {start}"
    command = [sys.executable, "-c", start, "catalog", "encoder", f"onnx:{onnx_model}", "--socket", str(socket)]
    serving_one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for _ in range(600):
            if socket.exists() or serving_one.poll() is not None:
                break
            time.sleep(0.1)
        assert socket.exists(), serving_one.communicate()[0]
    finally:
        serving_one.send_signal(signal.SIGINT)
        serving_one.communicate(timeout=60)


@pytest.mark.slow
def test_an_encoder_is_exported(here):
    pytest.importorskip("sentence_transformers", reason="`make test-search` installs it")
    told("catalog export-encoder minilm model")
    assert (here / "model").is_dir()


@pytest.mark.parametrize("command", ["ecom-rlve serve", "ecom-rlve mcp"])
def test_commands_that_take_an_extra_are_run_by_the_tests_that_have_it(command):
    assert f'"{command.rpartition(" ")[2]}"' in (ROOT / ELSEWHERE[command]).read_text(encoding="utf-8")


SCRIPTS = ("environments.py", "diagrams.py", "tables.py", "listings.py")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A copy of docs/ in which all that the site generates was generated."""
    folder = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("made", "environments", "__pycache__", "*.png")
    shutil.copytree(DOCS, folder / "docs", ignore=ignored)
    for name in ("src", "examples", "benchmarks", "pyproject.toml", "CITATION.cff"):
        (folder / name).symlink_to(ROOT / name)
    for script in SCRIPTS:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            [sys.executable, f"docs/{script}"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folder / "docs"


def test_every_part_that_a_page_includes_is_there(made):
    for page in made.rglob("*.md"):
        for part in re.findall(r'^--8<-- "([^"]+)"$', page.read_text(encoding="utf-8"), re.MULTILINE):
            assert (made / "made" / part).exists() or (ROOT / part).exists(), f"{page.name} includes {part}"


def test_links_between_pages_lead_somewhere(made):
    """As far as files go; that headings exist is what `mkdocs build --strict` looks at."""
    for page in [*made.glob("*.md"), *(made / "environments").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not link.startswith(("http:", "https:", "mailto:")):
                assert (
                    (page.parent / link).exists() or (DOCS / page.parent.name / link).exists() or link.endswith(".png")
                )


def test_the_page_of_an_environment_shows_what_the_card_measured(made):
    page = (made / "environments" / "cart_building.md").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert "Pass rates by difficulty: oracle from 100% to 100%" in page
    assert "### Difficulty 12" in page


def test_listings_are_cut_from_what_the_tests_run(made):
    """The page is committed with them, so that it can be read where no site has been built."""
    page = (DOCS / "own-environment.md").read_text(encoding="utf-8")
    assert (made / "own-environment.md").read_text(encoding="utf-8") == page, "run docs/listings.py"
    assert page.count("```py\n") == 10
    source = (ROOT / "examples" / "gift_finder" / "gift_finder.py").read_text(encoding="utf-8")
    listing = page.partition("<!-- verify: made by docs/listings.py -->")[2].partition("<!-- /verify -->")[0]
    lines = [line.strip() for line in listing.splitlines() if line.strip() and not line.startswith("```")]
    assert lines
    assert all(line in source for line in lines)


BY_CI = {"test": "test", "docs": "site"}
"""Targets named in the README whose own commands are not tried above, and the target of .ci/run that runs them."""


def test_what_make_starts_is_tried_above_or_run_by_ci():
    tried = {line.split()[0] for lines in COMMANDS.values() for line in lines}
    lines = (line.partition("#")[0] for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines())
    ci = {target for line in lines for names in re.findall(r"\bmake ([a-z -]+)", line) for target in names.split()}
    for target in {command.split()[1] for command in readme_commands() if command.startswith("make ")}:
        told = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        ours = set(re.findall(r"bin/ecom-rlve (\w+)", told))
        assert ours <= tried | {"studio"}, f"make {target}"  # `make test-studio` starts the studio
        assert ours or BY_CI[target] in ci, f"make {target}"

"""The floors and fences of pyproject.toml, as import-linter holds them, and that it finds an import that breaks one."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ecom_rlve

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "ecom_rlve"
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def broken(folder: Path) -> list[str]:
    """Return the names of the contracts that a copy of the package breaks."""
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(\S.*) (KEPT|BROKEN)", done.stdout, re.MULTILINE)
    assert len(found) == 4, done.stdout + done.stderr
    names = [name for name, verdict in found if verdict == "BROKEN"]
    assert done.returncode == bool(names)
    return names


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("floors")
    shutil.copytree(SOURCE, folder / "ecom_rlve", ignore=lambda at, names: [n for n in names if is_no_code(at, n)])
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def is_no_code(folder: str, name: str) -> bool:
    path = Path(folder, name)
    return name == "__pycache__" or (path.is_file() and path.suffix != ".py")


def test_the_package_keeps_them(copy):
    assert broken(copy) == []


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/ids.py", "import ecom_rlve.catalog.codes", "The floors"),
        ("env/env.py", "from ecom_rlve.agents.expert import Expert", "The floors"),
        ("agents/expert.py", "from ecom_rlve.curriculum.window import Window", "The floors"),
        ("evaluate/runs.py", "from ecom_rlve.adapters.text import brought", "The floors"),
        ("testing.py", "def late():\n    from ecom_rlve.apps import cli", "The floors"),
        ("helpers.py", "import json", "The floors"),
        ("users/policy.py", "from ecom_rlve.tasks import cart_building", "The customer"),
        ("users/policy.py", "from ecom_rlve.world.world import World", "The customer"),
        ("agents/spelling.py", "from ecom_rlve.tasks.brief import Brief", "Agents see"),
        ("agents/model/client.py", "from ecom_rlve.world.world import World", "Agents see"),
        ("agents/red_team/cheat.py", "from ecom_rlve.env.episode import Episode", "Agents see"),
        ("agents/brand_new.py", "from ecom_rlve.users.belief import Belief", "Agents see"),
        ("agents/cart_expert.py", "from ecom_rlve.agents.oracle import solve", "No other agent"),
    ],
)
def test_an_import_that_breaks_one_is_found(copy, file, line, contract):
    path = copy / "ecom_rlve" / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        assert [name[: len(contract)] for name in broken(copy)] == [contract]
    finally:
        path.write_text(before, encoding="utf-8") if before is not None else path.unlink()


def test_nobody_goes_around_them_by_what_the_package_exports():
    """`from ecom_rlve import Env` names no floor, so import-linter lets it pass."""
    exported = set(ecom_rlve.__all__) - {"__version__"}
    assert exported
    files = [path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py"]
    assert len(files) > 300
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "ecom_rlve":
                assert not exported & {alias.name for alias in node.names}, f"{path}:{node.lineno}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ecom_rlve":
                assert node.attr not in exported, f"{path}:{node.lineno}"

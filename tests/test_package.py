"""The package as a user meets it: light to import, typed, versioned; the documentation's code runs."""

import doctest
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ecom_rlve
from ecom_rlve.env import env as env_module

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "faiss", "fastapi", "trl", "transformers", "pyarrow", "numpy")


def test_importing_it_brings_nothing_heavy():
    code = f"import sys, ecom_rlve; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_says_its_version_and_what_it_exports():
    assert re.fullmatch(r"\d+\.\d+\.\d+", ecom_rlve.__version__)
    for name in ecom_rlve.__all__:
        assert getattr(ecom_rlve, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ecom_rlve.nothing  # noqa: B018


def test_the_wheel_is_tried_with_each_extra_on_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tried = tomllib.loads((ROOT / "tests" / "wheel" / "extras.toml").read_text(encoding="utf-8"))
    assert set(tried) == {"(none)", *project["optional-dependencies"]}
    assert all(extra["run"] for extra in tried.values())


def test_it_is_marked_as_typed():
    assert (Path(ecom_rlve.__file__).parent / "py.typed").exists()


def test_the_example_of_env_runs():
    assert doctest.testmod(env_module).failed == 0


def test_the_readmes_python_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("script", ["build.py", "gallery.py"])
def test_what_is_generated_in_the_docs_is_up_to_date(script):
    done = subprocess.run([sys.executable, f"docs/{script}", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run `make docs`"

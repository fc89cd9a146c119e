"""Pressing Tab: the words that a shell is offered, asked for as each shell asks."""

import os
import subprocess
import sys

import pytest

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.apps import completion
from ecom_rlve.tasks.registry import all_tasks


def test_environments_go_on_behind_a_comma():
    assert completion.environments("c") == ["cart_building"]
    assert completion.environments("") == ["all", *all_tasks()]
    assert completion.environments("returns,c") == ["returns,cart_building"]
    assert "returns,returns" not in completion.environments("returns,")
    assert "returns,all" not in completion.environments("returns,")


def test_episodes_are_named_step_by_step():
    assert completion.episodes("cart") == ["cart_building", "cart_building-v0/"]
    assert "cart_building-v0/d12/s" in completion.episodes("cart_building-v0/d1")
    assert completion.episodes("cart_building-v0/d3/s") == ["cart_building-v0/d3/s"]
    assert completion.episodes("cart_building-v0/d3/s7") == []


def test_words_that_are_one_of_a_list():
    assert completion.agents("or") == ["oracle"]
    assert completion.agents("") == list(PLAYERS)
    assert completion.suite_names("sm") == ["smoke"]
    assert completion.presets("p") == ["published"]
    assert completion.versioned("cart") == ["cart_building-v0"]


ASKED = {
    "bash": {"COMP_WORDS": "ecom-rlve {line}", "COMP_CWORD": "{last}"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "ecom-rlve {line}"},
    "fish": {"_TYPER_COMPLETE_ARGS": "ecom-rlve {line}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}
"""What the function that `--install-completion` installs sets in each shell."""


@pytest.mark.parametrize("shell", ASKED)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cert", "certify"),
        ("run cart", "cart_building"),
        ("run returns --agent first", "first_result"),
        ("play --watch or", "oracle"),
        ("play cart_building-v", "cart_building-v0/"),
        ("eval --suite sta", "standard"),
    ],
)
def test_every_shell_is_offered_names(shell, line, offered):
    asked = {name: text.format(line=line, last=len(line.split())) for name, text in ASKED[shell].items()}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'ecom-rlve'; from ecom_rlve.apps.cli import main; main()"],
        env={**os.environ, **asked, "_ECOM_RLVE_COMPLETE": f"complete_{shell}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert offered in done.stdout, done.stdout + done.stderr

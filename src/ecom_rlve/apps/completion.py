"""What a shell offers when Tab is pressed: environments, agents, suites, presets, difficulties of episode names.

Knows no shell (Typer does) and opens no catalogue: it has to answer while somebody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.env.reward import PRESETS
from ecom_rlve.evaluate.suites import suites
from ecom_rlve.tasks.registry import all_tasks

Complete = Callable[[str], list[str]]
LEVELS = (0, 3, 6, 9, 12, 16, 20)
"""Difficulties that are offered; any other can be typed."""


def environments(incomplete: str) -> list[str]:
    """Return what a list of environments can go on with: names behind the last comma, and "all" in the first place.

    Bare names, so that `ecom-rlve run car<Tab>` is `cart_building` and no version has to be known.
    """
    done, comma, last = incomplete.rpartition(",")
    taken = done.split(",")
    names = [name for name in all_tasks() if name not in taken]
    return [f"{done}{comma}{name}" for name in _beginning(last, names if comma else ["all", *names])]


def episodes(incomplete: str) -> list[str]:
    """Return environments, or names of episodes once a slash says that one is meant: cart_building-v0/d3/s."""
    env, slash, _rest = incomplete.partition("/")
    if not slash:
        return _beginning(incomplete, [*all_tasks(), *(f"{name}/" for name in _versioned())])
    return _beginning(incomplete, [f"{env}/d{d}/s" for d in LEVELS])


def one_of(names: Callable[[], Iterable[str]]) -> Complete:
    """Return the completion of a word that is one of `names`, which are asked for only when Tab is pressed."""
    return lambda incomplete: _beginning(incomplete, names())


def _versioned() -> list[str]:
    return [f"{task.name}-v{task.version}" for task in all_tasks().values()]


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


agents = one_of(lambda: PLAYERS)
presets = one_of(lambda: PRESETS)
versioned = one_of(_versioned)
suite_names = one_of(suites)

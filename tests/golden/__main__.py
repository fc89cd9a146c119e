"""Golden traces, one folder per environment version. `python -m tests.golden` writes them anew.

A trace that changes without the environment's version growing means that the same name is another episode now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.env.env import Env
from ecom_rlve.env.trace import trace_lines, write_trace
from ecom_rlve.tasks.registry import TASKS

FOLDER = Path(__file__).parent
SIZE = 2_000
EPISODES = (("oracle", 0, 7), ("oracle", 4, 2), ("oracle", 9, 5), ("honest_wrong", 6, 1))
"""Who plays, at which difficulty and seed."""


def names() -> Iterator[tuple[str, str, int, int]]:
    """Yield (environment, agent, difficulty, seed) of every golden trace."""
    for task in TASKS.values():
        for agent, d, seed in EPISODES:
            yield f"{task.name}-v{task.version}", agent, d, seed


def path_of(env: str, agent: str, d: int, seed: int) -> Path:
    """Return where a golden trace is kept."""
    return FOLDER / env / f"{agent}-d{d}-s{seed}.jsonl"


def played(catalog: Catalog, env: str, agent: str, d: int, seed: int) -> list[str]:
    """Play an episode and return its trace."""
    shell = Env(catalog)
    shell.reset(f"{env}/d{d}/s{seed}")
    player_named(agent)(shell)
    where = {"generated": SIZE, "fingerprint": catalog.fingerprint}
    return trace_lines(shell.episode, system=shell.system_prompt(), agent=agent, preset=shell.preset, catalog=where)


def comparable(lines: list[str]) -> list[str]:
    """Return lines without the package version, and without the digest that covers it."""
    header, end = json.loads(lines[0]), json.loads(lines[-1])
    del header["version"], end["digest"]
    return [json.dumps(header, ensure_ascii=False), *lines[1:-1], json.dumps(end, ensure_ascii=False)]


def main() -> None:
    """Write all golden traces anew."""
    catalog = embedded(SIZE)
    for name in names():
        write_trace(path_of(*name), played(catalog, *name))
        print(path_of(*name).relative_to(FOLDER))


if __name__ == "__main__":
    main()

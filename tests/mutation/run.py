"""Mutating the verifiers and looking who notices: one process, one mutant after another, no pytest in between."""

from __future__ import annotations

import signal
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
import tests.conftest  # noqa: F401 (hypothesis draws the same examples as under pytest)
from tests.mutation.inprocess import Fixtures, Killer, killers
from tests.mutation.mutator import Mutant, mutants, put_in_place

from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.card.laws import LAWS
from ecom_rlve.tasks.registry import TASKS

HERE = Path(__file__).parent
SECONDS = 60
"""After which a mutant that still runs is taken for one that never ends: noticed."""
LAWS_TRIED = ("attained", "one_wrong_thing", "told", "foreign_writes")
EPISODES = ((2, 1), (6, 4), (12, 9))
"""(difficulty, seed) on which laws are tried."""


@dataclass(frozen=True)
class Target:
    """One module with the functions to mutate and the tests that have to notice."""

    module: str
    functions: tuple[str, ...]
    killers: dict[str, list[str]]
    task: str = ""


@dataclass(frozen=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    killer: str
    """Who noticed it; empty if nobody did."""


def targets() -> list[Target]:
    """Return all targets."""
    rows = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))["target"]
    return [Target(**{**row, "functions": tuple(row["functions"])}) for row in rows]


def explained() -> dict[str, str]:
    """Return why each mutant that nobody can notice is equivalent, by its name."""
    rows = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))["survivor"]
    return {row["mutant"]: row["why"] for row in rows}


def mutants_of(target: Target) -> list[Mutant]:
    """Return every mutant of a target."""
    return [mutant for function in target.functions for mutant in mutants(target.module, function)]


def fates(target: Target, some: Sequence[Mutant] | None = None) -> Iterator[Fate]:
    """Yield what becomes of every mutant of a target; a target whose killers do not pass unmutated is an error."""
    checks = killers_of(target)
    for killer in checks:
        with suppress(pytest.skip.Exception):
            killer.run()  # Also fills what is cached, so that no mutant leaves a trace in it.
    for mutant in mutants_of(target) if some is None else some:
        with put_in_place(mutant):
            yield Fate(mutant, noticed_by(checks))


def noticed_by(checks: Sequence[Killer]) -> str:
    """Return the name of the first killer that fails; empty if all pass."""
    for killer in checks:
        try:
            with _limited():
                killer.run()
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 (whatever a mutant raises, it was noticed)
            return f"{killer.name} ({type(error).__name__})"
    return ""


@lru_cache
def _fixtures() -> tuple[Fixtures, Catalog]:
    catalog = embedded(2_000)
    return Fixtures(catalog=catalog), catalog


def killers_of(target: Target) -> list[Killer]:
    """Return the tests and laws that have to notice a mutant of `target`, the quickest first."""
    fixtures, catalog = _fixtures()
    found = [k for module, names in target.killers.items() for k in killers(module, names, fixtures)]
    return [*found, *_laws(target.task, catalog)]


def _laws(task: str, catalog: Catalog) -> Iterator[Killer]:
    for law in LAWS if task else ():
        if law.name not in LAWS_TRIED:
            continue
        for d, seed in EPISODES:

            def run(law=law, d=d, seed=seed) -> None:
                spec = EpisodeSpec(task, d, seed)
                broken = law.holds(TASKS[task], catalog, spec).broken
                assert not broken, f"{law.says}: {broken[0]} in {spec}"

            yield Killer(f"law {law.name}", run)


@contextmanager
def _limited() -> Iterator[None]:
    def over(signum, frame):
        raise TimeoutError(f"still running after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

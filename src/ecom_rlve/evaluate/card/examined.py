"""Laws tried on many episodes: what came of one law in one environment at one difficulty, and the checks made of it.

Knows no particular law and no environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.laws import LAWS, Law
from ecom_rlve.evaluate.card.positions import ALPHA, Evenness, evenness
from ecom_rlve.evaluate.card.scans import Place
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import task_named

SEEDS_APART = 1_000
"""Difficulty d is tried on seeds from d times this, so that no two difficulties share their draws."""
_SHOWN = 5
"""Broken cases kept of a cell, and named on the card."""


@dataclass(frozen=True, slots=True)
class LawCell:
    """What came of one law in one environment at one difficulty."""

    law: str
    env: str
    difficulty: int
    seeds: int
    n: int
    """Cases tried."""
    failed: int
    """Cases that break it."""
    broken: tuple[str, ...]
    """The first few of them, each with the episode's name."""
    noted: Mapping[str, tuple[float, float]]
    """Lowest and highest of every figure noted."""
    places: tuple[Place, ...]


def examine(law: str, env: str, difficulty: int, seeds: int, shop: Shop) -> LawCell:
    """Return what comes of a law, by its name, on as many seeds."""
    task, catalog = task_named(env), shop.open()
    holds = next(known.holds for known in LAWS if known.name == law)
    n, broken, noted, places = 0, list[str](), dict[str, tuple[float, float]](), list[Place]()
    for seed in range(difficulty * SEEDS_APART, difficulty * SEEDS_APART + seeds):
        spec = EpisodeSpec(env, difficulty, seed)
        trial = holds(task, catalog, spec)
        n += trial.n
        broken.extend(f"{spec}: {case}" for case in trial.broken)
        places.extend(trial.places)
        for name, value in trial.noted:
            low, high = noted.get(name, (value, value))
            noted[name] = (min(low, value), max(high, value))
    return LawCell(law, env, difficulty, seeds, n, len(broken), tuple(broken[:_SHOWN]), noted, tuple(places))


def read_law_cell(row: Mapping[str, Any]) -> LawCell:
    """Return the cell that JSON values stand for."""
    return LawCell(
        law=row["law"],
        env=row["env"],
        difficulty=row["difficulty"],
        seeds=row["seeds"],
        n=row["n"],
        failed=row["failed"],
        broken=tuple(row["broken"]),
        noted={name: (low, high) for name, (low, high) in row["noted"].items()},
        places=tuple(Place(**place) for place in row["places"]),
    )


def law_checks(cells: Sequence[LawCell], envs: Sequence[str]) -> Iterator[Check]:
    """Yield a check for every law and environment, and one for every list in which things are meant."""
    for env in envs:
        for law in LAWS:
            yield _check(law, env, [c for c in cells if c.env == env and c.law == law.name])
        yield from (_even(env, found) for found in spreads(cells, env))


def spreads(cells: Sequence[LawCell], env: str) -> list[Evenness]:
    """Return how evenly the things meant are spread over the lists of an environment."""
    return evenness(place for cell in cells if cell.env == env for place in cell.places)


def terms(cells: Sequence[LawCell], law: str, env: str) -> dict[str, tuple[float, float]]:
    """Return lowest and highest of every figure that a law noted in an environment."""
    found: dict[str, tuple[float, float]] = {}
    for cell in cells:
        if (cell.law, cell.env) == (law, env):
            for name, (low, high) in cell.noted.items():
                least, most = found.get(name, (low, high))
                found[name] = (min(least, low), max(most, high))
    return found


def _check(law: Law, env: str, cells: Sequence[LawCell]) -> Check:
    n, failed, seeds = sum(c.n for c in cells), sum(c.failed for c in cells), sum(c.seeds for c in cells)
    noted = terms(cells, law.name, env)
    shown = ", ".join(_range(name, low, high) for name, (low, high) in noted.items())
    if not n:
        why = f"no such case in {seeds:,} episodes" if seeds else "not measured"
        return Check(law.id, law.says, env, None, why)
    measured = f"{n - failed:,} of {n:,} cases in {seeds:,} episodes" + (f"; {shown}" if shown else "")
    broken = tuple(case for cell in cells for case in cell.broken)[:_SHOWN]
    return Check(law.id, law.says, env, failed == 0, measured, broken)


def _range(name: str, low: float, high: float) -> str:
    return f"{name} {low:g}" if low == high else f"{name} {low:g} … {high:g}"


def _even(env: str, spread: Evenness) -> Check:
    says = f"where the thing meant stands among {spread.shown_in} tells nothing (chi-square, α = {ALPHA})"
    if spread.p is None:
        return Check("V8", says, env, None, f"too few: {spread.n}")
    return Check("V8", says, env, spread.p >= ALPHA, f"p = {spread.p:.3f} over {spread.n:,}")

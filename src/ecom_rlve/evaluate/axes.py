"""Does every axis of difficulty bite (SPEC §4, V13)? One agent of fixed skill, along d and along each axis alone.

A curve is a row of points, each played on the same seeds. A hardening axis bites if success nowhere rises and falls
over its range; a budget holds if success nowhere falls as it grows. Draws no curve.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.core.difficulty import AXES, BUDGETS, MAX_DIFFICULTY, Difficulty
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.wilson import wilson
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.store import Store, code_digest
from ecom_rlve.evaluate.runs import Job, Shop, run
from ecom_rlve.evaluate.shares import Results, holm, p_higher
from ecom_rlve.tasks.registry import task_named

AGENT: Final = "fixed_skill"
LEVEL: Final = "d"
"""The name of the curve along d itself, on which all axes move together."""
BASE: Final = 2
"""The level that all other axes stay at: low enough that there is room to fall."""
BASE_AXES: Final[Mapping[str, float]] = MappingProxyType({"p_noise": 0.0, "H_orders": 3, "B_branch": 3})
"""Axes that stay elsewhere than at the level `BASE`: words are clean, for one that is misread can spoil all the rest;
and there is more to find out, for where nothing has to be, nothing can be left unsaid."""
ALPHA: Final = 0.01


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which points are played."""

    levels: tuple[int, ...]
    """The points along d."""
    axis_levels: tuple[int, ...]
    """Every axis alone takes the values that it has at these levels, and that of the base."""
    seeds: int
    """Episodes a point: seeds 0 … seeds - 1."""


SWEEPS: Final[Mapping[str, Sweep]] = MappingProxyType(
    {
        "quick": Sweep((0, 6, MAX_DIFFICULTY), (0, MAX_DIFFICULTY), seeds=60),
        "full": Sweep((0, 3, 6, 9, 12, 16, MAX_DIFFICULTY), (0, 8, MAX_DIFFICULTY), seeds=600),
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: what is played, the seeds apart."""

    env: str
    """Versioned name."""
    difficulty: int
    axes: Mapping[str, float] = field(default_factory=dict[str, float])
    """Axes that are set; for a curve along d none."""

    @property
    def key(self) -> tuple[str, int, tuple[tuple[str, float], ...]]:
        """Return what tells points apart."""
        return self.env, self.difficulty, tuple(self.axes.items())


@dataclass(frozen=True, slots=True)
class PointCell:
    """What came of a point."""

    point: Point
    passed: str
    """One character a seed, from 0 on: 1 correct, 0 not, - invalid."""
    causes: Mapping[str, int]
    """Failure causes and how often each occurred."""

    @property
    def n(self) -> int:
        """Valid episodes."""
        return len(self.passed) - self.passed.count("-")

    @property
    def correct(self) -> int:
        """Correct ones among them."""
        return self.passed.count("1")

    @property
    def rate(self) -> float:
        """Share of valid episodes that are correct; 0.0 where none is valid."""
        return self.correct / self.n if self.n else 0.0

    @property
    def results(self) -> Results:
        """Return seed by seed whether it was correct; None where it was invalid."""
        return [None if mark == "-" else mark == "1" for mark in self.passed]


@dataclass(frozen=True, slots=True)
class Curve:
    """One axis in one environment, in the direction in which it should get harder (a budget: grow)."""

    env: str
    axis: str
    values: tuple[float, ...]
    cells: tuple[PointCell, ...]

    @property
    def is_budget(self) -> bool:
        """Whether success must not fall, instead of must not rise."""
        return self.axis in BUDGETS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a curve, all curves of its environment considered."""

    curve: Curve
    p_fall: float
    """That success is lower at the end than at the start by chance alone; Holm over the curves of the environment."""
    p_rise_holm: float
    """Smallest p of a step against the law (a rise; of a budget, a fall); Holm over all steps of the environment."""
    bites: bool
    """Whether the law holds: no step against it and, budgets apart, a fall over the range."""

    def json(self) -> dict[str, Any]:  # Any: JSON values
        """Return it with its points, as the card shows it."""
        points: list[dict[str, float | int]] = []
        for value, cell in zip(self.curve.values, self.curve.cells, strict=True):
            low, high = wilson(cell.correct, cell.n)
            points.append({"value": value, "n": cell.n, "correct": cell.correct, "low": low, "high": high})
        kind = "budget" if self.curve.is_budget else "hardens"
        return {
            "env": self.curve.env,
            "axis": self.curve.axis,
            "kind": kind,
            "points": points,
            "p_fall": self.p_fall,
            "p_rise_holm": self.p_rise_holm,
            "bites": self.bites,
        }


def sweep(
    plan: Sweep,
    shop: Shop,
    folder: Path,
    workers: int,
    envs: Sequence[str],
    progress: Callable[[Point, int, int], Any] | None = None,
) -> None:
    """Play every point of `plan` in `envs`.

    Args:
        plan: Which points.
        shop: Where.
        folder: Keeps what was played; points of this catalogue and this code are not played again.
        workers: Processes; 1 plays in this one.
        envs: Versioned names.
        progress: Called with a point played, how many are there, and how many there are to be.

    Raises:
        TraceError: `folder` holds a damaged file.
    """
    store = _store(shop, folder)
    wanted = (point for env in envs for axis in _axes(env) for point in points_of(env, axis, plan).values())
    points = list({point.key: point for point in wanted}.values())
    missing = [point for point in points if store.get((point.key, plan.seeds)) is None]
    for number, cell in enumerate(_played(missing, plan.seeds, shop, workers), start=len(points) - len(missing) + 1):
        store.put(cell)
        if progress:
            progress(cell.point, number, len(points))


def verdicts(plan: Sweep, shop: Shop, folder: Path, envs: Sequence[str]) -> list[Verdict]:
    """Return what follows from what `folder` holds, for those of `envs` that were played to the end."""
    store, out = _store(shop, folder), list[Verdict]()
    for env in envs:
        curves: list[Curve] = []
        for axis in _axes(env):
            points = points_of(env, axis, plan)
            cells = [c for p in points.values() if (c := store.get((p.key, plan.seeds))) is not None]
            if len(cells) == len(points):
                curves.append(Curve(env, axis, tuple(points), tuple(cells)))
        if len(curves) == len(_axes(env)):
            out.extend(judge(curves))
    return out


def _store(shop: Shop, folder: Path) -> Store[PointCell]:
    file = folder / f"axes-{shop.open().fingerprint}-{code_digest()}.jsonl"
    return Store(file, _read, lambda cell: (cell.point.key, len(cell.passed)))


def _axes(env: str) -> tuple[str, ...]:
    return (LEVEL, *task_named(env).axes)


def points_of(env: str, axis: str, plan: Sweep) -> dict[float, Point]:
    """Return the points of a curve by the value that is varied, easiest (of a budget: least) first."""
    if axis == LEVEL:
        return {float(d): Point(env, d) for d in plan.levels}
    base = {name: value for name, value in BASE_AXES.items() if name in task_named(env).axes}
    values = {base.get(axis, _value(axis, BASE)), *(_value(axis, level) for level in plan.axis_levels)}
    falling = _value(axis, MAX_DIFFICULTY) < _value(axis, 0)
    return {value: _alone(env, base, axis, value) for value in sorted(values, reverse=falling)}


def _alone(env: str, base: Mapping[str, float], axis: str, value: float) -> Point:
    """Return the point at which one axis is set beside the base; the base's own value needs no setting."""
    own = {} if axis not in base and value == _value(axis, BASE) else {axis: value}
    return Point(env, BASE, {**base, **own})


def judge(curves: Sequence[Curve]) -> list[Verdict]:
    """Return what follows from the curves of one environment; Holm's correction runs over all of them."""
    steps = [
        (i, _p_fall(a, b) if curve.is_budget else _p_fall(b, a))
        for i, curve in enumerate(curves)
        for a, b in pairwise(curve.cells)
    ]
    against = [1.0] * len(curves)
    for (i, _), p in zip(steps, holm([p for _, p in steps]), strict=True):
        against[i] = min(against[i], p)
    hardening = [i for i, curve in enumerate(curves) if not curve.is_budget]
    over_range = [_p_fall(curve.cells[0], curve.cells[-1]) for curve in curves]
    falls = dict(zip(hardening, holm([over_range[i] for i in hardening]), strict=True))
    out: list[Verdict] = []
    for i, curve in enumerate(curves):
        fall = falls.get(i, over_range[i])
        out.append(Verdict(curve, fall, against[i], against[i] >= ALPHA and (curve.is_budget or fall < ALPHA)))
    return out


def checks(verdicts: Sequence[Verdict]) -> list[Check]:
    """Return the lines of the card: two an environment, for the axes that harden and for the budgets."""
    out: list[Check] = []
    for env in dict.fromkeys(v.curve.env for v in verdicts):
        here = [v for v in verdicts if v.curve.env == env]
        for is_budget, law in (
            (False, f"success falls along d and along every axis that hardens (p < {ALPHA}), and rises nowhere"),
            (True, f"success never falls as a budget grows (p ≥ {ALPHA})"),
        ):
            those = [v for v in here if v.curve.is_budget == is_budget]
            broken = tuple(_told(v) for v in those if not v.bites)
            held = f"{len(those) - len(broken)} of {len(those)} axes, {those[0].curve.cells[0].n} episodes a point"
            out.append(Check("V13", law, env, not broken, held, broken))
    return out


def _told(verdict: Verdict) -> str:
    curve = verdict.curve
    rates = ", ".join(f"{value:g}: {cell.rate:.1%}" for value, cell in zip(curve.values, curve.cells, strict=True))
    return f"{curve.axis} ({rates}; fall p = {verdict.p_fall:.2g}, step against it p = {verdict.p_rise_holm:.2g})"


def _p_fall(first: PointCell, second: PointCell) -> float:
    """Return the chance of a fall as great from the first to the second if there were none."""
    return p_higher(second.results, first.results)


def _value(axis: str, level: int) -> float:
    assert axis in AXES, f"no axis {axis!r}"
    return float(getattr(Difficulty.at(level), axis))


def _played(points: Sequence[Point], seeds: int, shop: Shop, workers: int) -> Iterator[PointCell]:
    """Yield what came of every point, as they come."""
    if workers <= 1:
        yield from (play_point(point, seeds, shop) for point in points)
        return
    shop.open()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(play_point, point, seeds, shop) for point in points]
        yield from (future.result() for future in as_completed(waiting))


def play_point(point: Point, seeds: int, shop: Shop) -> PointCell:
    """Return what the agent of fixed skill does at a point on seeds 0 … seeds - 1."""
    specs = tuple(EpisodeSpec(point.env, point.difficulty, seed, point.axes) for seed in range(seeds))
    outcomes = list(run(Job(specs, AGENT, shop, "gated", traced=False)))
    passed = "".join("-" if o.reward is None else str(int(o.correct)) for o in outcomes)
    return PointCell(point, passed, dict(Counter(o.cause for o in outcomes if o.cause and o.reward is not None)))


def _read(row: Mapping[str, Any]) -> PointCell:  # Any: JSON values
    return PointCell(Point(**row["point"]), row["passed"], row["causes"])

"""Statistics of repeated trials: intervals clustered by task, pass^k and pass@k, paired comparison, flip rate.

A task is one episode name; its trials share the same goal and are no independent evidence. Knows no episode: counts
and numbers in, numbers out. What is drawn (sign flips) comes from a named stream, so that a p-value is reproducible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ecom_rlve.core.rng import stream
from ecom_rlve.core.wilson import Z95, wilson

EXACT_UP_TO = 14
"""Differing tasks up to which all sign flips are tried; beyond, `FLIPS` are drawn."""
FLIPS = 20_000
BLOCK = 500
"""Flips drawn at a time: what fits in memory for thousands of tasks."""
Count = tuple[int, int]
"""(successes, trials) of one task, trials ≥ 1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Paired:
    """Two runs on the same tasks."""

    tasks: int
    difference: Estimate
    """Mean over tasks of (first less second)."""
    p: float
    """Of a two-sided sign-flip test: the chance of so large a difference if the two were interchangeable."""


def share(counts: Sequence[Count]) -> Estimate:
    """Return the share of successes with an interval clustered by task; (0, 0, 1) for no task.

    Wilson's interval on the effective number of trials n / deff, where deff is the design effect: the cluster-robust
    variance of the share over its variance if all trials were independent (Kish 1965; Korn and Graubard 1998). With
    one trial a task it is Wilson's interval exactly. Where all trials agree nothing can be told of deff, and every
    task counts as one trial.
    """
    n, successes = sum(t for _, t in counts), sum(c for c, _ in counts)
    if not n:
        return Estimate(0.0, 0.0, 1.0)
    p, tasks = successes / n, len(counts)
    largest = max(t for _, t in counts)
    if successes in (0, n):
        effect = n / tasks
    elif tasks == 1:
        effect = float(n)
    else:
        spread = math.fsum((c - p * t) ** 2 for c, t in counts)
        small = tasks / (tasks - 1) if largest > 1 else 1.0
        effect = max(1.0, small * spread / (n * p * (1 - p)))
    z = student(tasks - 1) if largest > 1 else Z95
    return Estimate(p, *wilson(successes / effect, n / effect, z))


def mean(clusters: Sequence[Sequence[float]]) -> Estimate:
    """Return the mean of all values with a cluster-robust t interval; (0, 0, 0) for no value.

    Args:
        clusters: The values of each task; a single task gives no width.
    """
    values = [v for cluster in clusters for v in cluster]
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    n, centre = len(values), math.fsum(values) / len(values)
    groups = [c for c in clusters if c]
    if len(groups) < 2:
        return Estimate(centre, centre, centre)
    spread = math.fsum(math.fsum(v - centre for v in c) ** 2 for c in groups)
    half = student(len(groups) - 1) * math.sqrt(len(groups) / (len(groups) - 1) * spread) / n
    return Estimate(centre, centre - half, centre + half)


def pass_hat(counts: Sequence[Count], k: int) -> float | None:
    """Return pass^k: the chance that k trials of a task all succeed, C(c, k) / C(n, k) averaged over tasks.

    Unbiased (Yao et al. 2024, tau-bench). Over tasks with at least k trials; None where there is none.
    """
    return _average([math.comb(c, k) / math.comb(n, k) for c, n in counts if n >= k])


def pass_at(counts: Sequence[Count], k: int) -> float | None:
    """Return pass@k: the chance that one of k trials succeeds, 1 - C(n - c, k) / C(n, k) averaged over tasks.

    Unbiased (Chen et al. 2021, Codex). Over tasks with at least k trials; None where there is none.
    """
    return _average([1 - math.comb(n - c, k) / math.comb(n, k) for c, n in counts if n >= k])


def flip_rate(counts: Sequence[Count]) -> float | None:
    """Return the chance that two trials of the same task disagree; None where no task has two."""
    return _average([2 * c * (n - c) / (n * (n - 1)) for c, n in counts if n >= 2])


def paired(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Paired:
    """Compare two runs by one number a task, e.g. its share of passed trials, in the same order.

    The interval is Student's over tasks; p comes from flipping signs, all 2^n of them where few tasks differ.
    """
    if len(first) != len(second):
        raise ValueError(f"paired values come in pairs, got {len(first)} and {len(second)}")
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return Paired(len(differences), mean([[d] for d in differences]), _sign_flip(differences, seed))


def _sign_flip(differences: Sequence[float], seed: int) -> float:
    told = np.array([d for d in differences if d])
    if not len(told):
        return 1.0
    # Ties must count as "as large" although their sums differ in the last bit.
    least = abs(float(told.sum())) * (1 - 1e-9)
    if len(told) <= EXACT_UP_TO:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(told))))
        return float(np.mean(np.abs(signs @ told) >= least))
    draw = stream(seed, "evaluate", "sign flips")
    beyond = 0
    for _ in range(FLIPS // BLOCK):
        signs = np.where(draw.random((BLOCK, len(told))) < 0.5, -1.0, 1.0)
        beyond += int(np.count_nonzero(np.abs(signs @ told) >= least))
    return (beyond + 1) / (FLIPS + 1)


def student(freedom: int) -> float:
    """Return the two-sided 95 % quantile of Student's t; infinite for no degree of freedom.

    Exact for 1 and 2, else the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5): within 0.02 at 3, 0.001 from 6.
    """
    if freedom <= 0:
        return math.inf
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2 / (1 - 0.95**2))
    z, out = Z95, Z95
    terms = (
        ((1, 1), 4),
        ((5, 16, 3), 96),
        ((3, 19, 17, -15), 384),
        ((79, 776, 1482, -1920, -945), 92_160),
    )
    for order, (factors, below) in enumerate(terms, start=1):
        powers = range(2 * len(factors) - 1, 0, -2)
        out += sum(f * z**power for f, power in zip(factors, powers, strict=True)) / (below * freedom**order)
    return out


def _average(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None

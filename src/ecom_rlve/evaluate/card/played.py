"""What must hold of the cells of a card: V1 … V4, V10, V16. Plays nothing; knows counts and means only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ecom_rlve.env.reward import BEST
from ecom_rlve.evaluate.card.cells import CardCell
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.grid import EXPERT, HONEST_WRONG, LAZY, ORACLE, SHORTCUTS

EXPERT_MUST: Final[Mapping[int, float]] = MappingProxyType({0: 0.95})
"""Least pass rate of the goal-blind expert, by d."""
EXPERT_MUST_OF: Final[Mapping[str, Mapping[int, float]]] = MappingProxyType(
    {"cart_building": MappingProxyType({0: 0.95, 3: 0.80}), "journey": MappingProxyType({0: 0.85})}
)
"""The same of single environments; in a journey several errands have to be right at once."""


def checks(cells: Sequence[CardCell]) -> list[Check]:
    """Return what holds and what does not."""
    out: list[Check] = []
    for env in dict.fromkeys(cell.env for cell in cells):
        here = [cell for cell in cells if cell.env == env]
        out.extend(_checks_of(env, here))
    return out


def _checks_of(env: str, cells: Sequence[CardCell]) -> Iterator[Check]:
    def of(*agents: str) -> list[CardCell]:
        return [cell for cell in cells if cell.agent in agents]

    n, perfect = sum(c.n for c in of(ORACLE)), sum(c.perfect for c in of(ORACLE))
    yield Check("V1", f"the oracle earns exactly {BEST} in every episode", env, perfect == n > 0, f"{perfect} of {n}")
    yield _expert(env, {c.difficulty: c.correct / c.n for c in of(EXPERT)})
    lazy = of(*LAZY)
    yield Check("V3", "lazy and greedy agents never pass", env, not any(c.correct for c in lazy), _sum(lazy))
    honest = {c.difficulty: c.mean_reward for c in of(HONEST_WRONG)}
    gap = max(c.mean_reward - honest[c.difficulty] for c in lazy)
    yield Check("V3", "and earn less than an honest wrong try", env, gap < 0, f"largest gap {gap:+.3f}")
    beyond = [c for c in of(*SHORTCUTS) if not _by_chance(c)]
    yield Check("V4", "shortcuts pass by chance at most", env, not beyond, _sum(of(*SHORTCUTS)))
    inside = all(c.lowest >= -1.0 and c.highest <= BEST for c in cells)
    lows, highs = min(c.lowest for c in cells), max(c.highest for c in cells)
    yield Check("V10", f"rewards lie in [-1, {BEST}]", env, inside, f"{lows:+.3f} … {highs:+.3f}")
    invalid = sum(c.invalid for c in cells)
    yield Check("V16", "no episode is invalid through a fault of ours", env, invalid == 0, f"{invalid}")


def _expert(env: str, rates: Mapping[int, float]) -> Check:
    """Return how the expert did; an environment from outside has none of ours."""
    law = "a goal-blind expert solves the easy ones, fewer of the hard"
    if not rates:
        return Check("V2", law, env, None, "no goal-blind expert knows this environment")
    bounds = EXPERT_MUST_OF.get(env.partition("-")[0], EXPERT_MUST)
    enough = all(rates.get(d, 1.0) >= bound for d, bound in bounds.items())
    falls = rates[max(rates)] < rates[min(rates)]
    return Check("V2", law, env, enough and falls, _table(rates))


def _by_chance(cell: CardCell) -> bool:
    """Whether a shortcut passes no more often than chance, by three standard errors."""
    return cell.correct / cell.n <= cell.chance + 3 * math.sqrt(
        max(cell.chance * (1 - cell.chance), 1 / cell.n) / cell.n
    )


def _table(rates: Mapping[int, float]) -> str:
    return ", ".join(f"d{d} {rate:.1%}" for d, rate in sorted(rates.items()))


def _sum(cells: Sequence[CardCell]) -> str:
    return f"{sum(c.correct for c in cells)} of {sum(c.n for c in cells)}"

"""The validity card: many episodes per environment, agent and difficulty, and what must hold of them (SPEC §11).

Plays cells one after another into a JSON-lines file, so that a stopped run goes on where it was. Draws no page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.reward import BEST
from ecom_rlve.env.transition import draw
from ecom_rlve.evaluate.runs import Job, Outcome, Shop, run
from ecom_rlve.tasks.registry import all_tasks, task_named

ORACLE, EXPERT, HONEST_WRONG = "oracle", "expert", "honest_wrong"
LAZY = ("silent", "instant_done", "only_asks", "everything")
SHORTCUTS = ("first_result", "cheapest", "best_rated", "random_tool")
WORTH_PROCESSES = 100
EXPERT_MUST: Final[Mapping[int, float]] = MappingProxyType({0: 0.95, 3: 0.80})
"""Least pass rate of the goal-blind expert, by difficulty."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How many seeds each kind of agent plays at every difficulty."""

    difficulties: tuple[int, ...]
    oracle: int
    expert: int
    others: int

    def seeds(self, agent: str) -> int:
        """Return the number of seeds for `agent`."""
        return self.oracle if agent == ORACLE else self.expert if agent == EXPERT else self.others


GRIDS: Final[Mapping[str, Grid]] = MappingProxyType(
    {
        "quick": Grid((0, 3, 6, 12, 20), oracle=20, expert=60, others=20),
        "full": Grid((0, 1, 2, 3, 6, 9, 12, 16, 20), oracle=2_000, expert=400, others=200),
    }
)


@dataclass(frozen=True, slots=True)
class CardCell:
    """What one agent did in one environment at one difficulty."""

    env: str
    agent: str
    difficulty: int
    n: int
    correct: int
    perfect: int
    """Episodes worth exactly the best reward."""
    invalid: int
    mean_reward: float
    lowest: float
    highest: float
    chance: float
    """Mean analytic chance of a blind pick over the same episodes."""
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the card."""

    id: str
    law: str
    env: str
    passed: bool
    measured: str


def certify(
    grid: Grid,
    shop: Shop,
    folder: Path,
    workers: int,
    envs: Sequence[str] = (),
    progress: Callable[[CardCell], Any] | None = None,
) -> tuple[list[CardCell], list[Check]]:
    """Play the grid in `envs` (all if empty) and return its cells and checks.

    What `folder` holds already is not played again.

    Raises:
        TraceError: `folder` holds cells of another catalogue or version.
    """
    cells = _Cells(folder, shop.open().fingerprint)
    wanted: list[CardCell] = []
    for env in envs or [f"{task.name}-v{task.version}" for task in all_tasks().values()]:
        for agent in (ORACLE, EXPERT, HONEST_WRONG, *LAZY, *SHORTCUTS):
            for difficulty in grid.difficulties:
                cell = cells.get(env, agent, difficulty, grid.seeds(agent))
                if cell is None:
                    cell = play_cell(env, agent, difficulty, grid.seeds(agent), shop, workers)
                    cells.put(cell)
                wanted.append(cell)
                if progress:
                    progress(cell)
    return wanted, checks(wanted)


def play_cell(env: str, agent: str, difficulty: int, seeds: int, shop: Shop, workers: int) -> CardCell:
    """Return what `agent` does on seeds 0 … seeds - 1."""
    specs = tuple(EpisodeSpec(env, difficulty, seed) for seed in range(seeds))
    # New processes cost more than they save on a few episodes.
    processes = workers if seeds >= WORTH_PROCESSES else 1
    outcomes = list(run(Job(specs, agent, shop, "gated", traced=False), processes))
    chance = math.fsum(_chance(spec, shop) for spec in specs) / len(specs) if agent in SHORTCUTS else 0.0
    return _cell(env, agent, difficulty, outcomes, chance)


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
    rates = {c.difficulty: c.correct / c.n for c in of(EXPERT)}
    enough = all(rates[d] >= least for d, least in EXPERT_MUST.items() if d in rates)
    falls = rates[max(rates)] < rates[min(rates)]
    yield Check(
        "V2", "a goal-blind expert solves the easy ones, fewer of the hard", env, enough and falls, _table(rates)
    )
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


def _by_chance(cell: CardCell) -> bool:
    """Whether a shortcut passes no more often than chance, by three standard errors."""
    return cell.correct / cell.n <= cell.chance + 3 * math.sqrt(
        max(cell.chance * (1 - cell.chance), 1 / cell.n) / cell.n
    )


def _table(rates: Mapping[int, float]) -> str:
    return ", ".join(f"d{d} {rate:.1%}" for d, rate in sorted(rates.items()))


def _sum(cells: Sequence[CardCell]) -> str:
    return f"{sum(c.correct for c in cells)} of {sum(c.n for c in cells)}"


def _chance(spec: EpisodeSpec, shop: Shop) -> float:
    task = task_named(spec.env)
    return task.chance(draw(task, spec, shop.open()))


def _cell(env: str, agent: str, difficulty: int, outcomes: Sequence[Outcome], chance: float) -> CardCell:
    rewards = [o.reward for o in outcomes if o.reward is not None]
    causes: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.cause:
            causes[outcome.cause] = causes.get(outcome.cause, 0) + 1
    return CardCell(
        env=env,
        agent=agent,
        difficulty=difficulty,
        n=len(rewards),
        correct=sum(o.correct for o in outcomes),
        perfect=sum(r == BEST for r in rewards),
        invalid=len(outcomes) - len(rewards),
        mean_reward=math.fsum(rewards) / len(rewards) if rewards else 0.0,
        lowest=min(rewards, default=0.0),
        highest=max(rewards, default=0.0),
        chance=chance,
        causes=causes,
    )


class _Cells:
    """Cells on disk, one JSON line each, appended whole."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"cells-{fingerprint}.jsonl"
        self.all: list[CardCell] = []
        if self.file.exists():
            self._read()

    def _read(self) -> None:
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                self.all.append(CardCell(**json.loads(line)))
            except (ValueError, TypeError) as error:
                raise TraceError(f"{self.file.name}: line {number}: no cell ({error}); delete the file") from None

    def get(self, env: str, agent: str, difficulty: int, seeds: int) -> CardCell | None:
        """Return the cell if it was played with as many seeds."""
        for cell in self.all:
            if (cell.env, cell.agent, cell.difficulty, cell.n + cell.invalid) == (env, agent, difficulty, seeds):
                return cell
        return None

    def put(self, cell: CardCell) -> None:
        """Keep a cell."""
        self.all.append(cell)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(cell)) + "\n")

"""How much of the validity card is played: difficulties, and seeds by kind of agent. Knows no environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ORACLE, EXPERT, HONEST_WRONG = "oracle", "expert", "honest_wrong"
TOLD = "told"
LAZY = ("silent", "instant_done", "only_asks", "everything")
SHORTCUTS = ("first_result", "cheapest", "best_rated", "random_tool")
AGENTS: Final = (ORACLE, EXPERT, HONEST_WRONG, *LAZY, *SHORTCUTS)


@dataclass(frozen=True, slots=True)
class Grid:
    """How many seeds each kind of agent plays at every difficulty, and how many each law is tried on."""

    difficulties: tuple[int, ...]
    oracle: int
    expert: int
    others: int
    laws: int = 2
    """Seeds at every difficulty on which each law is tried."""
    told: int = 2
    """The same for brute force and for where things stand in lists, which take many."""

    def seeds(self, agent: str) -> int:
        """Return the number of seeds for `agent`."""
        return self.oracle if agent == ORACLE else self.expert if agent == EXPERT else self.others

    def law_seeds(self, law: str) -> int:
        """Return the number of seeds on which the law of this name is tried."""
        return self.told if law == TOLD else self.laws


GRIDS: Final[Mapping[str, Grid]] = MappingProxyType(
    {
        "quick": Grid((0, 3, 6, 12, 20), oracle=20, expert=60, others=20, laws=2, told=12),
        "full": Grid(tuple(range(21)), oracle=200, expert=100, others=25, laws=3, told=24),
    }
)

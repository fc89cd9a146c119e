"""What must hold of the customer's figures (V14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ecom_rlve.evaluate.card import Check
from ecom_rlve.evaluate.customer.figures import EnvFigures, Figures

LEAST_DISTINCT: Final = 900
"""Distinct openings per 1,000 seeds."""
LEAST_READ: Final = 0.99
"""Share of replies that a reader without the phrase tables reads back exactly."""
LEAST_DISCLOSURE: Final = 0.95
"""Precision and recall of what questions bring to light."""


@dataclass(frozen=True, slots=True)
class Law:
    """One line of the card's V14."""

    law: str
    holds: Callable[[EnvFigures], bool]
    measured: Callable[[EnvFigures], str]


V14: Final = (
    Law(
        "the customer never contradicts the goal in force",
        lambda f: f.contradictions == 0,
        lambda f: f"{f.contradictions_per_1000:.2f} per 1,000 of {f.turns} turns",
    ),
    Law(
        f"its words, read back without the phrase tables, carry exactly the act (at least {LEAST_READ:.0%})",
        lambda f: f.back_parse_rate >= LEAST_READ,
        lambda f: f"{f.back_parse_rate:.2%} of {f.turns}",
    ),
    Law(
        "every slot left unsaid is told when asked for",
        lambda f: f.obtained == f.withheld,
        lambda f: f"{f.obtained} of {f.withheld}",
    ),
    Law(
        f"questions bring what was asked for, and all of it (at least {LEAST_DISCLOSURE:.0%})",
        lambda f: min(f.disclosure_precision, f.disclosure_recall) >= LEAST_DISCLOSURE,
        lambda f: f"precision {f.disclosure_precision:.2%}, recall {f.disclosure_recall:.2%}",
    ),
    Law(
        "keyword spam learns no more a turn than an honest question",
        lambda f: f.spammer_gain <= 0,
        lambda f: f"{f.spammer_gain:+.3f} slots a turn",
    ),
    Law(
        f"at least {LEAST_DISTINCT} of 1,000 openings are distinct",
        lambda f: f.distinct_per_1000 >= LEAST_DISTINCT,
        lambda f: f"{f.distinct_per_1000:.0f} per 1,000",
    ),
    Law(
        "the same name and words bring the same words, forked, again and in a new process",
        lambda f: f.same == 1.0,
        lambda f: f"{f.same:.1%}",
    ),
)


def checks(found: Figures) -> list[Check]:
    """Return every law in every environment, as lines of the card."""
    return [
        Check("V14", law.law, each.env, law.holds(each), law.measured(each)) for each in found.by_env for law in V14
    ]

"""Reading a value from an answer: amounts with their units, dates, yes and no; and how near two amounts are.

Knows no environment. What cannot be read is None, never an error: it is the agent's wrong answer.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

Given = str | bool | int | float
"""A value as an answer carries it."""
_UNITS: Final[dict[str, dict[str, Decimal]]] = {
    "days": {"d": Decimal(1), "day": Decimal(1), "week": Decimal(7)},
    "months": {"month": Decimal(1), "year": Decimal(12)},
    "USD": {"usd": Decimal(1), "$": Decimal(1), "dollar": Decimal(1), "us dollar": Decimal(1), "cent": Decimal("0.01")},
    "percent": {"percent": Decimal(1), "%": Decimal(1), "per cent": Decimal(1)},
    "points": {"point": Decimal(1)},
    "guests": {"guest": Decimal(1), "person": Decimal(1), "people": Decimal(1)},
}
"""Every way to write a unit (in the singular), and what it is worth in the canonical one."""
_AMOUNT: Final = re.compile(r"(?P<sign>-?) ?(?P<usd>\$?) ?(?P<number>\d{1,12}(?:\.\d{1,6})?) ?(?P<unit>[a-z%$ ]*)")


def amount_of(value: Given, unit: str, canonical: str) -> Decimal | None:
    """Return an amount in the `canonical` unit, or None if it is no number or its unit is missing or of another kind.

    The unit may stand in `unit`, or in the text itself ("30 days", "$6", "15%").
    """
    if isinstance(value, bool):
        return None
    match = _AMOUNT.fullmatch(str(value).strip().replace(",", "").casefold())
    if match is None:
        return None
    written = unit or match["unit"] or match["usd"]
    worth = _UNITS[canonical].get(_singular(written))
    return None if worth is None else Decimal(match["sign"] + match["number"]) * worth


def _singular(unit: str) -> str:
    plain = unit.strip().casefold()
    return plain[:-1] if plain.endswith("s") and plain != "s" else plain


def agreement(right: int, given: Decimal) -> float:
    """Return 1.0 for equal amounts, -1.0 if their signs differ or exactly one is zero, else 2·(min/max)^4 - 1."""
    if given == right:
        return 1.0
    if right == 0 or given == 0 or (right > 0) != (given > 0):
        return -1.0
    small, large = sorted((abs(Decimal(right)), abs(given)))
    return 2.0 * float(small / large) ** 4 - 1.0


def date_of(value: Given) -> date | None:
    """Return the date written as YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def truth_of(value: Given) -> bool | None:
    """Return what yes or no says, or None."""
    words = {"yes": True, "true": True, "no": False, "false": False}
    return words.get(str(value).strip().strip(".").casefold())

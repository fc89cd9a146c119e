"""Numbers with units, as foreign texts write them, in the steps our attributes are stored in.

Knows no product and no column. Factors are exact decimals; "12 x 10 in", "5-10 h" and "1/2 in" are no single number
and are not read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ecom_rlve.core.attributes import attribute

STEPS_MOST: Final = 10**8
"""Values above no product has; they would not fit a column either."""
_PLAIN: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+")
_SPF: Final = re.compile(r"\bspf\s*-?\s*(\d{1,3})\b", re.IGNORECASE)
_PACK: Final = re.compile(r"\b(?:pack|set|box|case|lot)\s+of\s+(\d{1,5})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What an attribute measures."""

    units: Mapping[str, Decimal]
    """Spelling of a unit to its size in the attribute's own unit; empty where it has none."""
    bare: bool
    """Whether a property that states a mere number is understood."""
    pattern: re.Pattern[str]
    telling: frozenset[str]
    """The units that mean this in a title; empty where none does."""


@cache
def measured() -> dict[str, Measured]:
    """Return every number attribute that is read from texts."""
    text = files("ecom_rlve.catalog").joinpath("data/foreign/units.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)  # Any: TOML tables, given their types here
    sizes: dict[str, dict[str, str]] = table["units"]
    found: dict[str, Measured] = {}
    for name, row in table["attributes"].items():
        per = Decimal(row.get("per", "1"))
        units = {unit: Decimal(size) / per for unit, size in sizes.get(row["measures"], {}).items()}
        listed: list[str] | bool = row["title"]
        telling = frozenset(listed if isinstance(listed, list) else units if listed else ())
        found[name] = Measured(units, bool(row.get("bare")), _pattern(list(units)), telling)
    return found


def _pattern(units: Sequence[str]) -> re.Pattern[str]:
    spelled = "|".join(re.escape(unit) for unit in sorted(units, key=lambda unit: (-len(unit), unit))) or "(?!)"
    # No dimension ("12 x 10 in"), range ("5-10 h") or fraction ("1/2 in") may stand before the number.
    return re.compile(
        rf"(?<![\w.,/×]){_PLAIN.pattern.join(('(?P<number>', ')'))}\s*-?\s*(?P<unit>{spelled})(?![a-z0-9])\.?",
        re.IGNORECASE,
    )


_PART_OF_MORE: Final = re.compile(
    r"(?:\d|\d\s*(?:\"|″|in|cm|mm|inches|ft|w|h|l|d))\s*(?:[x×*/~–—-]|to\b|by\b)\s*$", re.IGNORECASE
)
_GOES_ON: Final = re.compile(r"\s*(?:[x×*]|by\b)\s*\d", re.IGNORECASE)


def found_in(text: str, name: str, pattern: re.Pattern[str] | None = None) -> list[int]:
    """Return the different values of an attribute that a text states with a unit, in stored steps, in order.

    Args:
        text: Any text.
        name: A number attribute.
        pattern: Which units count; all that measure it if left out.
    """
    if name == "spf":
        return list(dict.fromkeys(int(match[1]) for match in _SPF.finditer(text)))
    known = measured()[name]
    out: dict[int, None] = {}
    for match in (pattern or known.pattern).finditer(text):
        # The characters before are few: a look-behind of bounded length is all it takes.
        if _PART_OF_MORE.search(text[max(0, match.start() - 16) : match.start()]) or _GOES_ON.match(text, match.end()):
            continue
        steps = _steps(match["number"], known.units[match["unit"].lower()], name)
        if steps is not None:
            out[steps] = None
    if name == "pack_size":
        out.update(dict.fromkeys(int(match[1]) for match in _PACK.finditer(text) if int(match[1])))
    return list(out)


@cache
def title_patterns(names: tuple[str, ...]) -> Mapping[str, re.Pattern[str]]:
    """Return, for number attributes of one category, the units that in its titles mean this one and no other of them.

    A bookshelf has a weight and a load: "20 kg" in its title may be either.
    """
    out: dict[str, re.Pattern[str]] = {}
    for name in names:
        others = [measured()[other] for other in names if other != name]
        taken = {unit for other in others for unit in (other.telling or other.units)}
        own = measured()[name].telling - taken
        if own or name == "spf":
            out[name] = _pattern(sorted(own))
    return out


def read_measure(text: str, name: str) -> int | None:
    """Return the one value that a property of this attribute states, in stored steps; None if none or several."""
    known, text = measured()[name], text.strip()
    if known.bare and _PLAIN.fullmatch(text.rstrip("+")):
        return _steps(text.rstrip("+"), Decimal(1), name)
    found = found_in(text, name)
    return found[0] if len(found) == 1 else None


def _steps(number: str, unit: Decimal, name: str) -> int | None:
    text = number.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number) else number.replace(",", ".")
    try:
        steps = (Decimal(text) * unit * attribute(name).scale).quantize(Decimal(1), ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
    return int(steps) if 0 < steps <= STEPS_MOST else None

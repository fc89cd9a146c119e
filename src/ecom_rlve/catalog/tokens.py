"""Text to search tokens: one definition for what is indexed and what is typed.

Knows no catalogue and no ranking. "65 W", "65w" and "65 watts" are one token; "USB-C" is found as "usbc" and "usb c";
plurals meet their singular.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Final

_UNITS: Final = {
    "w": ("w", "watt", "watts"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "gb": ("gb", "gigabyte", "gigabytes"),
    "in": ("in", "inch", "inches"),
    "l": ("l", "liter", "liters", "litre", "litres"),
    "kg": ("kg", "kilo", "kilos", "kilogram", "kilograms"),
    "cm": ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    "pcs": ("pcs", "pc", "piece", "pieces", "pack", "packs", "count", "ct"),
    "yr": ("yr", "yrs", "year", "years"),
    "db": ("db", "decibel", "decibels"),
    "lm": ("lm", "lumen", "lumens"),
    "g": ("g", "gram", "grams"),
    "ml": ("ml", "milliliter", "milliliters", "millilitre", "millilitres"),
    "m": ("m", "meter", "meters", "metre", "metres"),
    "tb": ("tb", "terabyte", "terabytes"),
}
_SAME_AS: Final = {"g": ("kg", -3), "ml": ("l", -3), "m": ("cm", 2), "tb": ("gb", 3)}
"""Units that are written as a power of ten of another: "250 g" and "0.25 kg" are one token."""
_CANONICAL: Final = {word: unit for unit, words in _UNITS.items() for word in words}
_WITH_UNIT: Final = re.compile(
    rf"(?<![\w.])(\d+(?:\.\d+)?)[ -]?({'|'.join(sorted(_CANONICAL, key=len, reverse=True))})(?![a-z0-9])"
)
_PACK_OF: Final = re.compile(r"\b(?:pack|set|box) of (\d+)\b")
_SPF: Final = re.compile(r"\bspf[ -]?(\d+)\b")
_INCH_SIGN: Final = re.compile(r"(\d)(?:\"|″|”)")
_OTHER: Final = re.compile(r"[^a-z0-9.\-\n]+")
_STOP: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "our",
        "s",
        "that",
        "the",
        "this",
        "to",
        "with",
        "your",
    ]
)


def normalise(text: str) -> str:
    """Return `text` in lower case without accents and signs, numbers joined to their units; lines stay lines."""
    text = text.lower()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = text.replace("–", "-").replace("’", "'")
        text = _INCH_SIGN.sub(r"\1in", text)
    text = text.replace('"', "in ").replace("'", "") if '"' in text else text.replace("'", "")
    text = _SPF.sub(r"spf\1", text)
    text = _PACK_OF.sub(r"\1pcs", text)
    text = _WITH_UNIT.sub(_joined, text)
    return _OTHER.sub(" ", text)


def _joined(match: re.Match[str]) -> str:
    number, unit = match[1], _CANONICAL[match[2]]
    if unit not in _SAME_AS or len(number) > 9:
        return number + unit
    base, power = _SAME_AS[unit]
    moved = Decimal(number).scaleb(power)
    return f"{moved:f}".rstrip("0").rstrip(".") + base if moved % 1 else f"{int(moved)}{base}"


@lru_cache(maxsize=1 << 16)
def expand(word: str) -> tuple[str, ...]:
    """Return the tokens of one normalised word: a hyphenated one as a whole and in parts."""
    parts = [part for part in word.strip(".-").split("-") if part]
    if not parts:
        return ()
    pieces = [part.strip(".") for part in parts]
    if len(pieces) > 1:
        pieces = ["".join(pieces), *pieces]
    return tuple(_stem(piece) for piece in pieces if piece and piece not in _STOP)


def tokens(text: str) -> list[str]:
    """Return the tokens of `text` in order, with repetitions; empty for text without letters and digits."""
    return [token for word in normalise(text).split() for token in expand(word)]


def _stem(token: str) -> str:
    if len(token) < 4 or not token.endswith("s") or not token.isalpha():
        return token
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    if token.endswith(("ches", "shes", "xes", "sses")):
        return token[:-2]
    return token if token.endswith(("ss", "us", "is")) else token[:-1]

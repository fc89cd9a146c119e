"""Prices as people and programs write them, read into US cents; or why one cannot be read.

Knows no product. Arithmetic is decimal; nothing is guessed where two readings differ by a factor of a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final, Literal, cast

from ecom_rlve.catalog.intake.column_map import Decimals

PriceFault = Literal["", "price_missing", "price_unreadable", "price_other_currency", "price_implausible"]
LEAST, MOST = 1, 100_000_00
"""Cents: what a shop may ask for one thing."""
_NONE: Final = frozenset(("", "none", "nan", "null", "n/a", "na", "-", "–", "—", "nil", "undefined", "not available"))
_SIGNS: Final = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR", "£": "GBP",
    "gbp": "GBP", "¥": "JPY", "jpy": "JPY", "₹": "INR", "inr": "INR", "c$": "CAD", "ca$": "CAD", "cad": "CAD",
    "a$": "AUD", "au$": "AUD", "aud": "AUD", "chf": "CHF", "kr": "SEK", "sek": "SEK", "zł": "PLN", "pln": "PLN",
    "mx$": "MXN", "mxn": "MXN", "r$": "BRL", "brl": "BRL", "cny": "CNY", "rmb": "CNY", "₩": "KRW", "krw": "KRW",
}  # fmt: skip
_NUMBER: Final = re.compile(r"(?:(?<![\d ])[-−])?(?:\d(?:[.,'’]?\d|[ \u00a0\u202f](?=\d{3}(?!\d)))*|\.\d+)")
_BETWEEN: Final = re.compile(r"[\s|~–—−-]*")
"""All that may stand beside numbers, signs and a few words."""
_SIGN: Final = re.compile(
    r"[a-z]{0,3}\$|[€£¥₹₩]|"
    r"\b(?:usd|eur|gbp|jpy|inr|cad|aud|chf|sek|kr|zł|pln|mxn|brl|cny|rmb|krw|dollars?)\b"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_FILLERS: Final = frozenset(
    ("from", "to", "and", "up", "starting", "at", "now", "only", "price", "sale", "each", "ab", "bis", "about")
)
_PRICES_MOST: Final = 40
_CENTS: Final = re.compile(r"^\s*(\d{1,2})\s*(?:¢|cents?)\s*$")
_GROUPS: Final = re.compile(r"^\d{1,3}(?:[.,]\d{3})+$")


@dataclass(frozen=True, slots=True)
class Price:
    """What was read."""

    cents: int
    """US cents; 0 where there is a fault."""
    fault: PriceFault = ""
    ranged: bool = False
    """Whether a range or several prices were given; the lowest counts."""


def parse_price(value: object, *, currency: str = "USD", rate: Decimal = Decimal(1), decimal: Decimals = ".") -> Price:
    """Return the price that `value` states.

    Args:
        value: A number, a text such as "$1,299.00", "12.99 - 19.99" or "None", a list of those, or a table with an
            "amount" or "value".
        currency: What a price without a sign is in; beside it only US dollars are understood.
        rate: US dollars for one unit of `currency`.
        decimal: The decimal sign of texts that have no other clue.
    """
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        value = table.get("amount", table.get("value"))
    if isinstance(value, (list, tuple)):
        several = cast("Sequence[object]", value)
        return _lowest([parse_price(one, currency=currency, rate=rate, decimal=decimal) for one in several])
    if value is None or isinstance(value, bool):
        return Price(0, "price_missing" if value is None else "price_unreadable")
    if isinstance(value, (int, float, Decimal)):
        return _of_number(value, rate if currency != "USD" else Decimal(1))
    if not isinstance(value, str):
        return Price(0, "price_unreadable")
    return _of_text(value, currency, rate, decimal)


def _of_number(value: float | Decimal, rate: Decimal) -> Price:
    number = Decimal(str(value))
    if not number.is_finite():
        return Price(0, "price_missing" if number.is_nan() else "price_unreadable")
    return _priced(number * rate)


def _of_text(text: str, currency: str, rate: Decimal, decimal: Decimals) -> Price:
    plain = text.strip().casefold()
    if plain in _NONE:
        return Price(0, "price_missing")
    if cents := _CENTS.match(plain):
        return Price(int(cents[1])) if int(cents[1]) else Price(0, "price_implausible")
    signs = {_SIGNS.get(sign, "?") for sign in _SIGN.findall(plain)} or {currency}
    if len(signs) > 1 or not signs <= {"USD", currency}:
        return Price(0, "price_other_currency")
    spoken = _SIGN.sub("|", plain)
    found = _NUMBER.findall(spoken)
    left = _WORD.sub(lambda word: "" if word[0] in _FILLERS else word[0], _NUMBER.sub("|", spoken))
    below_zero = len(found) == 1 and ("-" in left or "−" in left)
    if not 0 < len(found) <= _PRICES_MOST or below_zero or not _BETWEEN.fullmatch(left):
        return Price(0, "price_unreadable")
    factor = Decimal(1) if signs == {"USD"} else rate
    numbers = [_number(one, decimal) for one in found]
    return _lowest([Price(0, "price_unreadable") if n is None else _priced(n * factor) for n in numbers])


def _number(text: str, decimal: Decimals) -> Decimal | None:
    """Return a number with separators, None where it has two readings."""
    text = re.sub(r"['’\s]", "", text).replace("−", "-")
    points, commas = text.count("."), text.count(",")
    if points and commas:
        last = max(text.rfind("."), text.rfind(","))
        whole, part = re.sub(r"[.,]", "", text[:last]), text[last + 1 :]
        if text.count(text[last]) > 1 or not _GROUPS.match(text[:last].lstrip("-")):
            return None
        text = f"{whole}.{part}"
    elif points or commas:
        sign = "." if points else ","
        looks_grouped = bool(_GROUPS.match(text.lstrip("-"))) and not text.lstrip("-").startswith("0")
        if looks_grouped and (points + commas > 1 or sign != decimal):
            text = text.replace(sign, "")
        elif looks_grouped:
            return None
        else:
            text = text.replace(sign, ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _priced(dollars: Decimal) -> Price:
    if dollars < 0:
        return Price(0, "price_unreadable")
    if dollars > MOST:
        return Price(0, "price_implausible")
    cents = int((dollars * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    return Price(cents) if LEAST <= cents <= MOST else Price(0, "price_implausible")


def _lowest(prices: Sequence[Price]) -> Price:
    """Return the lowest price; the first fault if any cannot be read, since that might be the lower one."""
    if not prices:
        return Price(0, "price_missing")
    fault = next((price for price in prices if price.fault), None)
    return fault or Price(min(price.cents for price in prices), ranged=len(prices) > 1)

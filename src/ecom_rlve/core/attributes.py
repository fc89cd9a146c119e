"""What can be said of a product: the attributes, their kinds and units, as data.

Knows no category and no phrase: which category has which attribute is taxonomy (`catalog`), how people say it is
grammar (`users`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, Overflow
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Value = str | int
"""A word, or a number in the attribute's smallest step (cents, tenths of a star, grams …)."""


_FLOAT_NOISE: Final = Decimal("1e-6")
"""So far from a whole step is still that step: 0.1 + 0.2 is 0.3."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of products, or circumstance of a case: its words, its unit and its smallest step."""

    name: str
    label: str
    """The everyday word for it, e.g. "battery life"."""
    kind: Literal["word", "number"]
    scale: int
    """Steps per unit: a price of 24.99 USD is stored as 2499 with scale 100. 1 for words."""
    unit: str
    """Written behind a number, e.g. "W"; empty where there is none."""
    better: Literal["low", "high", ""]
    """The natural direction of a limit: prices at most, ratings at least."""
    either_way: bool
    """Whether people limit it the other way as well: a screen of at most 13 inches, but no noise of at least 70 dB."""
    filterable: bool
    """Whether `catalog.search` takes it as a filter."""

    def show(self, value: Value) -> str:
        """Write a stored value the way a shop prints it: "$24.99", "65 W", "USB-C"."""
        if isinstance(value, str):
            return value
        number = decimal_text(value, self.scale, fixed=self.unit == "USD")
        if self.unit == "USD":
            return f"${number}"
        return f"{number} {self.unit}" if self.unit else number

    def outside(self, value: Value) -> str | float | int:
        """Return a stored value as JSON carries it: numbers in the unit, words as they are."""
        if isinstance(value, str) or self.scale == 1:
            return value
        return float(decimal_text(value, self.scale, fixed=False))

    def parse(self, value: str | float) -> Value:
        """Return the stored form of a value from outside.

        Raises:
            ValueError: The value is of the wrong kind, or finer than the attribute's smallest step. The message
                names the value and what is allowed.
        """
        if self.kind == "word":
            if not isinstance(value, str):
                raise ValueError(f"{self.name} takes a text, got {value!r}")
            return value
        if isinstance(value, bool):
            raise ValueError(f"{self.name} takes a number, got {value!r}")
        text = value.strip().lstrip("$").removesuffix(self.unit).strip() if isinstance(value, str) else repr(value)
        try:
            steps = Decimal(text) * self.scale
        except (InvalidOperation, Overflow):
            raise ValueError(f"{self.name} takes a number{self._in_unit()}, got {value!r}") from None
        if not steps.is_finite() or abs(steps) > 10**12:
            raise ValueError(f"{self.name} takes a number{self._in_unit()}, got {value!r}")
        nearest = steps.to_integral_value()
        if abs(steps - nearest) > _FLOAT_NOISE:
            raise ValueError(f"{self.name} goes in steps of {decimal_text(1, self.scale, fixed=True)}, got {value!r}")
        return int(nearest)

    def _in_unit(self) -> str:
        return f" in {self.unit}" if self.unit else ""


def decimal_text(steps: int, scale: int, *, fixed: bool) -> str:
    """Write `steps / scale` exactly; with `fixed` all decimals, else no trailing zeros."""
    sign, steps = ("-", -steps) if steps < 0 else ("", steps)
    digits = len(str(scale)) - 1
    whole, rest = divmod(steps, scale)
    fraction = str(rest).rjust(digits, "0") if digits else ""
    if not fixed:
        fraction = fraction.rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def money(cents: int) -> str:
    """Write cents as a decimal string, e.g. 2499 → "24.99"."""
    return decimal_text(cents, 100, fixed=True)


@cache
def attributes() -> dict[str, Attribute]:
    """Return every attribute that products and lines have, by name, in the order of the data file."""
    return _load("attributes", filterable=True)


@cache
def circumstances() -> dict[str, Attribute]:
    """Return what cases have that the shop's policy is about, by name: no attribute of any product."""
    return _load("circumstances", filterable=False)


def _load(file: str, *, filterable: bool) -> dict[str, Attribute]:
    table = tomllib.loads(files("ecom_rlve.core").joinpath(f"data/{file}.toml").read_text(encoding="utf-8"))
    return {
        name: Attribute(
            name=name,
            label=row.get("label", name.replace("_", " ")),
            kind=row["kind"],
            scale=row.get("scale", 1),
            unit=row.get("unit", ""),
            better=row.get("better", ""),
            either_way=row.get("either_way", False),
            filterable=row.get("filterable", filterable),
        )
        for name, row in table.items()
    }


def attribute(name: str) -> Attribute:
    """Return the attribute or circumstance called `name`; an unknown name is a KeyError."""
    return attributes().get(name) or circumstances()[name]


PRICE: Final = "price"
RATING: Final = "rating"

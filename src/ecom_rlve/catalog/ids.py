"""Opaque ids: a bijection between rows and product ids, and variant ids that belong to one product and offer.

Knows no catalogue: how many rows there are is the caller's business. Every id holds at least one digit, so that none
can be taken for a word.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import mix, mix_all
from ecom_rlve.core.ids import ProductId, VariantId

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_DIGIT: Final = {letter: i for i, letter in enumerate(_ALPHABET)}
_HALF: Final = (1 << 15) - 1
_PRODUCT_KEYS: Final = tuple(mix(0x5EC0_0D00 + i) for i in range(6))
_VARIANT_KEYS: Final = tuple(mix(0x7A51_A100 + i) for i in range(6))
ID_PATTERN: Final = r"[PV][0-9A-HJKMNP-TV-Z]{6}"
_ID: Final = re.compile(ID_PATTERN, re.ASCII)
MAX_ROWS: Final = 1 << 25
"""Numbers below it are written with a leading 0, hence with a digit: where the walk below starts."""
_KEPT: Final = 1 << 14
"""Ids that are kept in either direction, 4 MiB in all: a page of results asks for each of its own several times."""


@lru_cache(maxsize=_KEPT)
def product_id(row: int) -> ProductId:
    """Return the id of `row`, 0 ≤ row < 2**25: "P" and six characters that show no order."""
    return ProductId("P" + _walk(row, _PRODUCT_KEYS))


@lru_cache(maxsize=_KEPT)
def row_of_id(text: str) -> int | None:
    """Return the row whose id is `text`, or None where `text` is no such id."""
    row = _walk_back(text, _PRODUCT_KEYS)
    return row if row is not None and row < MAX_ROWS else None


def variant_id(offer_seed: int, row: int, position: int) -> VariantId:
    """Return the id of the form at `position` (0 … 3) of the product in `row` under one offer."""
    return VariantId("V" + _walk(_stem(offer_seed, row) | position, _VARIANT_KEYS))


def _stem(offer_seed: int, row: int) -> int:
    return (mix(mix(offer_seed ^ 0xA11_0FFE2) ^ row) >> 39) & ~3


def _walk(number: int, keys: tuple[int, ...]) -> str:
    """Permute until the text holds a digit; a bijection among the numbers whose text does."""
    while True:
        number = _permute(number, keys)
        text = _letters(number)
        if not text.isalpha():
            return text


def _walk_back(text: str, keys: tuple[int, ...]) -> int | None:
    if len(text) != 7 or text[0] != "P" or not _ID.fullmatch(text) or text.isalpha():
        return None
    number = _number(text)
    while True:
        number = _restore(number, keys)
        if not _letters(number).isalpha():
            return number


def _permute(number: int, keys: tuple[int, ...]) -> int:
    left, right = number >> 15, number & _HALF
    for table in _rounds(keys):
        left, right = right, left ^ table[right]
    return left << 15 | right


def _restore(number: int, keys: tuple[int, ...]) -> int:
    left, right = number >> 15, number & _HALF
    for table in reversed(_rounds(keys)):
        left, right = right ^ table[left], left
    return left << 15 | right


@cache
def _rounds(keys: tuple[int, ...]) -> tuple[Sequence[int], ...]:
    """Return the round function of every key as a table over all halves: ids are made and read all the time."""
    halves = np.arange(_HALF + 1, dtype=np.uint64)
    images = (mix_all(np.uint64(key) ^ halves) & np.uint64(_HALF) for key in keys)
    return tuple(array("H", image.astype(np.uint16).tobytes()) for image in images)


def _letters(number: int) -> str:
    threes = _threes()
    return threes[number >> 15] + threes[number & _HALF]


@cache
def _threes() -> tuple[str, ...]:
    """Return the three letters of every half."""
    return tuple(map("".join, product(_ALPHABET, repeat=3)))


def _number(text: str) -> int:
    number = 0
    for letter in text[1:]:
        number = number << 5 | _DIGIT[letter]
    return number

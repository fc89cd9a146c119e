"""What forms of a product are on offer: three per product, computed from (offer seed, row), never stored.

Knows no storage: it turns the position of a product's own value in its category's list into the positions of three
forms, for one row or for an array of rows, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs, mix, mix_all

FORMS: Final = 3
_ORDERS: Final = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
_SOLD_OUT_OF_100: Final = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """Which forms the shop sells: seed 0 is its standing offer, an episode may bring its own."""

    seed: int = 0

    def key(self) -> int:
        """Return the 64-bit key that rows are hashed under."""
        return mix(self.seed ^ 0x0FFE_2000)


STANDING: Final = Offer()
"""What the shop sells where an episode brings no offer of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a product, before it has a name."""

    index: int
    """Position of its value in the category's list of values."""
    sold_out: bool


def forms_of(row: int, own: int, n: int, offer: Offer) -> tuple[Form, ...]:
    """Return the three forms of one product in the order of its page.

    Args:
        row: The product's row.
        own: Position of its own value in the category's list.
        n: Length of that list, ≥ 3.
        offer: Whose forms.
    """
    bits = mix(offer.key() ^ row)
    first, second = _offsets(bits, n)
    values = (own, (own + first) % n, (own + second) % n)
    left = bits >> 43
    gone = [(left >> 7 * i & 127) * 100 < _SOLD_OUT_OF_100 * 128 for i in range(FORMS)]
    if all(gone):
        gone[0] = False
    return tuple(Form(values[i], gone[i]) for i in _ORDERS[mix(bits) % len(_ORDERS)])


def forms_of_all(rows: Ints | Longs, own: Longs, n: Longs, offer: Offer) -> Longs:
    """Return the positions of the three forms of many products, shape (3, rows), own value first."""
    bits = mix_all(rows.astype(np.uint64) ^ np.uint64(offer.key()))
    low = (bits & np.uint64(0xFFFFF)).astype(np.int64)
    high = (bits >> np.uint64(20) & np.uint64(0xFFFFF)).astype(np.int64)
    first = 1 + low % (n - 1)
    second = 1 + high % (n - 2)
    second += second >= first
    return np.stack([own, (own + first) % n, (own + second) % n])


def _offsets(bits: int, n: int) -> tuple[int, int]:
    first = 1 + (bits & 0xFFFFF) % (n - 1)
    second = 1 + (bits >> 20 & 0xFFFFF) % (n - 2)
    return first, second + (second >= first)

"""Integer arrays as the catalogue floor names them, and the integer mixer everything opaque is drawn from.

Knows no product: only bits.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB


def mix(x: int) -> int:
    """Return the splitmix64 image of `x` modulo 2**64 (Steele, Lea & Flood 2014)."""
    x = (x + _GOLDEN) & _MASK
    x = ((x ^ (x >> 30)) * _FIRST) & _MASK
    x = ((x ^ (x >> 27)) * _SECOND) & _MASK
    return x ^ (x >> 31)


def mix_all(x: Words) -> Words:
    """Return `mix` of every element; bit for bit the same as the scalar function."""
    x = x + np.uint64(_GOLDEN)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_FIRST)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_SECOND)
    return x ^ (x >> np.uint64(31))


def log2_fixed(ratio: Longs, bits: int) -> Longs:
    """Return ⌊2^bits · log2(ratio / 2^16)⌋ for `ratio` ≥ 2^16, by repeated squaring of integers.

    No maths library takes part, so the result is the same on every machine.
    """
    whole = np.zeros(len(ratio), dtype=np.int64)
    rest = ratio.astype(np.uint64)
    for shift in (32, 16, 8, 4, 2, 1):
        big = rest >= np.uint64(1 << (16 + shift))
        rest = np.where(big, rest >> np.uint64(shift), rest)
        whole += np.where(big, shift, 0)
    # `rest` is now in [2^16, 2^17); widen it to 31 fractional bits so that squares still fit 64 bits.
    mantissa = rest << np.uint64(15)
    out = whole
    for _ in range(bits):
        mantissa = (mantissa * mantissa) >> np.uint64(31)
        carry = mantissa >= np.uint64(1 << 32)
        mantissa = np.where(carry, mantissa >> np.uint64(1), mantissa)
        out = out * 2 + carry.astype(np.int64)
    return out

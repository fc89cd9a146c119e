"""Randomness: the one function `stream`, and the draws we make from it.

Knows nothing of episodes. Only `Generator.random` of NumPy is used: NumPy promises no other stream across versions,
so every distribution here is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@lru_cache(maxsize=4096)
def _word(part: str) -> int:
    return int.from_bytes(hashlib.blake2b(part.encode(), digest_size=8).digest(), "big")


class Stream:
    """Draws from one place in the tree of randomness."""

    __slots__ = ("random",)

    def __init__(self, generator: np.random.Generator) -> None:
        self.random = generator.random
        """A float in [0, 1)."""

    def below(self, n: int) -> int:
        """Return a uniform integer in [0, n); `n` must be ≥ 1."""
        if n < 1:
            raise ValueError(f"cannot draw below {n}: n must be at least 1")
        return int(self.random() * n)

    def between(self, low: int, high: int) -> int:
        """Return a uniform integer in [low, high], both ends included."""
        return low + self.below(high - low + 1)

    def chance(self, p: float) -> bool:
        """Return True with probability `p`; always draws, so that later draws do not shift."""
        return self.random() < p

    def choice(self, options: Sequence[T]) -> T:
        """Return one of `options`, uniformly; an empty sequence is a ValueError."""
        return options[self.below(len(options))]

    def weighted(self, weights: Sequence[float]) -> int:
        """Return an index drawn in proportion to `weights` (≥ 0, not all zero)."""
        total = float(sum(weights))
        if not total > 0:
            raise ValueError(f"weights must be non-negative with a positive sum, got {list(weights)}")
        left = self.random() * total
        for i, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return i
        return max(i for i, weight in enumerate(weights) if weight > 0)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return a uniformly shuffled copy (Fisher-Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def sample(self, items: Sequence[T], k: int) -> list[T]:
        """Return `k` different positions' items in random order; `k` above the length is a ValueError."""
        if k > len(items):
            raise ValueError(f"cannot sample {k} of {len(items)}")
        out = list(items)
        for i in range(k):
            j = i + self.below(len(out) - i)
            out[i], out[j] = out[j], out[i]
        return out[:k]


def stream(seed: int, *path: str | int) -> Stream:
    """Return the stream at `path` under `seed`.

    Pure: the same arguments give the same draws in any process, on any machine. Adding a path never shifts another,
    and neighbouring seeds share nothing.

    Args:
        seed: The episode's seed, 0 ≤ seed < 2**64.
        path: Names of the place, e.g. `"user", 3`; each becomes the blake2b-64 hash of its text.
    """
    key = tuple(_word(str(part)) for part in path)
    sequence = np.random.SeedSequence(seed, spawn_key=key)
    return Stream(np.random.Generator(np.random.PCG64(sequence)))

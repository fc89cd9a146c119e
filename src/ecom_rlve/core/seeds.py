"""Which seeds are for evaluation and which for training: split by hash, so that no list has to be kept.

Knows no environment: the split is the same for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Final

EVAL_SHARE: Final = 10
"""One seed in this many is for evaluation only."""


def is_eval_seed(seed: int) -> bool:
    """Return whether `seed` ≥ 0 is for evaluation only: blake2b-64 of its decimal text, divisible by 10."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % EVAL_SHARE == 0


def training_seeds(start: int = 0) -> Iterator[int]:
    """Yield the seeds from `start` that training may use, without end."""
    return (seed for seed in count(start) if not is_eval_seed(seed))


def evaluation_seeds(start: int = 0) -> Iterator[int]:
    """Yield the seeds from `start` that are for evaluation only, without end."""
    return (seed for seed in count(start) if is_eval_seed(seed))

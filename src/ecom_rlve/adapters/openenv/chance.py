"""Seeds that nobody can foresee, for episodes that nobody named: the only chance that is not a stream."""

from __future__ import annotations

import secrets

from ecom_rlve.core.seeds import is_eval_seed


def training_seed() -> int:
    """Return a seed in [0, 2³²) of those that training may use."""
    while True:
        seed = secrets.randbits(32)
        if not is_eval_seed(seed):
            return seed

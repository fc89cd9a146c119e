"""V15: seeds for training and for evaluation share nothing and leave nothing out."""

from __future__ import annotations

from itertools import islice
from typing import Final

from ecom_rlve.core.seeds import EVAL_SHARE, evaluation_seeds, training_seeds
from ecom_rlve.evaluate.card.check import Check

LOOKED_AT: Final = 20_000
"""Seeds 0 … counted."""


def split_check() -> Check:
    """Return whether the two iterators split the first seeds without overlap or gap, one in ten for evaluation."""
    train = {seed for seed in islice(training_seeds(), LOOKED_AT) if seed < LOOKED_AT}
    held = {seed for seed in islice(evaluation_seeds(), LOOKED_AT // EVAL_SHARE * 2) if seed < LOOKED_AT}
    both, missing = len(train & held), LOOKED_AT - len(train | held)
    # Four standard errors of a binomial share.
    even = abs(len(held) - LOOKED_AT / EVAL_SHARE) <= 4 * (LOOKED_AT * (EVAL_SHARE - 1)) ** 0.5 / EVAL_SHARE
    measured = f"{both} in both, {missing} in neither, {len(held):,} of {LOOKED_AT:,} held back"
    return Check("V15", "no seed is for both training and evaluation", "", not both and not missing and even, measured)

"""Held-out evaluation of a model by difficulty, with intervals. Knows no training."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import torch
from examples.reproduce.rollout import Outcome, Players
from transformers import Qwen3ForCausalLM

from ecom_rlve.core.rng import stream
from ecom_rlve.core.seeds import evaluation_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.wilson import wilson
from ecom_rlve.curriculum.progress import weighted_parts

BATCH = 128


def evaluated(
    model: Qwen3ForCausalLM, players: Players, difficulty: int, episodes: int, temperature: float
) -> dict[str, Any]:  # Any: JSON
    """Play the first `episodes` seeds kept for evaluation; the same ones for every model, and the same dice."""
    specs = [EpisodeSpec("cart_building-v0", difficulty, seed) for seed in islice(evaluation_seeds(), episodes)]
    generator = torch.Generator().manual_seed(stream(difficulty, "evaluation").below(2**62))
    outcomes: list[Outcome] = []
    for i in range(0, len(specs), BATCH):
        outcomes += players.play(model, specs[i : i + BATCH], generator, temperature).outcomes
    valid = [o for o in outcomes if o.correct is not None]
    right = sum(o.correct is True for o in valid)
    low, high = wilson(right, len(valid))
    return {
        "difficulty": difficulty,
        "temperature": temperature,
        "episodes": len(valid),
        "right": right,
        "rate": right / len(valid),
        "interval": [low, high],
        "reward": {
            part: sum(weighted_parts(o.reward)[part] for o in valid) / len(valid)
            for part in ("total", "task", "efficiency", "grounding", "broken_off")
        },
        "causes": dict(Counter(o.cause for o in valid if o.correct is False).most_common()),
        "outcomes": "".join("1" if o.correct else "0" for o in valid),
    }


def compared(before: dict[str, Any], after: dict[str, Any]) -> float:  # Any: JSON
    """Return the one-sided p-value of McNemar's exact test that `after` solves more of the same episodes."""
    pairs = list(zip(before["outcomes"], after["outcomes"], strict=True))
    won, lost = pairs.count(("0", "1")), pairs.count(("1", "0"))
    return _binomial_tail(won, won + lost)


def _binomial_tail(k: int, n: int) -> float:
    """Return P(X ≥ k) for X ~ Binomial(n, 1/2)."""
    total, term = 0.0, 1.0
    for i in range(n, k - 1, -1):
        total += term
        term = term * i / (n - i + 1)
    return total / 2**n

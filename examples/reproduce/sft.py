"""Supervised start: demonstrations, easy ones first; harder ones as soon as held-out ones are written without a fault.

Knows no shop and no reward.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from examples.reproduce.data import Example
from examples.reproduce.model import chosen_logits, optimisers
from torch.nn.functional import cross_entropy
from transformers import Qwen3ForCausalLM

from ecom_rlve.core.rng import Stream

BUCKET = 8
"""Batches sorted by length at a time."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Names as in options.toml."""

    steps: int
    tokens: int
    muon: float
    adamw: float
    warmup: int
    cooldown: float
    check_every: int
    checked: int
    rises_at: float
    top: int


def padded(examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens and what is learnt, (batch, length), filled up with 0 and False on the right."""
    length = max(len(e.tokens) for e in examples)
    tokens = torch.zeros(len(examples), length, dtype=torch.long)
    learnt = torch.zeros(len(examples), length, dtype=torch.bool)
    for row, e in enumerate(examples):
        tokens[row, : len(e.tokens)] = torch.tensor(e.tokens)
        learnt[row, : len(e.learnt)] = torch.tensor(e.learnt)
    return tokens, learnt


class Ramp:
    """Which difficulties are learnt at the moment: half of what is drawn is of the highest."""

    def __init__(self, levels: Sequence[Sequence[Example]], held_out: int, rng: Stream) -> None:
        self.high, self._rng = 0, rng
        self._held = [level[:held_out] for level in levels]
        self._levels = [level[held_out:] for level in levels]

    def draw(self) -> Example:
        """Return an example out of those in reach."""
        d = self.high if self._rng.chance(0.5) else self._rng.between(0, self.high)
        return self._rng.choice(self._levels[d])

    def held_out(self) -> Sequence[Example]:
        """Return what the ramp is judged by."""
        return self._held[self.high]

    def batches(self, tokens: int) -> Iterator[list[Example]]:
        """Yield batches of about so many tokens, alike in length; drawn anew after every bucket."""
        while True:
            drawn = [self.draw() for _ in range(64)]
            mean = sum(len(e.tokens) for e in drawn) / len(drawn)
            rows = max(1, int(tokens / mean))
            drawn = sorted((self.draw() for _ in range(rows * BUCKET)), key=lambda e: len(e.tokens))
            cut = [drawn[i * rows : (i + 1) * rows] for i in range(BUCKET)]
            yield from sorted(cut, key=lambda _: self._rng.below(2**32))


@torch.no_grad()
def faultless(model: Qwen3ForCausalLM, examples: Sequence[Example]) -> float:
    """Return the share of episodes of which every token that is learnt is the likeliest one, given those before it."""
    right = 0
    by_length = sorted(examples, key=lambda e: len(e.tokens))
    for i in range(0, len(by_length), 32):
        tokens, learnt = padded(by_length[i : i + 32])
        best = chosen_logits(model, tokens, learnt).argmax(-1) == tokens[learnt]
        right += sum(bool(part.all()) for part in best.split(learnt.sum(1).tolist()))
    return right / len(examples)


def rate(step: int, recipe: Recipe) -> float:
    """Return the share of the full learning rate: up at first, level, down to nought at the end."""
    left = (recipe.steps - step) / max(1.0, recipe.cooldown * recipe.steps)
    return min(1.0, (step + 1) / recipe.warmup, left)


def train(
    model: Qwen3ForCausalLM, levels: Sequence[Sequence[Example]], recipe: Recipe, dice: Stream, log: Path, save: Path
) -> None:
    """Train a model on examples by difficulty; write a line of JSON a check into `log`, the model into `save`."""
    ramp = Ramp(levels, recipe.checked, dice)
    batches, optimiser = ramp.batches(recipe.tokens), optimisers(model, recipe.muon, recipe.adamw)
    begun, losses = time.monotonic(), list[float]()
    with log.open("w", encoding="utf-8", newline="\n") as lines:
        for step in range(recipe.steps):
            tokens, learnt = padded(next(batches))
            loss = cross_entropy(chosen_logits(model, tokens, learnt), tokens[learnt])
            loss.backward()
            optimiser.step(rate(step, recipe))
            losses.append(loss.item())
            if (step + 1) % recipe.check_every and step + 1 < recipe.steps:
                continue
            share = faultless(model, ramp.held_out())
            row = {"step": step + 1, "loss": sum(losses) / len(losses), "high": ramp.high, "faultless": share}
            lines.write(json.dumps(row | {"seconds": round(time.monotonic() - begun, 1)}) + "\n")
            lines.flush()
            losses.clear()
            model.save_pretrained(save)
            if share >= recipe.rises_at and ramp.high < recipe.top:
                ramp.high += 1
                batches = ramp.batches(recipe.tokens)

"""DAPO (arXiv 2503.14476) in one file: groups of tries, clip higher, token-level loss, no KL, groups filtered by outcome.

Departures: groups without a difference are left out of a step instead of drawn anew, so that every arm plays the same
number of episodes a step; no punishment of length beside the failure that a command without end is. Knows no shop: it
plays specs that a curriculum draws.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ecom_rlve.core.rng import stream
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.tally import Tally, effective_ratio, is_effective
from transformers import Qwen3ForCausalLM

from examples.reproduce.model import chosen_logits
from examples.reproduce.rollout import Outcome, Played, Players
from examples.reproduce.sft import padded

ROWS = 32
"""Episodes in one pass of the model."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Names as in options.toml."""

    steps: int
    groups: int
    tries: int
    rate: float
    clip_low: float
    clip_high: float
    minibatches: int


@dataclass(frozen=True, slots=True)
class Try:
    """An episode to learn from."""

    outcome: Outcome
    advantage: float


def advantages(group: Sequence[Outcome]) -> list[Try]:
    """Return a group's valid tries with their normalised rewards; none where all outcomes are alike."""
    if not is_effective([each.correct for each in group]):
        return []
    valid = [each for each in group if each.correct is not None]
    rewards = torch.tensor([each.reward for each in valid])
    scaled = (rewards - rewards.mean()) / (rewards.std() + 1e-4)
    return [Try(each, float(a)) for each, a in zip(valid, scaled, strict=True)]


def clipped_loss(new: torch.Tensor, old: torch.Tensor, advantage: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Return DAPO's loss, summed over tokens (tokens,)."""
    ratio = (new - old).exp()
    clipped = ratio.clamp(1 - recipe.clip_low, 1 + recipe.clip_high)
    return -torch.minimum(ratio * advantage, clipped * advantage).sum()


def update(
    model: Qwen3ForCausalLM, optimiser: torch.optim.Optimizer, tries: Sequence[Try], recipe: Recipe
) -> dict[str, float]:
    """Learn from tries, in minibatches; return the norm of the last gradient and the share of tokens clipped."""
    norm, seen, outside = 0.0, 0, 0
    for k in range(recipe.minibatches):
        part = sorted(tries[k :: recipe.minibatches], key=lambda t: len(t.outcome.example.tokens))
        total = sum(len(t.outcome.logprobs) for t in part)
        for i in range(0, len(part), ROWS):
            rows = part[i : i + ROWS]
            tokens, learnt = padded([t.outcome.example for t in rows])
            scores = chosen_logits(model, tokens, learnt).log_softmax(-1)
            new = scores.gather(1, tokens[learnt][:, None])[:, 0]
            old = torch.tensor([p for t in rows for p in t.outcome.logprobs])
            advantage = torch.tensor([t.advantage for t in rows for _ in t.outcome.logprobs])
            (clipped_loss(new, old, advantage, recipe) / total).backward()
            ratio = (new.detach() - old).exp()
            outside += int(((ratio < 1 - recipe.clip_low) | (ratio > 1 + recipe.clip_high)).sum())
            seen += len(old)
        norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
        optimiser.step()
        optimiser.zero_grad()
    return {"grad_norm": norm, "clipped": outside / seen}


def train(
    model: Qwen3ForCausalLM, players: Players, curriculum: Curriculum, recipe: Recipe, seed: int, run: Path
) -> None:
    """Train a model; write a line of JSON a step into `run`/steps.jsonl, and the model now and then beside it."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0)
    generator = torch.Generator().manual_seed(stream(seed, "sampling").below(2**62))
    run.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with (run / "steps.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for step in range(recipe.steps):
            draws = [curriculum.draw(seed, step * recipe.groups + i) for i in range(recipe.groups)]
            played = players.play(model, [d.spec for d in draws for _ in range(recipe.tries)], generator)
            groups = [played.outcomes[i * recipe.tries : (i + 1) * recipe.tries] for i in range(recipe.groups)]
            tries = [each for group in groups for each in advantages(group)]
            updating = time.monotonic()
            numbers = update(model, optimiser, tries, recipe) if tries else {}
            row = {"step": step, "high": curriculum.windows["cart_building"].high} | _told(draws, groups, played)
            row |= numbers | {"update_seconds": time.monotonic() - updating, "seconds": time.monotonic() - begun}
            lines.write(json.dumps(row) + "\n")
            lines.flush()
            outcomes = ((d.track, d.level, o.correct) for d, group in zip(draws, groups, strict=True) for o in group)
            curriculum = curriculum.updated(Tally.of(outcomes))
            if (step + 1) % 10 == 0 or step + 1 == recipe.steps:
                model.save_pretrained(run / "model")


def _told(draws: Sequence[Draw], groups: Sequence[Sequence[Outcome]], played: Played) -> dict[str, Any]:  # Any: JSON
    """Return what is logged of a step."""
    outcomes = played.outcomes
    by_level: dict[str, list[int]] = {}
    for draw, group in zip(draws, groups, strict=True):
        count = by_level.setdefault(str(draw.level), [0, 0])
        count[0] += sum(o.correct is True for o in group)
        count[1] += sum(o.correct is not None for o in group)
    names = ("r_task", "r_eff", "r_hall")
    return {
        "passed": by_level,
        "effective": effective_ratio([[o.correct for o in group] for group in groups]),
        "reward": sum(o.reward for o in outcomes) / len(outcomes),
        "parts": {name: sum(o.parts[i] for o in outcomes) / len(outcomes) for i, name in enumerate(names)},
        "causes": dict(Counter(o.cause for o in outcomes if o.correct is False)),
        "tokens": sum(len(o.example.tokens) for o in outcomes) / len(outcomes),
        "play_seconds": played.seconds,
        "env_seconds": played.env_seconds,
    }

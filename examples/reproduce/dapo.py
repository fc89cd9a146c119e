"""DAPO (arXiv 2503.14476) in one file: groups, clip higher, token-level loss, no KL, groups filtered by outcome.

Departures: groups without a difference are left out of a step instead of drawn anew, so that every arm plays the same
number of episodes a step; no punishment of length beside the failure that a command without end is. Knows no shop: it
plays specs that a curriculum draws.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from examples.reproduce.model import chosen_logits
from examples.reproduce.rollout import Outcome, Players
from examples.reproduce.sft import padded
from transformers import Qwen3ForCausalLM

from ecom_rlve.core.rng import stream
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.ledger import Ledger
from ecom_rlve.curriculum.progress import GROUPS, METRICS, Played, append, group_lines, metrics_line, tally
from ecom_rlve.curriculum.tally import is_effective

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
    valid = [each for each in group if each.reward.total is not None]
    rewards = torch.tensor([each.reward.total for each in valid])
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
    """Train a model; write what `ecom-rlve train` writes of a step into `run`, and the model now and then beside it."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0)
    generator = torch.Generator().manual_seed(stream(seed, "sampling").below(2**62))
    ledger, begun = Ledger(curriculum, seed), time.monotonic()
    for step in range(1, recipe.steps + 1):
        numbers = ledger.take(recipe.groups)
        draws = [(number, ledger.draw(number)) for number in numbers for _ in range(recipe.tries)]
        played = players.play(model, [draw.spec for _, draw in draws], generator)
        told = [_told(number, draw, o) for (number, draw), o in zip(draws, played.outcomes, strict=True)]
        groups = [played.outcomes[i : i + recipe.tries] for i in range(0, len(draws), recipe.tries)]
        updating = time.monotonic()
        tries = [each for group in groups for each in advantages(group)]
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * (1 - (step - 1) / recipe.steps)  # What noise did to the weights is undone.
        learnt = update(model, optimiser, tries, recipe) if tries else {}
        ledger.count(tally(told))
        now = time.monotonic()
        times = {"play_seconds": played.seconds, "update_seconds": now - updating, "seconds": now - begun}
        tokens = sum(len(o.example.tokens) for o in played.outcomes) / len(played.outcomes)
        append(run / METRICS, [metrics_line(step, ledger.curriculum, told, {"tokens": tokens} | learnt | times)])
        append(run / GROUPS, group_lines(step, told))
        if step % 10 == 0 or step == recipe.steps:
            model.save_pretrained(run / "model")


def _told(group: int, draw: Draw, outcome: Outcome) -> Played:
    return Played(group, draw, outcome.reward, outcome.correct, outcome.cause, outcome.env_seconds)

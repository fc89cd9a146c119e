"""A small Qwen3 from random weights, and its two optimisers. Knows no shop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM


@dataclass(frozen=True, slots=True)
class Size:
    """Of a model; names as in options.toml."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    inner: int
    positions: int


def new_model(size: Size, vocabulary: int, seed: int) -> Qwen3ForCausalLM:
    """Return a model with random weights that depend on `seed` alone."""
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        head_dim=size.head,
        max_position_embeddings=size.positions,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    return Qwen3ForCausalLM(config)


def load_model(folder: Path) -> Qwen3ForCausalLM:
    """Return a model that `save_pretrained` wrote."""
    return Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32)


@dataclass(frozen=True, slots=True)
class Optimisers:
    """Muon for the matrices between, AdamW for embeddings and norms."""

    muon: torch.optim.Muon
    adamw: torch.optim.AdamW
    rates: tuple[float, float]

    def step(self, share: float) -> None:
        """Take a step at `share` of the full rates and forget the gradients."""
        for optimiser, rate in zip((self.muon, self.adamw), self.rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
            optimiser.step()
            optimiser.zero_grad()


def optimisers(model: Qwen3ForCausalLM, muon: float, adamw: float) -> Optimisers:
    """Return the optimisers of a model, with their full rates."""
    between = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    rest = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return Optimisers(
        torch.optim.Muon(between, lr=muon, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=adamw, betas=(0.9, 0.98), weight_decay=0.0),
        (muon, adamw),
    )


def chosen_logits(model: Qwen3ForCausalLM, tokens: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Return logits (chosen, vocabulary) of the tokens at `chosen` (batch, length), each from what is before it."""
    hidden = model.model(tokens[:, :-1], use_cache=False).last_hidden_state
    return model.lm_head(hidden[chosen[:, 1:]])

"""A Qwen3 of next to no size with random weights, and a tokenizer made from the environments' own words.

Knows no trainer. For tests and for runs without a GPU: the architecture and the chat template are Qwen3's own, so that
what works here works with the real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
from trl.chat_template_utils import qwen3_chat_template

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.seeds import training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.registry import all_tasks
from ecom_rlve.training.demonstrations import demonstration

PAD, END, START = "<|endoftext|>", "<|im_end|>", "<|im_start|>"
SPECIAL: Final = (PAD, START, END, "<think>", "</think>", "<tool_call>", "</tool_call>")
SAMPLES: Final = 5
"""Solved episodes of every environment whose words the tokenizer is made from; seeds for training only."""


@dataclass(frozen=True, slots=True)
class Size:
    """What the model is made of."""

    hidden: int = 32
    layers: int = 2
    heads: int = 2
    vocabulary: int = 4000
    context: int = 16_384


def tokenizer(size: Size, catalog: Catalog | None = None) -> Any:  # Any: transformers' own type
    """Return a byte-level BPE tokenizer with Qwen3's special tokens and chat template."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size.vocabulary, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(_words(catalog), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token=PAD,
        eos_token=END,
        chat_template=qwen3_chat_template,
        model_max_length=size.context,
    )


def model(size: Size, made: Any, seed: int) -> Qwen3ForCausalLM:  # Any: a tokenizer
    """Return the model with random weights; PyTorch's own stream is left as it was."""
    config = Qwen3Config(
        vocab_size=len(made),
        hidden_size=size.hidden,
        intermediate_size=2 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        head_dim=size.hidden // size.heads,
        max_position_embeddings=size.context,
        tie_word_embeddings=True,
        pad_token_id=made.pad_token_id,
        eos_token_id=made.eos_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Qwen3ForCausalLM(config)


def _words(catalog: Catalog | None) -> Iterable[str]:
    oracle, seeds = player_named("oracle"), list(islice(training_seeds(), SAMPLES))
    for spec in (EpisodeSpec(name, 0, seed) for name in all_tasks() for seed in seeds):
        demo = demonstration(catalog or embedded(), spec, "oracle", oracle, "native")
        if demo is not None:
            yield from (dumps(message) for message in demo.messages)
            yield json.dumps(demo.tools)

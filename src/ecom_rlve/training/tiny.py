"""A Qwen3 of next to no size with random weights, and a tokenizer made from the environments' own words.

Knows no trainer. For tests and for runs without a GPU: the architecture and the chat template are Qwen3's own, so that
what works here works with the real one.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

import json
from collections.abc import Iterable
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
from ecom_rlve.training.config import Model
from ecom_rlve.training.demonstrations import demonstration

PAD, END, START = "<|endoftext|>", "<|im_end|>", "<|im_start|>"
SPECIAL: Final = (PAD, START, END, "<think>", "</think>", "<tool_call>", "</tool_call>")
SAMPLES: Final = 5
"""Solved episodes of every environment whose words the tokenizer is made from; seeds for training only."""


CONTEXT: Final = 16_384
"""Tokens that the model can look at."""


def tokenizer(vocabulary: int, catalog: Catalog | None = None) -> Any:  # Any: transformers' own type
    """Return a byte-level BPE tokenizer with Qwen3's special tokens and chat template."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(_words(catalog), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token=PAD,
        eos_token=END,
        chat_template=qwen3_chat_template,
        model_max_length=CONTEXT,
    )


def model(shape: Model, made: Any, seed: int) -> Qwen3ForCausalLM:  # Any: a tokenizer
    """Return the model with random weights; PyTorch's own stream is left as it was."""
    config = Qwen3Config(
        vocab_size=len(made),
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=shape.tied,
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

"""How much memory a training run needs on each of its GPUs, estimated from the model's shape. Knows no GPU.

An estimate to tell "fits" from "does not", written down term by term; measured peaks belong beside it in the docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ecom_rlve.training.config import Model, TrainConfig

GB: Final = 10**9
BF16, FP32 = 2, 4
"""Bytes a number."""
CONTEXT: Final = 2.0
"""CUDA context, NCCL buffers and fragmentation, in GB."""
CHUNK_TOKENS: Final = 2048
"""Tokens whose logits TRL holds at a time, about: it goes over the vocabulary in chunks."""
PROMPT_TOKENS: Final = 6000
"""A prompt with the schemas of all tools, rounded up."""
LAYER_TENSORS: Final = 14
"""Tensors of hidden size that one layer keeps for its backward pass while it is recomputed, about."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Gigabytes on one GPU, by what they are for."""

    terms: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """Their sum."""
        return sum(size for _, size in self.terms)


def parameters(model: Model) -> int:
    """Return the number of parameters of a Qwen3-like decoder: gated MLP, grouped-query attention, normed q and k."""
    return _embedding(model) * (1 if model.tied else 2) + model.layers * _layer(model) + model.hidden


def lora_parameters(model: Model, rank: int) -> int:
    """Return the trained parameters of LoRA of a rank on all linear layers but the last."""
    q, kv = model.heads * model.head_dim, model.kv_heads * model.head_dim
    h, i = model.hidden, model.intermediate
    sides = [(h, q), (h, kv), (h, kv), (q, h), (h, i), (h, i), (i, h)]
    return model.layers * rank * sum(a + b for a, b in sides)


def estimate(config: TrainConfig) -> Memory:
    """Return what one GPU of the run needs at its peak, in GB."""
    model, whole = config.model, parameters(config.model)
    parts = config.processes if config.hardware.sharding == "fsdp2" else 1
    terms: list[tuple[str, float]] = []
    if config.lora is not None:
        trained = lora_parameters(model, int(config.lora["r"]))
        terms.append(("frozen weights, bf16", whole * BF16 / parts / GB))
        terms.append(("adapters, gradients and AdamW, fp32", trained * 4 * FP32 / parts / GB))
    else:
        terms.append(("weights, fp32", whole * FP32 / parts / GB))
        terms.append(("gradients, fp32", whole * FP32 / parts / GB))
        terms.append(("AdamW, two moments, fp32", whole * 2 * FP32 / parts / GB))
    if parts > 1:
        terms.append(
            ("two gathered layers and the embedding, bf16", (2 * _layer(model) + _embedding(model)) * BF16 / GB)
        )
    if config.trainer.get("use_vllm"):
        share = float(config.trainer.get("vllm_gpu_memory_utilization", 0.3))
        terms.append((f"vLLM's share of {share:.0%}", share * config.hardware.memory_gb))
    terms.append(("activations, checkpointed", _activations(config) / GB))
    terms.append(("logits of a chunk, three times in fp32", 3 * CHUNK_TOKENS * model.vocabulary * FP32 / GB))
    if config.hardware.gpus:
        terms.append(("context and fragmentation", CONTEXT))
    return Memory(tuple(terms))


def tokens(config: TrainConfig) -> int:
    """Return the most tokens in one forward pass: prompt and whole episode of every row."""
    return config.number("per_device_train_batch_size", 8) * (
        PROMPT_TOKENS + config.number("max_completion_length", 256)
    )


def _activations(config: TrainConfig) -> float:
    model, number = config.model, tokens(config)
    kept = model.layers * number * model.hidden * BF16
    at_work = number * (LAYER_TENSORS * model.hidden + 3 * model.intermediate) * BF16
    return kept + at_work


def _embedding(model: Model) -> int:
    return model.vocabulary * model.hidden


def _layer(model: Model) -> int:
    q, kv = model.heads * model.head_dim, model.kv_heads * model.head_dim
    attention = model.hidden * (q + 2 * kv) + q * model.hidden + 2 * model.head_dim
    return attention + 3 * model.hidden * model.intermediate + 2 * model.hidden

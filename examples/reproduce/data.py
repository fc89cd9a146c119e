"""Demonstrations on disk, the tokenizer that is trained on them, and episodes as tokens with a mask of what is learnt.

Knows no model.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.reproduce.dialogue import SHOP, USER
from examples.reproduce.showing import READS, WRITES, Piece, Shown, shown
from examples.reproduce.terse import Terseness
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.seeds import training_seeds
from ecom_rlve.core.spec import EpisodeSpec

PAD, BEGIN, END = "<pad>", "<w>", "<e>"
"""Filling, and the marks around a command."""


@dataclass(frozen=True, slots=True)
class Example:
    """An episode as tokens."""

    tokens: tuple[int, ...]
    learnt: tuple[bool, ...]
    """Which of them the model writes."""


def demonstrations(catalog: Catalog, terseness: Terseness, difficulty: int, count: int) -> Iterator[Shown]:
    """Yield solved episodes of `count` training seeds, a range of seeds for every difficulty."""
    for seed, _ in zip(training_seeds(difficulty * 1_000_000), range(count), strict=False):
        found = shown(catalog, EpisodeSpec("cart_building-v0", difficulty, seed), terseness)
        if found is not None:
            yield found


def save(path: Path, found: Iterable[Shown]) -> None:
    """Write demonstrations, one a line."""
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for each in found:
            lines.write(json.dumps([str(each.spec), each.reward, each.pieces]) + "\n")


def load(path: Path) -> list[list[Piece]]:
    """Return the pieces of the demonstrations that `save` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [[(kind, text) for kind, text in json.loads(line)[2]] for line in lines]


def trained_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Return a BPE tokenizer of words and signs that are already apart."""
    # Not by `end_of_word_suffix`, whose letters the trainer numbers in another order in every process.
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = [PAD, BEGIN, END, USER, SHOP]
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encoded(tokenizer: Tokenizer, pieces: Sequence[Piece]) -> Example:
    """Return an episode as tokens, up to the end of the last command."""
    begin, end = tokenizer.token_to_id(BEGIN), tokenizer.token_to_id(END)
    tokens: list[int] = []
    learnt: list[bool] = []
    for kind, text in pieces:
        ids = tokenizer.encode(text).ids
        tokens += [begin, *ids, end] if kind == WRITES else ids
        learnt += [False, *([True] * len(ids)), True] if kind == WRITES else [False] * len(ids)
    assert (pieces[0][0], pieces[-1][0]) == (READS, WRITES)
    return Example(tuple(tokens), tuple(learnt))

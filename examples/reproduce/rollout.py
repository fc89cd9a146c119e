"""Episodes played by a model, many side by side, a token of each a step. Knows no loss.

What the customer and the shop say is read token by token like what the model writes, so every row is at the same
position and the model sees one column a step.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from examples.reproduce.data import BEGIN, END, Example
from examples.reproduce.decode import Decoder
from examples.reproduce.dialogue import Dialogue
from examples.reproduce.terse import Terseness
from tokenizers import Tokenizer
from transformers import Qwen3ForCausalLM

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.episode import Reward

CUT_OFF = "cut_off"
"""Cause of a failure for which the episode did not end: no room was left."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One episode as it was played."""

    spec: EpisodeSpec
    example: Example
    logprobs: tuple[float, ...]
    """Of the tokens that the model wrote."""
    correct: bool | None
    """None: invalid through a fault of ours."""
    reward: Reward
    cause: str = ""
    """Of a failure."""
    env_seconds: float = 0.0
    """Time spent in the environment."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Names as in options.toml."""

    command: int
    """Most tokens of a command; a longer one is no command."""
    episode: int
    """Most tokens of an episode."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a batch brought, and where the time went."""

    outcomes: tuple[Outcome, ...]
    seconds: float


@dataclass(slots=True)
class _Row:
    """One dialogue under way."""

    index: int
    dialogue: Dialogue
    spec: EpisodeSpec
    waiting: list[int]
    """To be read, last first."""
    tokens: list[int] = field(default_factory=list[int])
    learnt: list[bool] = field(default_factory=list[bool])
    logprobs: list[float] = field(default_factory=list[float])
    command: list[int] = field(default_factory=list[int])
    env_seconds: float = 0.0
    outcome: Outcome | None = None


class Players:
    """Plays a model in a shop."""

    def __init__(self, catalog: Catalog, terseness: Terseness, tokenizer: Tokenizer, limits: Limits) -> None:
        self.catalog, self.terseness, self.tokenizer, self.limits = catalog, terseness, tokenizer, limits
        self._begin, self._end = (tokenizer.get_vocab()[mark] for mark in (BEGIN, END))

    def play(
        self,
        model: Qwen3ForCausalLM,
        specs: Sequence[EpisodeSpec],
        generator: torch.Generator,
        temperature: float = 1.0,
    ) -> Played:
        """Play every spec once; temperature 0 always takes the likeliest token."""
        begun = time.monotonic()
        rows = [self._row(i, spec) for i, spec in enumerate(specs)]
        alive, decoder = rows, Decoder(model, len(rows), self.limits.episode)
        logits: torch.Tensor | None = None
        while alive:
            written, scores = _sampled(logits, generator, temperature)
            for i, row in enumerate(alive):
                self._take(row, written[i] if written else -1, scores[i] if scores else 0.0)
            left = [i for i, row in enumerate(alive) if row.outcome is None]
            if len(left) < len(alive) and (len(left) <= 0.75 * len(alive)):
                decoder.keep(torch.tensor(left, dtype=torch.long))
                alive = [alive[i] for i in left]
            if alive:
                logits = decoder.step(torch.tensor([row.tokens[-1] for row in alive]))
        outcomes = tuple(row.outcome for row in rows if row.outcome is not None)
        return Played(outcomes, time.monotonic() - begun)

    def _row(self, index: int, spec: EpisodeSpec) -> _Row:
        begun = time.monotonic()
        dialogue = Dialogue(self.catalog, self.terseness)
        read = dialogue.begin(spec)
        waiting = [*self.tokenizer.encode(read).ids, self._begin][::-1]
        return _Row(index, dialogue, spec, waiting, env_seconds=time.monotonic() - begun)

    def _take(self, row: _Row, written: int, score: float) -> None:
        """Append the row's next token: one that waits to be read, or the one that was written."""
        if row.outcome is not None:
            row.tokens.append(self._end)
            return
        if row.waiting:
            row.tokens.append(row.waiting.pop())
            row.learnt.append(False)
        else:
            row.tokens.append(written)
            row.learnt.append(True)
            row.logprobs.append(score)
            row.command.append(written)
            if written == self._end or len(row.command) == self.limits.command:
                self._play(row)
        if row.outcome is None and len(row.tokens) + 1 >= self.limits.episode:
            row.outcome = _outcome(row)

    def _play(self, row: _Row) -> None:
        """Play the command that is complete."""
        begun = time.monotonic()
        whole = row.command[-1] == self._end
        text = self.tokenizer.decode(row.command[: -1 if whole else None], skip_special_tokens=False)
        _, read = row.dialogue.play(text if whole else f"{text} …")
        row.env_seconds += time.monotonic() - begun
        row.command.clear()
        if row.dialogue.verdict is not None:
            row.outcome = _outcome(row)
        else:
            row.waiting = [*self.tokenizer.encode(read).ids, self._begin][::-1]


def _sampled(
    logits: torch.Tensor | None, generator: torch.Generator, temperature: float
) -> tuple[list[int], list[float]]:
    """Return a token a row and its log-probability; nothing before the first step."""
    if logits is None:
        return [], []
    scores = logits.log_softmax(-1)
    if temperature == 0.0:
        chosen = scores.argmax(-1, keepdim=True)
    else:
        chosen = torch.multinomial((scores / temperature).softmax(-1), 1, generator=generator)
    return chosen[:, 0].tolist(), scores.gather(1, chosen)[:, 0].tolist()


def _outcome(row: _Row) -> Outcome:
    verdict, example = row.dialogue.verdict, Example(tuple(row.tokens), tuple(row.learnt))
    reward = verdict.reward if verdict is not None else Reward(-1.0, r_task=-1.0, r_eff=-1.0)
    return Outcome(
        row.spec,
        example,
        tuple(row.logprobs),
        None if reward.total is None else verdict is not None and verdict.is_correct,
        reward,
        verdict.cause if verdict is not None else CUT_OFF,
        row.env_seconds,
    )

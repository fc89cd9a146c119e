"""A trainer whose model speaks prescribed tokens: it chooses, by its own probabilities, between solving and giving up.

Everything but the choice of tokens is the real thing: TRL's tool loop, our environments, rewards, masks, loss.
"""

import json

import torch

from ecom_rlve.agents.registry import player_named
from ecom_rlve.training.dapo import DapoTrainer
from ecom_rlve.training.demonstrations import demonstration

WRONG = (
    "I give up.",
    '<tool_call>\n{"name": "cart_add", "arguments": {"product_id": "p", "quantity": "many"}}\n</tool_call>',
)
DONE = "That is all."
ASSISTANT = "<|im_start|>assistant\n"


def spoken(message):
    """What a model says for an assistant message with tool calls."""
    calls = (call["function"] for call in message["tool_calls"])
    return "\n".join(
        f"<tool_call>\n{json.dumps({'name': c['name'], 'arguments': json.loads(c['arguments'])})}\n</tool_call>"
        for c in calls
    )


def solution(catalog, spec):
    """The texts of an assistant who solves the episode: the oracle's, or the expert's where its plan is too long."""
    for agent in ("oracle", "expert"):
        demo = demonstration(catalog, spec, agent, player_named(agent), "native")
        if demo is not None:
            return [spoken(m) for m in demo.messages if m["role"] == "assistant"] + [DONE]
    return [WRONG[0]]


class ScriptedTrainer(DapoTrainer):
    """Speaks the solution of an episode, or one of two wrong texts."""

    confidence = 0.0
    """Added to the model's own preference for the solution, in nats."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._scripts = {}
        self.said = []
        """Every text that was spoken, with the prompt before it."""
        self.batches = []
        """Everything that was learned from."""

    def _generate_and_score_completions(self, inputs):
        batch = super()._generate_and_score_completions(inputs)
        self.batches.append(batch)
        return batch

    def _generate_single_turn(self, prompt_ids, *_, **__):
        texts = [self._tokenizer.decode(ids) for ids in prompt_ids]
        if all(text.count(ASSISTANT) == 1 for text in texts):
            for text, environment in zip(texts, self.environments, strict=True):
                self._scripts[text] = solution(self.spec.catalog, environment.shell.episode.spec)
        replies = [self._reply(ids, text) for ids, text in zip(prompt_ids, texts, strict=True)]
        self.said += list(zip(texts, replies, strict=True))
        return [self._tokenizer(reply)["input_ids"] + [self._tokenizer.eos_token_id] for reply in replies], None

    def _reply(self, ids, text):
        opening, _, after = text.partition(ASSISTANT)
        script = self._scripts[opening + ASSISTANT]
        turn = text.count(ASSISTANT) - 1
        if turn == 0:
            solves = torch.rand(()) < self._preference(ids)
            return script[0] if solves else WRONG[int(torch.rand(()) < 0.5)]
        solving = after.startswith(script[0])
        return script[turn] if solving and turn < len(script) else DONE

    def _preference(self, ids):
        """The model's own probability of beginning with the solution instead of giving up, made surer of itself."""
        first = [self._tokenizer(text)["input_ids"][0] for text in ("<tool_call>", WRONG[0])]
        with torch.no_grad():
            logits = self.model(torch.tensor([ids])).logits[0, -1, first]
        return torch.sigmoid(logits[0] - logits[1] + self.confidence)

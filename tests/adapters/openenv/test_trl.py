"""TRL's own `GRPOTrainer` plays and learns over the wire: its tools are calls of the server, its rewards the server's.

A tiny Qwen3 with random weights learns; what it says is prescribed: half of a group solves, half gives up.
"""

import json
import math

import pytest

pytest.importorskip("openenv.core", reason="needs the extra: make test-trl-server")
pytest.importorskip("trl", reason="needs TRL beside OpenEnv: make test-trl-server")

import torch
from datasets import Dataset
from tests.training.setting import learner
from trl import GRPOConfig, GRPOTrainer

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.views import to_json
from ecom_rlve.env.env import Env

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")
SPEC = "order_tracking-v0/d0/s1"
GROUP = 4


class ServedShop:
    """One session of the server. Every public method but `reset` is a tool."""

    url = ""

    def __init__(self):
        self._client = None
        self.result = None

    def reset(self, episode, **row):
        if self._client is None:
            self._client = EcomClient(base_url=self.url).sync()
            self._client.connect()
        self.result = self._client.reset(spec=episode)

    def _call(self, name, **arguments):
        self.result = self._client.call(name, **arguments)
        return json.dumps(self.result.observation.result)

    def message_user(self, text: str):
        """Say something to the customer.

        Args:
            text: The words.
        """
        return self._call("message_user", text=text)

    def order_list(self):
        """List the orders."""
        return self._call("order_list")

    def order_get_status(self, order_id: str):
        """Look at an order.

        Args:
            order_id: Which.
        """
        return self._call("order_get_status", order_id=order_id)

    def submit(self, order_id: str, status: str, eta: str, carrier: str):
        """Hand in the answer.

        Args:
            order_id: Which order is meant.
            status: Where it stands.
            eta: When it arrives.
            carrier: Who brings it.
        """
        return self._call("submit", order_id=order_id, status=status, eta=eta, carrier=carrier)


def served_reward(environments, **_):
    """Return what the server paid; an episode that the trainer ended early earns the least."""
    return [e.result.reward if e.result.done else -1.0 for e in environments]


class Prescribed(GRPOTrainer):
    """Every other completion says the script, the rest give up."""

    script = ()

    def _generate_single_turn(self, prompt_ids, *_, **__):
        texts = [self._tokenizer.decode(ids) for ids in prompt_ids]
        turns = [text.count("<|im_start|>assistant\n") - 1 for text in texts]
        # After the first turn only those are asked that called a tool.
        solving = [turn > 0 or number % 2 == 0 for number, turn in enumerate(turns)]
        said = [
            (self.script[turn] if turn < len(self.script) else "Done.") if solves else "I give up."
            for turn, solves in zip(turns, solving, strict=True)
        ]
        return [[*self._tokenizer(text)["input_ids"], self._tokenizer.eos_token_id] for text in said], None


def test_trl_trains_on_a_server(server, catalog, tmp_path, monkeypatch):
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    monkeypatch.setattr(ServedShop, "url", server.url)
    env = Env(catalog)
    opening = env.reset(SPEC)[0].message
    expected = solve(env).reward
    budget = env.episode.difficulty.B_tool
    calls = [call for turn in env.episode.turns for call in turn_calls(turn.action, budget)]
    script = [{"name": c.name.replace(".", "_"), "arguments": to_json(c.args)} for c in calls]
    monkeypatch.setattr(Prescribed, "script", [f"<tool_call>\n{json.dumps(c)}\n</tool_call>" for c in script])
    prompt = [{"role": "system", "content": "Serve the customer."}, {"role": "user", "content": opening}]
    model, tokenizer = learner(catalog)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    rewards = []

    def watched(environments, **rest):
        rewards.extend(served_reward(environments, **rest))
        return rewards[-len(environments) :]

    trainer = Prescribed(
        model,
        watched,
        GRPOConfig(
            str(tmp_path), per_device_train_batch_size=GROUP, num_generations=GROUP, max_steps=1,
            max_completion_length=8000, max_tool_calling_iterations=10, learning_rate=1e-2, logging_steps=1,
            report_to="none", use_cpu=True, bf16=False, disable_tqdm=True, save_strategy="no",
        ),
        train_dataset=Dataset.from_list([{"prompt": prompt, "episode": SPEC}] * GROUP),
        processing_class=tokenizer,
        environment_factory=ServedShop,
    )  # fmt: skip
    trainer.train()
    assert sorted(rewards) == [-1.0, -1.0, expected, expected]
    assert expected == 0.9
    assert all(math.isfinite(log["loss"]) for log in trainer.state.log_history if "loss" in log)
    assert any(not torch.equal(before[name], value) for name, value in trainer.model.state_dict().items())
    for environment in trainer.environments:
        if environment._client is not None:
            environment._client.close()

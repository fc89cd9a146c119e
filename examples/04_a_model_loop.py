"""A language model's loop: chat messages in, text out, one async function an episode.

The model here is a stand-in that looks the rules up and answers with the first one it finds; put the call of your
endpoint in its place. Many episodes run at once, because the only thing that is awaited is the model.

python examples/04_a_model_loop.py
"""

import asyncio
import json
import re
from collections.abc import Sequence

from ecom_rlve.adapters.text import TextResult, run_episode
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.env.chat import Message

EPISODES = 12


async def model(messages: Sequence[Message]) -> str:
    """Return the next assistant text. `<think>…</think>` before the action is no part of it."""
    await asyncio.sleep(0.01)  # where `await client.chat.completions.create(...)` would stand
    turns = sum(message["role"] == "assistant" for message in messages)
    if turns == 0:
        action = {"tool_calls": [{"name": "policy.search", "args": {"query": messages[-1]["content"][:200]}}]}
        return "<think>The rules first.</think>" + json.dumps(action)
    passages = re.findall(r'"passage_id":"(\w+)".*?"text":"(.*?)"', messages[-1]["content"])
    passage, text = passages[0] if passages else ("", "")
    number = re.search(r"\d+", text)
    value = number[0] if number else "no"
    return json.dumps({"answer": {"value": value, "passage_id": passage, "done": True}})


async def rollouts() -> list[TextResult]:
    """Play all episodes at once."""
    names = [f"policy_qa-v0/d0/s{seed}" for seed in range(EPISODES)]
    return await asyncio.gather(*(run_episode(name, model, catalog=embedded(2_000)) for name in names))


def main() -> None:
    results = asyncio.run(rollouts())
    for result in results:
        assert result.reward is not None, "invalid through a fault of ours: leave it out of training"
        print(f"{result.spec}  reward {result.reward:+.3f}  {result.verdict.cause or 'correct'}")
    print(f"{len(results[0].messages)} messages in the first dialogue, ready for a trainer")


if __name__ == "__main__":
    main()

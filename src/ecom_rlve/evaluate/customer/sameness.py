"""Determinism of the customer: the same name and words bring the same words; again, forked, and in a new process.

Knows only names of episodes. `python -m ecom_rlve.evaluate.customer.sameness` prints digests for the new process.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence

from ecom_rlve.core.dialogue import Action
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.runs import Shop

QUESTIONS = (
    "Which brand and which color would you like?",
    "Is there anything else I should know?",
    "How many do you need?",
    "I am sorry, it is sold out.",
)
"""What is said in every episode, whoever the customer is."""


def digests(shop: Shop, names: Sequence[str], *, forked: bool = False) -> list[str]:
    """Return a digest of all that the customer says in each episode.

    Args:
        shop: Where.
        names: Names of the episodes.
        forked: Play every turn on a fork, and the turn after on the fork of the fork.
    """
    return [_digest(shop, name, forked=forked) for name in names]


def _digest(shop: Shop, name: str, *, forked: bool) -> str:
    env = Env(shop.open())
    said = [env.reset(name)[0].message]
    for question in QUESTIONS:
        if env.episode.is_over:
            break
        env = env.fork() if forked else env
        said.append(env.step(Action(question)).observation.message)
    return hashlib.blake2b("\n".join(said).encode(), digest_size=16).hexdigest()


def in_new_process(shop: Shop, names: Sequence[str], hash_seed: int) -> list[str]:
    """Return the digests as a fresh process with another hash seed has them.

    Raises:
        subprocess.CalledProcessError: The process failed; its own words are on standard error.
    """
    request = json.dumps({"size": shop.size, "seed": shop.seed, "path": shop.path, "names": list(names)})
    done = subprocess.run(
        [sys.executable, "-m", "ecom_rlve.evaluate.customer.sameness"],
        input=request,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def same(shop: Shop, names: Sequence[str]) -> float:
    """Return the share of episodes whose words are the same again, forked, and in a new process; 1.0 for none."""
    first = digests(shop, names)
    others = (digests(shop, names), digests(shop, names, forked=True), in_new_process(shop, names, hash_seed=4242))
    equal = [all(other[k] == mine for other in others) for k, mine in enumerate(first)]
    return sum(equal) / len(equal) if equal else 1.0


def main() -> None:
    """Read a request from standard input and write the digests as JSON."""
    asked = json.load(sys.stdin)
    shop = Shop(asked["size"], asked["seed"], asked["path"])
    json.dump(digests(shop, asked["names"]), sys.stdout)


if __name__ == "__main__":
    main()

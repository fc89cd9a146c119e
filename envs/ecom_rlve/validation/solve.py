"""The oracle against a running server: `python validation/solve.py URL [--size N]` prints rewards of the test split.

It sees the hidden goal, which it draws itself from the episode's name; the server sees only its calls.
"""

import argparse
import asyncio
import sys

from ecom_rlve import Env, EpisodeSpec
from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.adapters.openenv.client import EcomClient
from ecom_rlve.adapters.openenv.splits import task_spec
from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.views import to_json


async def solved(url: str, spec: EpisodeSpec, catalog: Catalog) -> float | None:
    """Return what the server pays for the oracle's calls."""
    env = Env(catalog)
    env.reset(spec)
    solve(env)
    async with EcomClient(base_url=url) as client:
        result = await client.reset(spec=str(spec))
        for turn in env.episode.turns:
            for call in turn_calls(turn.action, env.episode.difficulty.B_tool):
                result = await client.call(call.name.replace(".", "_"), **to_json(call.args))
        return result.reward


def main() -> None:
    """Solve the first episode of every environment; exit status 1 if one of them earns less than the most there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--size", type=int, default=20_000, help="products of the server's generated catalogue")
    given = parser.parse_args()
    catalog = embedded(given.size)
    specs = [task_spec("test", index) for index in range(8)]
    rewards = {str(spec): asyncio.run(solved(given.url, spec, catalog)) for spec in specs}
    for name, reward in rewards.items():
        print(f"{reward} {name}")
    sys.exit(any(reward != 0.9 for reward in rewards.values()))


if __name__ == "__main__":
    main()

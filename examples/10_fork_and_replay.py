"""An episode is a value: branch it at any turn, write it down, play it again byte for byte, judge it anew.

python examples/10_fork_and_replay.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from ecom_rlve import Env
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.env.replay import regrade, replay
from ecom_rlve.env.trace import read_trace, write_trace

NAME = "cart_building-v0/d0/s7"
SHOP = {"size": 2_000, "seed": 0}


def branches(env: Env) -> dict[str, float]:
    """Return what three ways on from the same point are worth."""
    seen = env.step({"tool_calls": [{"name": "user.get_visit_history", "args": {}}]})
    visits = seen.observation.results[0].json()["visits"]
    worth: dict[str, float] = {}
    for visit in visits[:3]:
        twin = env.fork()  # costs nothing: the world is frozen
        add = {"name": "cart.add", "args": {"product_id": visit["product_id"], "quantity": 1}}
        twin.step({"tool_calls": [add]})
        worth[visit["title"]] = twin.step({"answer": {"done": True}}).reward or 0.0
    return worth


def main() -> None:
    shop = embedded(2_000)
    env = Env(shop)
    env.reset(NAME)
    for title, reward in branches(env).items():
        print(f"{reward:+.3f}  buying {title}")

    env.reset(NAME)
    player_named("expert")(env)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "episode.jsonl"
        write_trace(file, env.trace("expert", SHOP))
        trace = read_trace(file)
    print("played again:", replay(trace, shop) or "the same, byte for byte")
    for preset in ("gated", "published"):
        print(f"judged by {preset}: {regrade(trace, shop, preset).found:.3f}")


if __name__ == "__main__":
    main()

"""An agent of your own: an object with `begin` and `act`, played by the same runner as the built-in ones.

It asks once whether there is anything else, buys what the customer looked at, and hands in. It sees what every agent
sees: a briefing, observations, tool results.

python examples/03_your_own_agent.py
"""

from ecom_rlve import Env
from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.registry import player
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.dialogue import Observation

EPISODES = 40


class BuysWhatWasLookedAt:
    """Right wherever one product, looked at before, is all there is to it."""

    name = "buys_what_was_looked_at"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        """Return the first turn: look up what they have looked at."""
        self.words, self.step = opening.message, 0
        return {"tool_calls": [{"name": "user.get_visit_history", "args": {}}]}

    def act(self, observation: Observation) -> Move:
        """Return the next turn: buy and ask, then hand in."""
        self.step += 1
        if self.step > 1:
            return {"answer": {"done": True}}
        visits = observation.results[0].json()["visits"]
        days = 1 if "yesterday" in self.words else next((n for n in range(2, 8) if f"{n} days" in self.words), 0)
        meant = [visit for visit in visits if visit["days_ago"] == days]
        if not meant:
            return {"answer": {"done": True}}
        call = {"name": "cart.add", "args": {"product_id": meant[0]["product_id"], "quantity": 1}}
        return {"assistant_message": "Done. Is there anything else I should know?", "tool_calls": [call]}


def main() -> None:
    env, play = Env(embedded(2_000)), player(BuysWhatWasLookedAt())
    causes: dict[str, int] = {}
    for seed in range(EPISODES):
        env.reset(f"cart_building-v0/d0/s{seed}")
        verdict = play(env).info["verdict"]
        causes[verdict.cause or "correct"] = causes.get(verdict.cause or "correct", 0) + 1
    for cause, count in sorted(causes.items(), key=lambda pair: -pair[1]):
        print(f"{count:3d} of {EPISODES}  {cause}")


if __name__ == "__main__":
    main()

"""One episode by hand: reset, look, act, hand in, read the verdict.

python examples/01_first_episode.py
"""

from ecom_rlve import Env
from ecom_rlve.catalog.catalog import embedded


def main() -> None:
    env = Env(embedded(2_000))
    observation, info = env.reset("cart_building-v0/d0/s7")
    print(f"{info['spec']}, {info['max_turns']} turns at most")
    print("customer:", observation.message)

    # A turn has words to the customer, tool calls, and an answer once you are done; all three may be left out.
    step = env.step({"tool_calls": [{"name": "user.get_visit_history", "args": {}}]})
    visits = step.observation.results[0].json()["visits"]
    yesterday = next(visit for visit in visits if visit["days_ago"] == 1)
    print("they looked at:", yesterday["title"])

    step = env.step(
        {
            "assistant_message": "I have put it into your cart. Is there anything else?",
            "tool_calls": [{"name": "cart.add", "args": {"product_id": yesterday["product_id"], "quantity": 1}}],
        }
    )
    print("customer:", step.observation.message)

    step = env.step({"answer": {"done": True}})
    reward = step.info["verdict"].reward
    print(f"correct: {step.info['verdict'].is_correct}, reward {step.reward:.2f}")
    print(f"  = 0.75 x {reward.r_task:.2f} + 0.15 x {reward.r_eff:.2f} + 0.10 x {reward.r_hall:.2f}")


if __name__ == "__main__":
    main()

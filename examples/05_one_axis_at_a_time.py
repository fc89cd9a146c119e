"""Difficulty is twelve axes from one integer, and each can be set alone: the same seed, one thing harder.

python examples/05_one_axis_at_a_time.py
"""

from ecom_rlve import Env
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.difficulty import AXES, Difficulty

SEEDS = 40


def main() -> None:
    easy, hard = Difficulty.at(0), Difficulty.at(12)
    for axis in AXES:
        print(f"{axis:>10}  d=0: {getattr(easy, axis):<8.3g} d=12: {getattr(hard, axis):.3g}")

    env = Env(embedded(2_000))
    for name in ("cart_building-v0/d2/s11", "cart_building-v0/d2/s11?p_noise=0.125"):
        observation, _ = env.reset(name)
        print(f"\n{name}\n  {observation.message}")

    print("\nThe same 40 seeds, by an agent of fixed skill:")
    for axes in ("", "?p_noise=0.125", "?p_missing=0.9", "?p_oos=0.5"):
        passed = 0
        for seed in range(SEEDS):
            env.reset(f"cart_building-v0/d2/s{seed}{axes}")
            passed += player_named("fixed_skill")(env).info["verdict"].is_correct
        print(f"  cart_building-v0/d2{axes:<16} passes {passed} of {SEEDS}")


if __name__ == "__main__":
    main()

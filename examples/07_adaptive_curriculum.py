"""An adaptive curriculum: windows that move with what the agent can do, and groups that share one episode.

Nothing is trained here: for the first steps a clumsy agent plays along, later a better one, so that windows move.

python examples/07_adaptive_curriculum.py
"""

from ecom_rlve import Env
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.tally import Tally, effective_ratio

STEPS, GROUPS, LEARNS_AT = 12, 24, 3
CLUMSY, ABLE = ("first_result", "fixed_skill"), ("fixed_skill", "expert")
"""Who makes the two tries of a group."""


def group(env: Env, draw: Draw, agents: tuple[str, str]) -> list[bool]:
    """Play one group: every try is the same episode, reset by the same name."""
    outcomes: list[bool] = []
    for agent in agents:
        env.reset(draw.spec)
        outcomes.append(player_named(agent)(env).info["verdict"].is_correct)
    return outcomes


def main() -> None:
    env, state = Env(embedded(2_000)), Curriculum.begin(["cart_building", "order_tracking"], "rlve")
    for step in range(STEPS):
        agents = CLUMSY if step < LEARNS_AT else ABLE
        draws = [state.draw(seed=0, group=step * GROUPS + i) for i in range(GROUPS)]
        groups = [group(env, draw, agents) for draw in draws]
        results = [(draw.track, draw.level, ok) for draw, tries in zip(draws, groups, strict=True) for ok in tries]
        state = state.updated(Tally.of(results))
        passed, useful = sum(ok for _, _, ok in results) / len(results), effective_ratio(groups)
        print(f"step {step:2d}  passes {passed:4.0%}  groups to learn from {useful:4.0%}  frontier {state.frontier()}")


if __name__ == "__main__":
    main()

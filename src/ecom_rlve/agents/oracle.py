"""The oracle as a player: it sees the hidden goal, and proves that the world allows the answer. Never an agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Step
from ecom_rlve.tasks.task import Problem


def solve(env: Env) -> Step:
    """Play the live episode of `env`, from its beginning to its end, with its task's oracle."""
    return solve_with(env, lambda action, done: action)


def solve_with(env: Env, change: Callable[[Action, Sequence[Action]], Action]) -> Step:
    """Play like `solve`, with every action put through `change(action, actions so far)` first."""
    episode = env.episode
    problem = Problem(episode.goal, episode.world, episode.reference, episode.waiting)
    plan = env.task.oracle(problem)
    done: list[Action] = []
    observation: Observation | None = None
    while True:
        try:
            action = next(plan) if observation is None else plan.send(observation)
        except StopIteration as end:
            action = Action("", answer=end.value)
        action = change(action, done)
        done.append(action)
        step = env.step(action)
        observation = step.observation
        if step.terminated or step.truncated:
            return step

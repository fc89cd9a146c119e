"""Problems and episodes that fit what a test is about; where none does, the test fails."""

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.registry import TASKS


def problem(catalog, task, d, seed, **axes):
    return draw(TASKS[task], EpisodeSpec(task, d, seed, axes), catalog)


def first(catalog, task, fits, d=6, seeds=200, **axes):
    """The first problem that fits; without one, the test could not say anything."""
    for seed in range(seeds):
        found = problem(catalog, task, d, seed, **axes)
        if fits(found):
            return found
    raise AssertionError(f"none of {seeds} problems of {task} at d={d} fits")


def solved(catalog, task, fits, d=6, seeds=200, seed_from=0, **axes):
    """An episode as the oracle plays it, the first whose problem fits."""
    for seed in range(seed_from, seed_from + seeds):
        spec = EpisodeSpec(task, d, seed, axes)
        if fits(draw(TASKS[task], spec, catalog)):
            env = Env(catalog)
            env.reset(spec)
            solve(env)
            return env.episode
    raise AssertionError(f"none of {seeds} problems of {task} at d={d} fits")

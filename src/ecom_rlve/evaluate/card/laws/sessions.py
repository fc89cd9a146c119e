"""V9: a name is an episode. Reset twice, interleaved or forked, the bytes are the same. Knows no environment."""

from __future__ import annotations

from dataclasses import replace

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.card.laws.law import Law, Trial, begun, trial
from ecom_rlve.tasks.registry import AnyTask


def sessions_are_isolated(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V9: reset twice, one shell after another, and turn by turn beside another session, give the same bytes."""
    alone = _trace(begun(catalog, spec))
    env = begun(catalog, replace(spec, seed=spec.seed + 1))
    solve(env)
    env.reset(spec)
    again = _trace(env)
    one, other = begun(catalog, spec), begun(catalog, replace(spec, seed=spec.seed + 1))
    hello = Action("Hello, how can I help you?")
    beside, quiet = begun(catalog, spec), begun(catalog, spec)
    beside.step(hello)
    solve(other)
    quiet.step(hello)
    return trial(
        {
            "a shell that was used before": again == alone,
            "a shell opened beside another": _trace(one) == alone,
            "a turn played beside another session": beside.episode == quiet.episode,
        }
    )


def forks_are_independent(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V9: an episode forked after its first turn goes on as if the other branch did not exist."""
    env, alone = begun(catalog, spec), begun(catalog, spec)
    for shell in (env, alone):
        shell.step(Action("Hello, how can I help you?"))
    branch = env.fork()
    branch.step(Action("Is there anything else?"))
    untouched = env.episode == alone.episode
    if env.episode.is_over:
        return trial({"the trunk": untouched})
    said = [shell.step(Action("Which brand would you like?")).observation.text() for shell in (env, alone)]
    return trial({"the trunk": untouched, "the turn after it": said[0] == said[1]})


def _trace(env: Env) -> list[str]:
    solve(env)
    return env.trace("oracle", {})


LAWS = (
    Law("V9", "isolated", "reset twice, reused or interleaved: the same bytes", sessions_are_isolated),
    Law("V9", "forks", "a fork changes nothing of its trunk", forks_are_independent),
)

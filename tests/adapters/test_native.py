"""The oracle's JSON turns, played as native calls, are the same turns and earn the same."""

import pytest

from ecom_rlve.adapters.native import turn_calls
from ecom_rlve.agents.oracle import solve
from ecom_rlve.env.chat import native_calls
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_oracle_earns_the_most_there_is_call_by_call(name, catalog):
    env = Env(catalog)
    for spec in (f"{name}-v0/d{d}/s{s}" for d in range(11) for s in range(2)):
        env.reset(spec)
        assert solve(env).reward == 0.9, spec
        turns, budget = env.episode.turns, env.episode.difficulty.B_tool
        env.reset(spec)
        steps = env.play([call for turn in turns for call in turn_calls(turn.action, budget)])
        assert steps[-1].reward == 0.9, spec
        assert len(env.episode.turns) == len(turns), spec
        assert [turn.reply for turn in env.episode.turns] == [turn.reply for turn in turns], spec


def test_turns_that_are_not_closed_are_another_episode(catalog):
    """The customer of this one changes their mind at the submission, if no turn was closed before it."""
    env = Env(catalog)
    env.reset("order_tracking-v0/d4/s3")
    solve(env)
    turns = env.episode.turns
    env.reset("order_tracking-v0/d4/s3")
    env.play([call for turn in turns for call in native_calls(turn.action)])
    assert not env.episode.is_over

"""Which environments a built-in agent can play. An environment from outside has no goal-blind expert of ours.

Knows no environment by name; which the expert has rules for, it says itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ecom_rlve.agents.expert import ENVIRONMENTS, Expert, FixedSkill

BY_RULES: Final = (Expert.name, FixedSkill.name)
"""Agents that have rules for single environments; all others read forms and pages alone."""


def plays(agent: str, env: str) -> bool:
    """Whether an agent can play an environment, given by its name with or without version; models play all."""
    return agent not in BY_RULES or env.partition("-v")[0] in ENVIRONMENTS


def playable(agent: str, envs: Sequence[str]) -> tuple[str, ...]:
    """Return those of `envs` that an agent can play."""
    return tuple(env for env in envs if plays(agent, env))

"""Collateral writes: what an episode changed in the world that was none of its business (SPEC §11, V7).

Knows no environment: each says itself what of the world it may change. Every episode starts with an empty cart and
without a return, so what is there at the end was made by the agent.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Literal

from ecom_rlve.tasks.task import Fault, Score
from ecom_rlve.world.world import World

Domain = Literal["cart", "returns"]
"""A part of the world that tools can change."""


def strayed(world: World, own: Set[str]) -> tuple[Domain, ...]:
    """Return the domains outside `own` in which something was changed, and not undone."""
    changed: dict[Domain, bool] = {"cart": bool(world.cart), "returns": bool(world.returns)}
    return tuple(domain for domain, is_changed in changed.items() if is_changed and domain not in own)


def held_against(score: Score, world: World, own: Set[str]) -> Score:
    """Return the verdict with collateral writes counted: whoever left some behind is not correct, raw unchanged."""
    if not strayed(world, own):
        return score
    return replace(score, is_correct=False, faults=(*score.faults, Fault("collateral_write")))

"""The reward as a tree of OpenEnv rubrics, so that trainers log its components by name.

Decides nothing: every leaf reads what the engine composed, and the root gives the engine's own total.
"""

# pyright: reportMissingTypeStubs=false
# OpenEnv comes without stubs.

from __future__ import annotations

from typing import Any, Literal

from openenv.core.rubrics.base import Rubric

from ecom_rlve.adapters.openenv.models import EcomObservation


class Component(Rubric):
    """One component of a finished episode's reward; 0.0 while it goes on."""

    def __init__(self, name: Literal["r_task", "r_eff", "r_hall"]) -> None:
        super().__init__()
        self.name = name

    def forward(self, action: Any, observation: EcomObservation) -> float:  # Any: OpenEnv's signature
        """Return the component, in [-1, 1]."""
        return float(getattr(observation.components, self.name)) if observation.components else 0.0


class RewardRubric(Rubric):
    """The reward: 0.75·task + 0.15·efficiency + 0.10·grounding, or -1 for a hard failure."""

    def __init__(self) -> None:
        super().__init__()
        self.task = Component("r_task")
        self.efficiency = Component("r_eff")
        self.grounding = Component("r_hall")

    def forward(self, action: Any, observation: EcomObservation) -> float:  # Any: OpenEnv's signature
        """Return the engine's total; the children get their scores on the way."""
        for child in (self.task, self.efficiency, self.grounding):
            child(action, observation)
        return float(observation.reward or 0.0)

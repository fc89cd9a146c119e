"""The goal-blind expert at journeys: tells from an errand's first words what kind it is, and serves it with that skill.

Sees observations only. What is said of the errands' order and numbers: `agents.errands`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.errands import OneByOne, OneMatter
from ecom_rlve.core.dialogue import Observation

DEFAULT: Final = "product_discovery"
_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (env, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for env, words in (
        ("policy_qa", r"questions? .{0,20}\b(?:rules|terms|policy)"),
        ("substitution", r"sold[- ]out|alternatives"),
        ("returns", r"send\w*(?: \w+)? back|go(?:es)? back|(?:start|arrange|make)\b.{0,30}\breturn"),
        ("order_tracking", r"track|check on|order of mine|order on its way|waiting for an order"),
        ("cart_building", r"cart"),
        ("product_discovery", r"recommend|suggest|short ?list|compare|show me|be shown"),
        ("bundle_planning", r"planning|plans?|everything for|choose"),
    )
)
"""Kinds of errands by words that bring them up, the more telling ones first."""


def kind_of(opening: str) -> str:
    """Return the environment whose matter an errand's first words bring up."""
    return next((env for env, words in _KINDS if words.search(opening)), DEFAULT)


class _Errand:
    """A skill for one errand, told that it is in the environment it knows."""

    def __init__(self, env: str, skill: OneMatter) -> None:
        self.env, self.skill = env, skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        return self.skill.begin(replace(briefing, env=self.env), opening)

    def act(self, observation: Observation) -> Move:
        return self.skill.act(observation)


class JourneyExpert(OneByOne):
    """Serves errand after errand, each with the rules that its first words call for.

    Args:
        serving: Makes what serves a kind of errand, by the name of its environment.
    """

    def __init__(self, serving: Callable[[str], OneMatter]) -> None:
        def serve(opening: str) -> OneMatter:
            env = kind_of(opening)
            return _Errand(env, serving(env))

        super().__init__(serve)

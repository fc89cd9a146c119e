"""The goal-blind expert: one set of rules per environment, over observations only.

Proves that the dialogue allows what the oracle does. Sees no goal and no brief; the system prompt tells it its job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.bundle_expert import BundleExpert
from ecom_rlve.agents.cart_expert import CartExpert
from ecom_rlve.agents.discovery_expert import DiscoveryExpert
from ecom_rlve.agents.errands import OneMatter
from ecom_rlve.agents.journey_expert import JourneyExpert
from ecom_rlve.agents.order_expert import OrderExpert
from ecom_rlve.agents.policy_expert import PolicyExpert
from ecom_rlve.agents.return_expert import ReturnExpert
from ecom_rlve.agents.skill import FIXED, FULL, Hurried, Skill
from ecom_rlve.agents.substitution_expert import SubstitutionExpert
from ecom_rlve.core.dialogue import Observation
from ecom_rlve.core.errors import SpecError

SERVERS: Final[Mapping[str, Callable[[Skill], OneMatter]]] = MappingProxyType(
    {
        "product_discovery": DiscoveryExpert,
        "substitution": SubstitutionExpert,
        "cart_building": CartExpert,
        "returns": ReturnExpert,
        "order_tracking": OrderExpert,
        "policy_qa": PolicyExpert,
        "bundle_planning": BundleExpert,
    }
)
"""Who serves a single errand, by environment."""
ENVIRONMENTS: Final = (*SERVERS, "journey")


class Expert:
    """Plays whatever environment it has rules for; another one is a SpecError.

    Args:
        skill: Its limits; none if left out.
    """

    name = "expert"

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        if briefing.env not in ENVIRONMENTS:
            raise SpecError(f"the expert knows no {briefing.env!r}: it knows {', '.join(ENVIRONMENTS)}")
        several = briefing.env not in SERVERS
        self.server = JourneyExpert(self._serving) if several else self._serving(briefing.env)
        return self.server.begin(briefing, opening)

    def act(self, observation: Observation) -> Move:
        return self.server.act(observation)

    def _serving(self, env: str) -> OneMatter:
        """Return what serves one errand of a kind, within this skill."""
        return Hurried(SERVERS[env](self.skill), self.skill)


class FixedSkill(Expert):
    """The expert with the limits that the axes of difficulty are measured with."""

    name = "fixed_skill"

    def __init__(self) -> None:
        super().__init__(FIXED)

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
from ecom_rlve.agents.substitution_expert import SubstitutionExpert
from ecom_rlve.core.dialogue import Observation
from ecom_rlve.core.errors import SpecError

SKILLS: Final[Mapping[str, Callable[[], OneMatter]]] = MappingProxyType(
    {
        "product_discovery": DiscoveryExpert,
        "substitution": SubstitutionExpert,
        "cart_building": CartExpert,
        "returns": ReturnExpert,
        "order_tracking": OrderExpert,
        "policy_qa": PolicyExpert,
        "bundle_planning": BundleExpert,
        "journey": lambda: JourneyExpert(SKILLS),
    }
)
"""By environment."""


class Expert:
    """Plays whatever environment it has a skill for; another one is a SpecError."""

    name = "expert"

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        if briefing.env not in SKILLS:
            raise SpecError(f"the expert knows no {briefing.env!r}: it knows {', '.join(SKILLS)}")
        self.skill = SKILLS[briefing.env]()
        return self.skill.begin(briefing, opening)

    def act(self, observation: Observation) -> Move:
        return self.skill.act(observation)

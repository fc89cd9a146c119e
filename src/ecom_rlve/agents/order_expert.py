"""The goal-blind expert at telling how orders stand: lists them, finds the one meant, looks it up.

Sees observations only.
"""

from __future__ import annotations

import re
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.listening import listener_for
from ecom_rlve.agents.order_listening import Described, Place, described, fitting, telling_apart
from ecom_rlve.agents.skill import FULL, Skill
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.tools.order import OrderEntry, OrderPage, StatusPage

_WHEN: Final = re.compile(r"\b(?:when will|when do|on what day|will it be here)\b", re.IGNORECASE)
_WHO: Final = re.compile(r"\b(?:carrier|who (?:brings|is bringing|delivers))\b", re.IGNORECASE)


class OrderExpert:
    """Tells how orders stand."""

    def __init__(self, skill: Skill = FULL) -> None:
        self.skill = skill

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.orders: tuple[OrderEntry, ...] | None = None
        self.pages: dict[str, StatusPage] = {}
        self.asked: list[str] = []
        self.questions = 0
        self.ear = listener_for(briefing.taxonomy, reads_typos=self.skill.reads_typos)
        self.opening = self.ear.mended(opening.message)
        self.said = described(self.opening, briefing.taxonomy)
        return Action("", (ToolCall("order.list", {}),))

    def act(self, observation: Observation) -> Move:
        for result in observation.results:
            if isinstance(result.view, OrderPage):
                self.orders = result.view.orders
            elif isinstance(result.view, StatusPage):
                self.pages[result.view.order_id] = result.view
        if observation.message:
            self._hear(observation.message)
        places = fitting(self.orders or (), self.said)
        wanted = telling_apart(places, self.asked)
        if len(places) != 1 and wanted and self.questions < self.skill.questions and observation.turns_left > 3:
            self.questions += 1
            self.asked += wanted
            return Action(f"Could you tell me {' and '.join(wanted)}?")
        return self._answer(places)

    def _hear(self, message: str) -> None:
        message = self.ear.mended(message)
        later = described(message, self.ear.taxonomy)
        named = Described(later.category, later.age, later.price, later.units, later.rank, message)
        self.said = self.said.and_then(named)

    def _answer(self, places: list[Place]) -> Move:
        if not places:
            places = [(order, order.lines[0]) for order in self.orders or ()]
        if not places:
            return {"answer": {"done": True}}
        order = places[0][0]
        page = self.pages.get(order.order_id)
        if page is None:
            return Action("", (ToolCall("order.get_status", {"order_id": order.order_id}),))
        answer: dict[str, object] = {"order_id": order.order_id, "status": page.status, "done": True}
        if _WHEN.search(self.opening) and page.eta:
            answer["eta"] = page.eta
        if _WHO.search(self.opening) and page.carrier:
            answer["carrier"] = page.carrier
        return {"answer": answer}

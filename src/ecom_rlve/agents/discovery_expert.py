"""The goal-blind expert at product discovery: weighs what cards show by the order of importance it was told.

Rules over observations only. An order of importance becomes rank-order-centroid weights.
"""

from __future__ import annotations

import math
import re
from typing import Final

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.shortlist_expert import ShortlistExpert
from ecom_rlve.core.dialogue import Observation, ToolCall
from ecom_rlve.tools.catalog import Card

KEYS: Final = ("price", "rating", "delivery", "brand", "similarity")
_KEY: Final = re.compile(rf"\b(?:{'|'.join(KEYS)})\b")


class DiscoveryExpert(ShortlistExpert):
    """Finds products and ranks them by five preferences."""

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.order: tuple[str, ...] = ()
        return super().begin(briefing, opening)

    def learn(self, message: str) -> bool:
        found = _KEY.findall(message.lower())
        windows = [tuple(found[i : i + len(KEYS)]) for i in range(len(found) - len(KEYS) + 1)]
        orders = [window for window in windows if len(set(window)) == len(KEYS)]
        new = bool(orders) and orders[-1] != self.order
        self.order = orders[-1] if orders else self.order
        return super().learn(message) or new

    def missing(self) -> list[tuple[str, str]]:
        said = self.known.text
        able = [
            ("priorities", "what matters most to you, in order", not self.order),
            ("price", "what your budget is", "price" not in self.known.limits),
            ("brand", "which brand you would prefer", not re.search(r"\b(?:by|from) [A-Z]", said)),
            ("similar_to", "which product they should resemble", self.known.days_ago is None),
        ]
        return [(topic, question) for topic, question, open_ in able if open_]

    def first_looks(self) -> list[ToolCall]:
        if self.visits is None and self.known.days_ago is not None:
            return [ToolCall("user.get_visit_history", {})]
        return []

    def like(self) -> str:
        return self.visited()

    def worth(self, card: Card) -> float:
        limit = self.known.limits.get("price", {}).get("max")
        parts = {
            "price": 1 - float(card.price) / float(limit) if limit else 0.0,
            "rating": card.rating / 5,
            "delivery": 1 - card.delivery_days / 14,
            "brand": float(card.brand in self.known.text),
            "similarity": (self.alike or {}).get(card.product_id, 0.0),
        }
        n = len(KEYS)
        weights = [math.fsum(1 / j for j in range(i, n + 1)) / n for i in range(1, n + 1)]
        return math.fsum(w * parts[key] for w, key in zip(weights, self.order or KEYS, strict=True))

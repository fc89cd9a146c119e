"""The records a world is made of: frozen, and ignorant of the tools that show or change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ecom_rlve.core.ids import LineId, ProductId, VariantId


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of the cart."""

    id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    """None: the customer takes whichever form is sent."""
    quantity: int
    """Units, ≥ 1."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A product page that the customer opened."""

    day: date
    product_id: ProductId


@dataclass(frozen=True, slots=True)
class Profile:
    """The account the customer is logged in with."""

    name: str
    city: str
    member: bool
    """Whether they pay for the shop's membership."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How search behaves in this episode (axes `top_k` and `eps_rank`)."""

    top_k: int = 200
    """Most results that one query ever yields, offset included."""
    eps_rank: float = 0.0
    """Share of near misses among the results."""
    seed: int = 0
    """Where near misses are drawn, together with the query."""

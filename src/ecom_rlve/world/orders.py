"""Orders and what became of them: frozen records, new ids, and how an order is found in a world.

Knows no tool and no task. There is one order history in a world, and goals are drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import LineId, OrderId, ProductId, ReturnId, VariantId
from ecom_rlve.core.rng import Stream

Status = Literal["processing", "packed", "shipped", "in_transit", "out_for_delivery", "delayed", "delivered"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product in one order; prices in cents, as they were then."""

    id: LineId
    product_id: ProductId
    variant_id: VariantId
    quantity: int
    unit_price: int
    """US cents, as it was paid."""
    final_sale: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """One entry of an order's timeline."""

    day: date
    status: Status


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the customer, and how far it has come."""

    id: OrderId
    placed: date
    lines: tuple[OrderLine, ...]
    timeline: tuple[Stamp, ...]
    """Oldest first; the last entry is how it stands."""
    carrier: str = ""
    """Empty until it was shipped."""
    eta: date | None = None
    """Expected day of arrival; None once delivered."""
    address_id: str = "home"
    payment_id: str = "card"

    @property
    def status(self) -> Status:
        """How it stands."""
        return self.timeline[-1].status

    @property
    def delivered(self) -> date | None:
        """The day it arrived, or None."""
        return self.timeline[-1].day if self.status == "delivered" else None

    def line(self, line_id: str) -> OrderLine:
        """Return one of its lines; `not_found` if it has no such line."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise ToolError("not_found", f"Order {self.id} has no line {line_id[:40]!r}.")


@dataclass(frozen=True, slots=True)
class Return:
    """A return or an exchange that was started."""

    id: ReturnId
    order_id: OrderId
    line_id: LineId
    reason: str
    method: str
    """How the item comes back; "exchange" for an exchange."""
    product_id: ProductId | None = None
    """What is sent instead, where it is an exchange."""
    variant_id: VariantId | None = None


def new_id(prefix: str, rng: Stream) -> str:
    """Return `prefix` and six characters of Crockford's base 32, at least one of them a digit."""
    while True:
        text = "".join(rng.choice(_CROCKFORD) for _ in range(6))
        if any(c.isdecimal() for c in text):
            return prefix + text

"""Tools over returns: whether a line can be returned, starting a return, starting an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecom_rlve.core.ids import LineId, OrderId, ProductId, ReturnId, VariantId
from ecom_rlve.tools.policy import Passage
from ecom_rlve.tools.tool import Final, Recorded, tool
from ecom_rlve.world import returns
from ecom_rlve.world.orders import Return
from ecom_rlve.world.returns import Method, Reason
from ecom_rlve.world.world import World

CHECKED = "eligibility"
"""On record for a line whose eligibility was looked up."""
NEW = ReturnId("")


@dataclass(frozen=True, slots=True)
class EligibilityPage:
    order_id: OrderId
    line_id: LineId
    eligible: Literal["yes", "no", "depends"]
    """Depends: on what only the customer knows."""
    depends_on: tuple[str, ...]
    days_since_delivery: int
    department: str
    final_sale: bool
    member: bool
    passages: tuple[Passage, ...]
    """The rules that may decide."""


@dataclass(frozen=True, slots=True)
class ReturnPage:
    return_id: ReturnId
    order_id: OrderId
    line_id: LineId
    outcome: Literal["refund", "exchange"]
    product_id: ProductId | None
    variant_id: VariantId | None


@tool("return.check_eligibility")
def check_eligibility(world: World, order_id: OrderId, line_id: LineId) -> Recorded[EligibilityPage]:
    """Show whether the policy allows to return a line of an order, and the rules that may decide.

    "depends" means that it turns on the state of the item, which only the customer knows: ask, and apply the rules.

    Args:
        order_id: Id of an order seen before.
        line_id: Id of one of its lines.
    """
    order = world.order(order_id)
    line = order.line(line_id)
    found = returns.ruling(world, order, line)
    section, known = world.policy.returns, found.known
    days = known["days_since_delivery"]
    view = EligibilityPage(
        order_id=order.id,
        line_id=line.id,
        eligible=found.eligible,
        depends_on=found.depends_on,
        days_since_delivery=days if isinstance(days, int) else 0,
        department=str(known["department"]),
        final_sale=line.final_sale,
        member=world.profile.member,
        passages=tuple(Passage(r.id, section.chapter, section.title, r.text) for r in section.page if r in found.rules),
    )
    return Recorded(world.recorded(CHECKED, line.id), view)


@tool("return.initiate")
def initiate(world: World, order_id: OrderId, line_id: LineId, reason: Reason, method: Method) -> Final[ReturnPage]:
    """Start the return of a line for a refund. It cannot be taken back.

    Args:
        order_id: Id of an order seen before.
        line_id: Id of one of its lines.
        reason: Why the customer returns it.
        method: How it comes back: by mail, dropped off at a shop, or picked up.
    """
    return _started(world, Return(NEW, order_id, line_id, reason, method))


@tool("return.exchange")
def exchange(
    world: World, order_id: OrderId, line_id: LineId, new_product_id: ProductId, new_variant_id: VariantId
) -> Final[ReturnPage]:
    """Start the exchange of a line for another product. It cannot be taken back.

    Args:
        order_id: Id of an order seen before.
        line_id: Id of one of its lines.
        new_product_id: Id of the product to send instead.
        new_variant_id: Id of one of its variants.
    """
    variant = world.variant(new_product_id, new_variant_id)
    return _started(world, Return(NEW, order_id, line_id, "", "exchange", variant.product_id, variant.id))


def _started(world: World, wanted: Return) -> Final[ReturnPage]:
    world, made = returns.start(world, wanted)
    outcome = "refund" if made.product_id is None else "exchange"
    view = ReturnPage(made.id, made.order_id, made.line_id, outcome, made.product_id, made.variant_id)
    return Final(world, view)

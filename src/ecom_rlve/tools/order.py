"""Tools over orders: list them, look at one, and a checkout that the shop refuses where nobody asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, NoReturn

from annotated_types import Ge, Le, MaxLen

from ecom_rlve.core.attributes import money
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import LineId, OrderId, ProductId, VariantId
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.tools.catalog import printed
from ecom_rlve.tools.tool import Change, Recorded, tool
from ecom_rlve.world.orders import Order, OrderLine, Status
from ecom_rlve.world.world import World

STATUS_SEEN = "status"
"""On record for an order whose status was looked up."""


@dataclass(frozen=True, slots=True)
class OrderEntryLine:
    line_id: LineId
    product_id: ProductId
    variant_id: VariantId
    title: str
    brand: str
    category: str
    options: Mapping[str, str]
    quantity: int
    unit_price: str
    final_sale: bool


@dataclass(frozen=True, slots=True)
class OrderEntry:
    order_id: OrderId
    placed: str
    days_ago: int
    lines: tuple[OrderEntryLine, ...]
    total: str
    address_id: str
    payment_id: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: tuple[OrderEntry, ...]


@dataclass(frozen=True, slots=True)
class StampEntry:
    date: str
    status: Status


@dataclass(frozen=True, slots=True)
class StatusPage:
    order_id: OrderId
    status: Status
    carrier: str | None
    eta: str | None
    delivered: str | None
    timeline: tuple[StampEntry, ...]


def _line(world: World, line: OrderLine) -> OrderEntryLine:
    product, variant = world.product(line.product_id), world.variant(line.product_id, line.variant_id)
    return OrderEntryLine(
        line_id=line.id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        title=product.title,
        brand=product.brand,
        category=product.category,
        options=printed(variant.options),
        quantity=line.quantity,
        unit_price=money(line.unit_price),
        final_sale=line.final_sale,
    )


def _entry(world: World, order: Order) -> OrderEntry:
    total = sum(line.quantity * line.unit_price for line in order.lines)
    return OrderEntry(
        order_id=order.id,
        placed=order.placed.isoformat(),
        days_ago=(world.today - order.placed).days,
        lines=tuple(_line(world, line) for line in order.lines),
        total=money(total),
        address_id=order.address_id,
        payment_id=order.payment_id,
    )


@tool("order.list")
def list_orders(world: World, days: Annotated[int, Ge(1), Le(3650)] = 365) -> OrderPage:
    """List the customer's orders, newest first, with what was in them.

    Args:
        days: How many days to look back.
    """
    since = world.today - timedelta(days=days)
    return OrderPage(tuple(_entry(world, order) for order in world.orders if order.placed >= since))


@tool("order.get_status")
def get_status(world: World, order_id: OrderId) -> Recorded[StatusPage]:
    """Show how an order stands: status, carrier, expected arrival (eta), and what happened so far.

    Args:
        order_id: Id of an order seen before.
    """
    order = world.order(order_id)
    view = StatusPage(
        order_id=order.id,
        status=order.status,
        carrier=order.carrier or None,
        eta=order.eta.isoformat() if order.eta else None,
        delivered=order.delivered.isoformat() if order.delivered else None,
        timeline=tuple(StampEntry(stamp.day.isoformat(), stamp.status) for stamp in order.timeline),
    )
    return Recorded(world.recorded(STATUS_SEEN, order.id), view)


@tool("order.checkout")
def checkout(
    world: World, address_id: Annotated[str, MaxLen(40)], payment_id: Annotated[str, MaxLen(40)]
) -> Change[CartPage]:
    """Order what is in the cart. Only on the customer's request.

    Args:
        address_id: Where to send it: an address id of an earlier order.
        payment_id: How to pay: a payment id of an earlier order.
    """
    _refuse()


def _refuse() -> NoReturn:
    raise ToolError("not_requested", "The customer has not asked to check out.")

"""Tools that tell the agent where it is: whose account, which day."""

from __future__ import annotations

from dataclasses import dataclass

from ecom_rlve.core.attributes import money
from ecom_rlve.core.ids import ProductId
from ecom_rlve.tools.tool import tool
from ecom_rlve.world.world import World


@dataclass(frozen=True, slots=True)
class VisitEntry:
    date: str
    days_ago: int
    product_id: ProductId
    title: str
    category: str
    price: str


@dataclass(frozen=True, slots=True)
class VisitPage:
    visits: tuple[VisitEntry, ...]


@dataclass(frozen=True, slots=True)
class Today:
    date: str
    weekday: str


@tool("user.get_visit_history")
def get_visit_history(world: World) -> VisitPage:
    """List the products that the customer looked at lately, newest first."""
    entries: list[VisitEntry] = []
    for visit in world.visits:
        product = world.product(visit.product_id)
        days = (world.today - visit.day).days
        entries.append(
            VisitEntry(visit.day.isoformat(), days, product.id, product.title, product.category, money(product.price))
        )
    return VisitPage(tuple(entries))


@tool("datetime.now")
def now(world: World) -> Today:
    """Tell today's date and weekday."""
    return Today(world.today.isoformat(), WEEKDAYS[world.today.weekday()])


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Not `strftime`, whose words depend on the machine's locale."""

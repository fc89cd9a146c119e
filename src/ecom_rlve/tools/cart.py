"""Tools over the cart. `add` always adds; `set_quantity` and `remove` may be repeated safely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from ecom_rlve.core.attributes import money
from ecom_rlve.core.ids import LineId, ProductId, VariantId
from ecom_rlve.tools.catalog import printed
from ecom_rlve.tools.tool import Change, tool
from ecom_rlve.world import cart
from ecom_rlve.world.world import World

Quantity = Annotated[int, Ge(1), Le(10_000)]


@dataclass(frozen=True, slots=True)
class CartEntry:
    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    title: str
    options: Mapping[str, str]
    quantity: int
    unit_price: str
    line_total: str


@dataclass(frozen=True, slots=True)
class CartPage:
    lines: tuple[CartEntry, ...]
    subtotal: str


def page(world: World) -> CartPage:
    """Return the cart as the shop shows it."""
    entries: list[CartEntry] = []
    subtotal = 0
    for line in world.cart:
        product = world.product(line.product_id)
        variant = None if line.variant_id is None else world.variant(line.product_id, line.variant_id)
        price = product.price if variant is None else variant.price
        subtotal += price * line.quantity
        entries.append(
            CartEntry(
                line_id=line.id,
                product_id=line.product_id,
                variant_id=line.variant_id,
                title=product.title,
                options={} if variant is None else printed(variant.options),
                quantity=line.quantity,
                unit_price=money(price),
                line_total=money(price * line.quantity),
            )
        )
    return CartPage(tuple(entries), money(subtotal))


@tool("cart.view")
def view(world: World) -> CartPage:
    """Show the cart: its lines with their ids, and the subtotal."""
    return page(world)


@tool("cart.add")
def add(
    world: World, product_id: ProductId, variant_id: VariantId | None = None, quantity: Quantity = 1
) -> Change[CartPage]:
    """Add units of a product to the cart, on top of what is there, and show the cart.

    Args:
        product_id: Id of a product seen before.
        variant_id: Id of one of its variants; leave it out if the customer does not care which.
        quantity: Units to add.
    """
    product = world.product(product_id)
    variant = None if variant_id is None else world.variant(product_id, variant_id).id
    world = cart.add(world, product.id, variant, quantity)
    return Change(world, page(world))


@tool("cart.set_quantity")
def set_quantity(world: World, line_id: LineId, quantity: Quantity) -> Change[CartPage]:
    """Set the number of units of a cart line, and show the cart.

    Args:
        line_id: Id of a line, as the cart shows it.
        quantity: Units the line shall have.
    """
    world = cart.set_quantity(world, line_id, quantity)
    return Change(world, page(world))


@tool("cart.remove")
def remove(world: World, line_id: LineId) -> Change[CartPage]:
    """Take a line out of the cart, and show the cart.

    Args:
        line_id: Id of a line, as the cart shows it.
    """
    world = cart.remove(world, line_id)
    return Change(world, page(world))

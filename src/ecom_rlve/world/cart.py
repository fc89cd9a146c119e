"""The cart's arithmetic: pure functions from world to world. Knows no tool."""

from __future__ import annotations

from dataclasses import replace

from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import LineId, ProductId, VariantId
from ecom_rlve.world.records import CartLine
from ecom_rlve.world.world import World

MAX_UNITS = 99
"""Most units of one line that the shop sells in one order."""


def add(world: World, product_id: ProductId, variant_id: VariantId | None, quantity: int) -> World:
    """Return the world with `quantity` more units in the cart; equal product and variant share a line.

    Raises:
        ToolError: `not_found`, `out_of_stock`, or `quantity_exceeded` where less is on the shelf.
    """
    held = next((c for c in world.cart if (c.product_id, c.variant_id) == (product_id, variant_id)), None)
    total = quantity + (held.quantity if held else 0)
    _check_shelf(world, product_id, variant_id, total)
    if held is not None:
        return _with_line(world, replace(held, quantity=total))
    made = world.lines_made + 1
    line = CartLine(LineId(f"LN{made}"), product_id, variant_id, quantity)
    return replace(world, cart=(*world.cart, line), lines_made=made)


def set_quantity(world: World, line_id: LineId, quantity: int) -> World:
    """Return the world with exactly `quantity` ≥ 1 units in a line; errors as for `add`."""
    line = _line(world, line_id)
    if line.quantity == quantity:
        return world
    _check_shelf(world, line.product_id, line.variant_id, quantity)
    return _with_line(world, replace(line, quantity=quantity))


def remove(world: World, line_id: LineId) -> World:
    """Return the world without a line; taking out one that was taken out before changes nothing."""
    if line_id in world.removed:
        return world
    line = _line(world, line_id)
    return replace(world, cart=tuple(c for c in world.cart if c is not line), removed=(*world.removed, line.id))


def _line(world: World, line_id: LineId) -> CartLine:
    for line in world.cart:
        if line.id == line_id:
            return line
    raise ToolError("not_found", f"There is no line {line_id[:40]!r} in the cart.")


def _with_line(world: World, line: CartLine) -> World:
    return replace(world, cart=tuple(line if c.id == line.id else c for c in world.cart))


def _check_shelf(world: World, product_id: ProductId, variant_id: VariantId | None, quantity: int) -> None:
    units = world.on_shelf(product_id, variant_id)
    if units == 0:
        raise ToolError("out_of_stock", "This is sold out.")
    if quantity > min(units, MAX_UNITS):
        raise ToolError("quantity_exceeded", f"At most {min(units, MAX_UNITS)} can be ordered, not {quantity}.")

"""A customer's order history, drawn with look-alikes, and how people say which of their orders they mean.

Knows no environment. Costs the same at any size of the catalogue: only products of a few types are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.core.attributes import Value, attribute
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import LineId, OrderId
from ecom_rlve.core.product import Variant
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.lacking import biggest_type
from ecom_rlve.world.orders import Order, OrderLine, Stamp, Status, new_id
from ecom_rlve.world.world import World

ITEM, BRAND, AGE, PRICE, UNITS, OPTION, RANK = (
    "order_item", "order_brand", "order_age", "order_price", "order_units", "order_option", "order_rank"
)  # fmt: skip
"""What people say of an order; ages in days, prices of one unit in cents."""
ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
                   "eleventh", "twelfth")  # fmt: skip
BACKGROUND = 3
"""Orders that resemble nothing."""
OLDEST = 75
"""Days back in which orders were placed."""
FIRST_LINE = 1001
"""Line numbers of orders start here, away from those of the cart."""
CARRIERS: Final = ("Northwind Parcel", "Swiftline", "Harbor Express", "Pinebridge Post", "Redwing Couriers")
TRIES = 200
P_SAME_BRAND, P_EXTRA = 0.5, 0.3
"""Chances that look-alikes are of one brand; that an order has another line."""
PRODUCTS = 3
"""Look-alikes are of so many products, each in two forms, and in two quantities."""
P_DATE_LAST = 0.9
"""Chance that the date is said only if nothing else tells orders apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of one order."""

    order: Order
    line: OrderLine


def draw_history(
    world: World, alike: int, rng: Stream, *, delivered: bool, oldest: int = OLDEST
) -> tuple[World, tuple[Place, ...]]:
    """Return the world with an order history, and the places in it that look alike.

    Args:
        world: Where it takes place; orders that it holds already stay, and nothing drawn looks like them.
        alike: How many orders look like another one; there is one more of their kind.
        rng: Where it is drawn.
        delivered: Whether the look-alikes have all arrived.
        oldest: Days back in which orders were placed.
    """
    leaf, rows = _kind(world, rng)
    before = sum(len(order.lines) for order in world.orders)
    count = alike + 1 + BACKGROUND
    ages = sorted(rng.sample(range(3 if delivered else 1, oldest), count))
    alike_at = set(rng.sample(range(count), alike + 1))
    orders: list[Order] = []
    places: list[Place] = []
    kin = iter(_kin(world, rows, alike + 1, rng))
    first = FIRST_LINE + 4 * before
    numbers = iter(rng.shuffled(range(first, first + 4 * count)))
    for k, age in enumerate(ages):
        number = next(numbers)
        lines = [_akin(world, next(kin), number, rng) if k in alike_at else _any_line(world, leaf, number, rng)]
        if rng.chance(P_EXTRA):
            lines.append(_any_line(world, leaf, next(numbers), rng))
        order = _shipped(world, age, tuple(rng.shuffled(lines)), rng, arrived=delivered and k in alike_at)
        orders.append(order)
        if k in alike_at:
            places.append(Place(order, lines[0]))
    history = tuple(sorted((*world.orders, *orders), key=lambda order: order.placed, reverse=True))
    return replace(world, orders=history, made_seed=rng.below(2**48)), tuple(places)


def _ordered(world: World) -> frozenset[str]:
    """Return what was ordered before, by its noun: further orders must not look like those."""
    products = (world.product(line.product_id) for order in world.orders for line in order.lines)
    return frozenset(world.catalog.taxonomy.leaf(product.category).noun for product in products)


def _kind(world: World, rng: Stream) -> tuple[Leaf, range]:
    ordered = _ordered(world)
    for _ in range(TRIES):
        leaf = world.catalog.leaf(rng.below(len(world.catalog)))
        rows = world.catalog.category_rows(leaf.key)
        if not leaf.denied and len(rows) > 1 and leaf.noun not in ordered:
            return leaf, rows
    raise GenerationError(
        f"no type of product with two products was found in {TRIES} tries: it takes one that may be sold and is in no "
        f"order yet; {biggest_type(world.catalog)}"
    )


@dataclass(frozen=True, slots=True)
class _Details:
    """What a look-alike line is."""

    row: int
    form: int
    units: int


def _kin(world: World, rows: range, count: int, rng: Stream) -> list[_Details]:
    """Return `count` lines of one type, in any order.

    Two differ in one detail, four in two, twelve in three, every combination once: each detail is needed to tell one
    of them from the others, and none of them stands out. Beyond that, only dates tell some of them apart.
    """
    first = rng.choice(rows)
    product = world.catalog.product(first)
    brand = world.catalog.brand_rows(product.category, product.brand)
    others = [rng.choice(brand if rng.chance(P_SAME_BRAND) else rows) for _ in range(PRODUCTS - 1)]
    details = rng.shuffled((("row", (first, *others)), ("form", (0, 1)), ("units", (1, rng.between(2, 3)))))
    kin: list[_Details] = []
    for number in range(count):
        values, left = dict[str, int](), number
        for name, choices in details:
            left, at = divmod(left, len(choices))
            values[name] = choices[at]
        kin.append(_Details(**values))
    return rng.shuffled(kin)


def _akin(world: World, own: _Details, number: int, rng: Stream) -> OrderLine:
    forms = world.variants(world.catalog.id_of(own.row))
    return _line(world, own.row, number, forms[own.form % len(forms)], own.units, rng)


def _any_line(world: World, leaf: Leaf, number: int, rng: Stream) -> OrderLine:
    row = _other(world, leaf, rng)
    forms = world.variants(world.catalog.id_of(row))
    return _line(world, row, number, rng.choice(forms), rng.between(2, 3) if rng.chance(0.4) else 1, rng)


def _other(world: World, leaf: Leaf, rng: Stream) -> int:
    ordered = _ordered(world)
    for _ in range(TRIES):
        row = rng.below(len(world.catalog))
        other = world.catalog.leaf(row)
        if not other.denied and other.noun != leaf.noun and other.noun not in ordered:
            return row
    raise GenerationError(
        f"nothing but {leaf.plural} was found in {TRIES} tries: it takes another type that may be sold and is in no "
        "order yet"
    )


def _line(world: World, row: int, number: int, variant: Variant, quantity: int, rng: Stream) -> OrderLine:
    final_sale = rng.below(100) < world.catalog.leaf(row).final_sale_share
    return OrderLine(LineId(f"LN{number}"), variant.product_id, variant.id, quantity, variant.price, final_sale)


def _shipped(world: World, age: int, lines: tuple[OrderLine, ...], rng: Stream, *, arrived: bool) -> Order:
    """Return an order of some age and how far it has come."""
    placed = world.today - timedelta(days=age)
    status = "delivered" if arrived else rng.choice(_possible(age))
    steps: list[Status] = ["processing"]
    if status != "processing":
        steps.append("packed")
    if status not in ("processing", "packed"):
        steps.extend(("shipped", "in_transit"))
    if status in ("out_for_delivery", "delivered"):
        steps.append("out_for_delivery")
    if status not in steps:
        steps.append(status)
    while steps[-1] != status:
        steps.pop()
    days = sorted([0, *(rng.between(1, age) for _ in steps[1:])])
    timeline = tuple(Stamp(placed + timedelta(days=d), s) for d, s in zip(days, steps, strict=True))
    carrier = rng.choice(CARRIERS) if len(steps) > 2 else ""
    eta = None if status == "delivered" else world.today + timedelta(days=rng.between(1, 9))
    address, payment = f"ADDR{rng.between(1, 3)}", f"PAY{rng.between(1, 3)}"
    return Order(OrderId(new_id("O", rng)), placed, lines, timeline, carrier, eta, address, payment)


def _possible(age: int) -> tuple[Status, ...]:
    if age <= 2:
        return ("processing", "packed", "shipped")
    if age <= 20:
        return ("packed", "shipped", "in_transit", "out_for_delivery", "delayed", "delivered")
    return ("in_transit", "delayed", "delivered", "delivered")


def said_of(world: World, place: Place) -> Mapping[str, Value]:
    """Return all that people could say of a line they ordered."""
    product = world.product(place.line.product_id)
    noun = world.catalog.taxonomy.leaf(product.category).one
    variant = world.variant(place.line.product_id, place.line.variant_id)
    said: dict[str, Value] = {
        ITEM: noun,
        BRAND: product.brand,
        AGE: (world.today - place.order.placed).days,
        PRICE: place.line.unit_price,
        UNITS: place.line.quantity,
    }
    for name, value in variant.options.items():
        said[OPTION] = attribute(name).show(value)
    return said


def all_said(world: World) -> list[tuple[Place, Mapping[str, Value]]]:
    """Return every line of every order with what could be said of it, its rank among its kind included."""
    places = [Place(order, line) for order in world.orders for line in order.lines]
    said = [(place, dict(said_of(world, place))) for place in places]
    for place, values in said:
        older = sum(o[ITEM] == values[ITEM] and p.order.placed < place.order.placed for p, o in said)
        values[RANK] = ORDINALS[older] if older < len(ORDINALS) else "last"
    return [(place, values) for place, values in said]


def telling(world: World, meant: Sequence[Place], rng: Stream) -> tuple[Mapping[str, Value], ...]:
    """Return, for each of `meant`, what singles it out among all lines; the topics are the same for all of them."""
    lines = all_said(world)
    own = [next(values for p, values in lines if p == place) for place in meant]
    dated = rng.shuffled((AGE, RANK))[:1]
    others = rng.shuffled((BRAND, PRICE, UNITS, OPTION))
    order = [*others, *dated] if rng.chance(P_DATE_LAST) else rng.shuffled((*others, *dated))
    topics = [ITEM]
    for topic in (*order, AGE):
        if all(_fitting(lines, values, topics) == 1 for values in own):
            break
        more = [*topics, topic]
        if topic not in topics and any(_fitting(lines, v, more) < _fitting(lines, v, topics) for v in own):
            topics = more
    return tuple({topic: values[topic] for topic in topics} for values in own)


def _fitting(
    lines: Sequence[tuple[Place, Mapping[str, Value]]], values: Mapping[str, Value], topics: Sequence[str]
) -> int:
    return sum(all(other.get(t) == values.get(t) for t in topics) for _, other in lines)

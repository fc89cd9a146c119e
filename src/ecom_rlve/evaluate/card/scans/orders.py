"""Brute force for orders and returns: every line of every order against what the customer can tell of the one meant."""

from __future__ import annotations

from collections.abc import Mapping

from ecom_rlve.core.attributes import Value, attribute
from ecom_rlve.core.ids import LineId
from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scanned, meets, of_type
from ecom_rlve.world.orders import Order, OrderLine
from ecom_rlve.world.returns import STATE, records
from ecom_rlve.world.world import World

Line = tuple[Order, OrderLine]
_RANKS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
          "twelfth")  # fmt: skip


def scan_order(drawn: Drawn) -> Scanned:
    """Return whether what can be told fits lines of one order only, the one that the verdict wants."""
    fit = _fitting(drawn)
    orders = list(dict.fromkeys(order.id for order, _ in fit))
    faults = [] if orders == [drawn.answer.order_id] else [f"what is told fits {len(orders)} orders"]
    alike = [o.id for o in _alike(drawn) if _can_be_asked(o, str(drawn.facts()["question"].constraint.value))]
    places = [Place("orders like it", alike.index(i), len(alike), i) for i in orders[:1] if i in alike]
    return Scanned(len(orders), tuple(faults), tuple(places))


def scan_return(drawn: Drawn) -> Scanned:
    """Return whether what can be told fits one line only, as do the rules, and something to send instead exists."""
    fit, answer, faults = _fitting(drawn), drawn.answer, list[str]()
    if [line.id for _, line in fit] != [answer.line_id]:
        return Scanned(len(fit), (f"what is told fits {len(fit)} lines",))
    order, line = fit[0]
    state = {name: fact.constraint.value for name, fact in drawn.facts().items() if name in STATE}
    rule = drawn.world.policy.returns.decide({**records(drawn.world, order, line), **state})  # pyright: ignore[reportArgumentType] (one value each)
    if (rule.value == "yes") == (answer.outcome == "declined") or (rule.value != "yes" and rule.code != answer.reason):
        faults.append(f"{rule.id} decides, and the verdict wants {answer.outcome}, {answer.reason}")
    fewest = 1
    if len(drawn.brief.requests) > 1:
        wishes = [fact.constraint for topic, fact in drawn.facts(1).items() if topic != "category"]
        able = of_type(drawn.world, drawn.facts(1)["category"].constraint.value)
        fewest = sum(p.stock > 0 and p.id != line.product_id and meets(drawn.world, p, wishes) for p in able)
        if not fewest:
            faults.append("no product in stock is what they want instead")
    alike = [o.id for o in _alike(drawn) if o.delivered is not None]
    places = (Place("orders like it", alike.index(order.id), len(alike), order.id),)
    return Scanned(min(1, fewest), tuple(faults), places)


def _fitting(drawn: Drawn) -> list[Line]:
    told = {topic: fact.constraint.value for topic, fact in drawn.facts().items() if topic.startswith("order_")}
    known = {line.id: _said(drawn.world, order, line) for order, line in _lines(drawn.world)}
    ranked = _ranked(drawn.world, known)
    return [(o, ln) for o, ln in _lines(drawn.world) if all(ranked[ln.id].get(t) == v for t, v in told.items())]


def _lines(world: World) -> list[Line]:
    return [(order, line) for order in world.orders for line in order.lines]


def _said(world: World, order: Order, line: OrderLine) -> dict[str, Value]:
    """Return what is true of a line, by the topics that people use, read off its order and its product's page."""
    product = world.product(line.product_id)
    said: dict[str, Value] = {
        "order_item": world.catalog.taxonomy.leaf(product.category).one,
        "order_brand": product.brand,
        "order_age": (world.today - order.placed).days,
        "order_price": line.unit_price,
        "order_units": line.quantity,
    }
    for name, value in world.variant(line.product_id, line.variant_id).options.items():
        said["order_option"] = attribute(name).show(value)
    return said


def _ranked(world: World, known: Mapping[LineId, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    """Return what is true of every line with its rank among lines of its kind, the oldest first."""
    out: dict[str, dict[str, Value]] = {}
    for order, line in _lines(world):
        same = [o for o, ln in _lines(world) if known[ln.id]["order_item"] == known[line.id]["order_item"]]
        older = sum(o.placed < order.placed for o in same)
        out[line.id] = {**known[line.id], "order_rank": _RANKS[older] if older < len(_RANKS) else "last"}
    return out


def _alike(drawn: Drawn) -> list[Order]:
    """Return the orders that hold a thing of the type told, in the order in which the shop lists them."""
    item = drawn.facts()["order_item"].constraint.value
    return [
        order
        for order in drawn.world.orders
        if any(_said(drawn.world, order, line)["order_item"] == item for line in order.lines)
    ]


def _can_be_asked(order: Order, question: str) -> bool:
    """Whether a question about an order makes sense to somebody who knows how it stands."""
    return {"order_when": order.eta is not None, "order_carrier": bool(order.carrier)}.get(question, True)

"""Hand-made briefs for the tests of the customer."""

from __future__ import annotations

from dataclasses import replace

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.product import Constraint, Op
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.tasks.brief import Brief, Fact, Item, Request
from ecom_rlve.users.customer import Customer
from ecom_rlve.users.user import Heard, Reply


def fact(attribute: str, op: Op, value: Value, *, withheld: bool = False, slot: str = "", detail: int = 0) -> Fact:
    return Fact(Constraint(attribute, op, value), slot=slot, detail=detail, withheld=withheld)


LAMP = Request(
    "cart_line",
    "desk lamp",
    "desk lamps",
    (
        fact("category", "eq", "home/desk_lamps"),
        fact("brand", "eq", "Lumera"),
        fact("color", "eq", "black"),
        fact("finish", "eq", "brushed brass", withheld=True),
        fact("price", "max", 2500, withheld=True),
        fact("quantity", "eq", 2, withheld=True),
    ),
    fallback=(
        fact("category", "eq", "home/desk_lamps"),
        fact("brand", "eq", "Nordel"),
        fact("color", "eq", "sage green"),
        fact("quantity", "eq", 1),
    ),
)
CHARGER = Request(
    "cart_line",
    "phone charger",
    "phone chargers",
    (
        fact("category", "eq", "electronics/chargers"),
        fact("title", "eq", "Voltaro Pulse 65W Phone Charger", slot="visited", detail=1),
        fact("connector", "eq", "USB-C", withheld=True),
        fact("quantity", "eq", 1),
    ),
)
BOTTLE = Request(
    "cart_line",
    "water bottle",
    "water bottles",
    (
        fact("category", "eq", "kitchen/water_bottles"),
        fact("brand", "eq", "Caldaholm"),
        fact("color", "eq", "red", withheld=True),
        fact("rating", "min", 45, withheld=True),
        fact("quantity", "eq", 3),
    ),
)
TWO = Brief("fill_cart", (LAMP, CHARGER))
THREE = Brief("fill_cart", (LAMP, CHARGER, BOTTLE))


def line(request: Request, name: str = "Some Title", **other: Value | None) -> Item:
    """Return a cart line that fulfils `request`, but for what `other` says; None: not shown."""
    values: dict[str, Value | None] = {"price": 2000, "title": name}
    values.update({f.constraint.attribute: f.constraint.value for f in request.facts})  # type: ignore[misc] (a value of any kind)
    values.update(other)
    return Item(request.kind, name, {k: v for k, v in values.items() if v is not None})


def shown(request: Request, **other: Value | None) -> Item:
    """Return a product as the shop shows it, not yet in the cart."""
    return replace(line(request, **{"quantity": None, **other}), kind="product")


class Talk:
    """A dialogue under way: remembers the belief, counts the turns."""

    def __init__(self, brief: Brief, seed: int = 1, noise: float = 0.0) -> None:
        self.brief, self.seed, self.noise, self.turn = brief, seed, noise, 0
        self.customer = Customer()
        self.opening, self.belief = self.customer.open(brief, stream(seed, "user"), noise)
        self.items: tuple[Item, ...] = ()

    def say(self, message: str, *items: Item, **more: object) -> Reply:
        """Say something; `items` is the page from now on, if any are given."""
        self.turn += 1
        changed = bool(items) and items != self.items
        self.items = items or self.items
        heard = Heard(message, self.items, changed, **more)  # type: ignore[arg-type] (by name)
        rng = stream(self.seed, "user", self.turn)
        reply, self.belief = self.customer.respond(self.brief, self.belief, heard, rng, self.noise)
        return reply


def seed_of(brief: Brief, register: str) -> int:
    """Return the first seed whose customer speaks in `register`."""
    rngs = ((seed, stream(seed, "user")) for seed in range(1000))
    return next(seed for seed, rng in rngs if _register(brief, rng) == register)


def _register(brief: Brief, rng: Stream) -> str:
    return Customer().open(brief, rng, 0.0)[1].register

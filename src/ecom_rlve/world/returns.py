"""Returns: what the policy says of a line of an order, and the arithmetic of starting a return or an exchange.

Eligibility is the policy's section on returns and nothing else. The shop knows from its records when a line arrived,
what it is and who bought it; in which state the item is, only the customer can tell. Knows no tool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Literal, get_args

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import ProductId, ReturnId, VariantId
from ecom_rlve.core.rng import stream
from ecom_rlve.world.orders import Order, OrderLine, Return, new_id
from ecom_rlve.world.policy import Rule
from ecom_rlve.world.world import World

Reason = Literal["change_of_mind", "wrong_size", "wrong_item", "late_delivery", "damage"]
Method = Literal["mail", "drop_off", "pickup"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
METHODS: Final[tuple[Method, ...]] = get_args(Method)
RECORDED: Final = ("days_since_delivery", "final_sale", "department", "member")
"""Circumstances that the shop knows from its records."""
STATE: Final = ("opened", "used", "damaged")
"""Circumstances that only the customer knows."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says of one line, as far as the shop's records go."""

    known: Mapping[str, Value]
    rules: tuple[Rule, ...]
    """Those that may decide, whatever state the item is in."""
    depends_on: tuple[str, ...]
    """Circumstances of the item's state that make a difference to whether, or why not, it can be returned."""

    @property
    def eligible(self) -> Literal["yes", "no", "depends"]:
        """Whether it can be returned."""
        values = {rule.value for rule in self.rules}
        return "depends" if len(values) > 1 else "yes" if values == {"yes"} else "no"


def records(world: World, order: Order, line: OrderLine) -> dict[str, Value]:
    """Return what the shop knows of a delivered line; `not_eligible` if it has not arrived."""
    if order.delivered is None:
        raise ToolError("not_eligible", "This order has not been delivered yet.")
    return {
        "days_since_delivery": (world.today - order.delivered).days,
        "final_sale": "yes" if line.final_sale else "no",
        "department": world.product(line.product_id).category.partition("/")[0],
        "member": "yes" if world.profile.member else "no",
    }


def ruling(world: World, order: Order, line: OrderLine) -> Ruling:
    """Return what the policy says of a line; `not_eligible` if it has not arrived."""
    known = records(world, order, line)
    section = world.policy.returns
    deciding = {values: section.decide({**known, **dict(zip(STATE, values, strict=True))}) for values in _states()}
    rules = tuple(dict.fromkeys(deciding.values()))
    matter = tuple(
        name
        for k, name in enumerate(STATE)
        if any(_verdict(rule) != _verdict(deciding[_flipped(values, k)]) for values, rule in deciding.items())
    )
    return Ruling(known, rules, matter)


def _verdict(rule: Rule) -> tuple[Value, str]:
    return rule.value, rule.code


def _states() -> Iterator[tuple[str, ...]]:
    return product(("yes", "no"), repeat=len(STATE))


def _flipped(values: tuple[str, ...], k: int) -> tuple[str, ...]:
    return tuple(("no" if v == "yes" else "yes") if i == k else v for i, v in enumerate(values))


def start(world: World, wanted: Return) -> tuple[World, Return]:
    """Return the world with a return or exchange started (its id is made here), or as it is where it was started.

    Raises:
        ToolError: `not_found`, `not_eligible`, `already_returned` with other arguments, or `out_of_stock`.
    """
    order = world.order(wanted.order_id)
    line = order.line(wanted.line_id)
    for made in world.returns:
        if made.line_id == line.id:
            if replace(made, id=wanted.id) == wanted:
                return world, made
            raise ToolError("already_returned", f"A return of line {line.id} was started before: {made.id}.")
    if ruling(world, order, line).eligible == "no":
        raise ToolError("not_eligible", "The policy does not allow to take this back.")
    if wanted.product_id is not None and not _on_shelf(world, wanted.product_id, wanted.variant_id):
        raise ToolError("out_of_stock", "What is to be sent instead is sold out.")
    made = replace(wanted, id=ReturnId(new_id("R", stream(world.made_seed, "return", line.id))))
    return replace(world, returns=(*world.returns, made)), made


def _on_shelf(world: World, product_id: ProductId, variant_id: VariantId | None) -> bool:
    return world.product(product_id).stock > 0 and world.on_shelf(product_id, variant_id) > 0

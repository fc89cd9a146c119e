"""World: one frozen value that holds all a tool can see or change.

Knows no task and no tool. A snapshot is a reference, a fork is an assignment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.ids import LineId, ProductId, VariantId
from ecom_rlve.world.orders import Order, Return
from ecom_rlve.world.policy import Policy, policy
from ecom_rlve.world.records import CartLine, Profile, Ranking, Visit

if TYPE_CHECKING:
    from ecom_rlve.catalog.catalog import Catalog
    from ecom_rlve.core.product import Product, Variant

NO_STOCK: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class World:
    """All that tools read and write in one episode: a catalogue that all share, and what differs from it."""

    catalog: Catalog
    """Shared by all episodes, never copied."""
    today: date
    profile: Profile
    offer: Offer = Offer(0)
    """Which variants are on offer."""
    ranking: Ranking = Ranking()
    cart: tuple[CartLine, ...] = ()
    lines_made: int = 0
    """How many cart lines there ever were; line ids are never used twice."""
    removed: tuple[LineId, ...] = ()
    """Lines taken out of the cart: removing one again is no error."""
    stock: Mapping[str, int] = field(default_factory=lambda: NO_STOCK, hash=False)
    """Units on the shelf where this episode differs from the catalogue, by product or variant id."""
    visits: tuple[Visit, ...] = ()
    """Newest first."""
    orders: tuple[Order, ...] = ()
    """Newest first."""
    returns: tuple[Return, ...] = ()
    """Those started in this episode, oldest first."""
    consulted: tuple[tuple[str, str], ...] = ()
    """(what, id) of look-ups that the shop keeps a record of, each once: an order's status, a line's eligibility."""
    made_seed: int = 0
    """Where ids of what is made in this episode are drawn."""

    @property
    def policy(self) -> Policy:
        """The shop's rules."""
        return policy(self.catalog.rules)

    def order(self, order_id: str) -> Order:
        """Return one of the customer's orders; `not_found` if there is no such order."""
        for order in self.orders:
            if order.id == order_id:
                return order
        raise ToolError("not_found", f"There is no order {order_id[:40]!r}.")

    def recorded(self, what: str, about: str) -> World:
        """Return the world with a look-up on record."""
        entry = (what, about)
        return self if entry in self.consulted else replace(self, consulted=(*self.consulted, entry))

    def row(self, product_id: str) -> int:
        """Return the catalogue row of a product; `not_found` if there is none."""
        row = self.catalog.row_of(product_id)
        if row is None:
            raise ToolError("not_found", f"There is no product {product_id[:40]!r}.")
        return row

    def product(self, product_id: str) -> Product:
        """Return the product as it stands in this episode, its stock included; `not_found` if there is none."""
        product = self.catalog.product(self.row(product_id))
        return product if product.id not in self.stock else replace(product, stock=self.stock[product.id])

    def variants(self, product_id: str) -> tuple[Variant, ...]:
        """Return the forms of a product on offer, their stock as it stands; `not_found` if there is no product."""
        variants = self.catalog.variants(self.row(product_id), self.offer)
        if not self.stock:
            return variants
        top = self.stock.get(product_id)
        if top == 0:
            units = [0 for _ in variants]
        elif top is None:
            units = [self.stock.get(v.id, v.stock) for v in variants]
        else:
            back = not any(v.stock for v in variants)  # Sold out in the catalogue, and here it is not.
            units = [self.stock.get(v.id, top if v.stock or back else 0) for v in variants]
        return tuple(v if v.stock == n else replace(v, stock=n) for v, n in zip(variants, units, strict=True))

    def variant(self, product_id: str, variant_id: str) -> Variant:
        """Return one form of a product; `not_found` if the product has no such form."""
        for variant in self.variants(product_id):
            if variant.id == variant_id:
                return variant
        raise ToolError("not_found", f"Product {product_id} has no variant {variant_id[:40]!r}.")

    def on_shelf(self, product_id: ProductId, variant_id: VariantId | None) -> int:
        """Return how many units can be bought; without a variant, of the form best in stock."""
        if variant_id is not None:
            return self.variant(product_id, variant_id).stock
        return max(v.stock for v in self.variants(product_id))

    def with_stock(self, units: Mapping[str, int]) -> World:
        """Return the world with `units` on the shelf for the products or variants named."""
        return replace(self, stock=MappingProxyType({**self.stock, **units}))

    def digest(self) -> str:
        """Return 16 hex digits over everything that can change during an episode."""
        state = [
            [[line.id, line.product_id, line.variant_id, line.quantity] for line in self.cart],
            self.lines_made,
            list(self.removed),
            sorted(self.stock.items()),
            [[r.id, r.order_id, r.line_id, r.reason, r.method, r.product_id, r.variant_id] for r in self.returns],
            [list(entry) for entry in self.consulted],
        ]
        return hashlib.blake2b(json.dumps(state).encode(), digest_size=8).hexdigest()

"""Products, variants, and constraints on them: values that can be checked, spoken and used as filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.ids import ProductId, VariantId

__all__ = ["Constraint", "HasValues", "Op", "Product", "ProductId", "Variant", "VariantId"]

Op = Literal["eq", "in", "min", "max"]


class HasValues(Protocol):
    """Anything whose attributes can be asked for."""

    def value(self, attribute: str) -> Value | None:
        """Return the stored value of `attribute`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the shop; all its variants share this page."""

    id: ProductId
    title: str
    category: str
    """Key of its leaf category, e.g. "electronics/chargers"."""
    brand: str
    price: int
    """US cents."""
    rating: int
    """Tenths of a star, 10 … 50."""
    rating_count: int
    stock: int
    """Units on the shelf, ≥ 0."""
    delivery_days: int
    """Days until it arrives, 1 … 14."""
    attributes: Mapping[str, Value]
    """What its category's schema lists, by attribute name."""
    description: str

    def value(self, attribute: str) -> Value | None:
        """Return the stored value of `attribute`, or None where the product has none."""
        if attribute == "in_stock":
            return "yes" if self.stock > 0 else "no"
        if attribute in _OWN_FIELDS:
            return getattr(self, attribute)
        return self.attributes.get(attribute)


_OWN_FIELDS = frozenset({"title", "category", "brand", "price", "rating", "rating_count", "delivery_days"})


@dataclass(frozen=True, slots=True)
class Variant:
    """One buyable form of a product."""

    id: VariantId
    product_id: ProductId
    options: Mapping[str, Value]
    """What sets it apart, e.g. {"connector": "USB-C"}; these override the product's attributes."""
    price: int
    """US cents."""
    stock: int


@dataclass(frozen=True, slots=True)
class Constraint:
    """One condition on one attribute, as data."""

    attribute: str
    op: Op
    value: Value | tuple[Value, ...]
    """A tuple for `in`, one value otherwise."""

    def admits(self, value: Value | None) -> bool:
        """Whether `value` meets the condition; None (unknown) never does."""
        if value is None:
            return False
        if self.op == "eq":
            return value == self.value
        if self.op == "in":
            return isinstance(self.value, tuple) and value in self.value
        if isinstance(value, str) or not isinstance(self.value, int):
            return False
        return value >= self.value if self.op == "min" else value <= self.value

    def holds(self, thing: HasValues) -> bool:
        """Whether `thing` meets the condition."""
        return self.admits(thing.value(self.attribute))

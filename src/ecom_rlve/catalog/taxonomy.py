"""The category tree of a catalogue: leaf categories, what people call them, which values their attributes take.

Knows no product and no way to make one (`recipe` does). A catalogue on disk carries its own taxonomy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.errors import CatalogError


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf category."""

    key: str
    """Department and name, e.g. "electronics/chargers"."""
    noun: str
    """What people call one, e.g. "phone charger"."""
    plural: str
    synonyms: tuple[str, ...]
    """Other everyday words for it, singular."""
    counted_as: str
    """What one is counted by where it is no "one": "pair" for hiking boots; empty otherwise."""
    attributes: Mapping[str, tuple[Value, ...]]
    """Its schema: attribute to the values that occur, in their natural order."""
    variant: tuple[str, ...]
    """Attributes by which its products come in forms, most natural first."""
    denied: bool
    """Sold, but a house rule forbids to recommend it."""
    hygiene: bool
    """Cannot be returned once opened."""
    final_sale_share: int
    """How many of 100 such order lines are final sale."""

    @property
    def one(self) -> str:
        """What a single one is called: "phone charger", "pair of hiking boots", "bag of granola"."""
        return f"{self.counted_as} of {self._counted}" if self.counted_as else self.noun

    @property
    def many(self) -> str:
        """What several are called: "phone chargers", "pairs of hiking boots", "bags of granola"."""
        several = f"{self.counted_as}es" if self.counted_as.endswith("x") else f"{self.counted_as}s"
        return f"{several} of {self._counted}" if self.counted_as else self.plural

    @property
    def _counted(self) -> str:
        # Granola comes by the bag, boots by the pair.
        return self.plural if self.counted_as in ("pair", "set", "pack") else self.noun

    @property
    def department(self) -> str:
        """The first part of the key."""
        return self.key.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All leaf categories, by key, sorted."""

    leaves: Mapping[str, Leaf]

    @classmethod
    def of(cls, leaves: list[Leaf]) -> Taxonomy:
        """Return the taxonomy of `leaves`, sorted by key."""
        ordered = sorted(leaves, key=lambda leaf: leaf.key)
        return cls(MappingProxyType({leaf.key: leaf for leaf in ordered}))

    def leaf(self, key: str) -> Leaf:
        """Return the leaf category called `key`.

        Raises:
            CatalogError: There is none; the message shows some that exist.
        """
        try:
            return self.leaves[key]
        except KeyError:
            some = ", ".join(list(self.leaves)[:5])
            raise CatalogError(f"no category {key!r} among {len(self.leaves)}, which begin {some}") from None

    def departments(self) -> tuple[str, ...]:
        """Return the departments in order."""
        return tuple(dict.fromkeys(leaf.department for leaf in self.leaves.values()))

    def dumps(self) -> str:
        """Write the taxonomy as JSON text."""
        names = [f.name for f in fields(Leaf)]
        rows = [
            {**{name: getattr(leaf, name) for name in names}, "attributes": dict(leaf.attributes)}
            for leaf in self.leaves.values()
        ]
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Taxonomy:
        """Read what `dumps` wrote."""
        leaves: list[Leaf] = []
        for row in json.loads(text):
            fixed: dict[str, Any] = dict(row)  # JSON edge: the fields are those that `dumps` wrote.
            schema = {name: tuple(values) for name, values in row["attributes"].items()}
            fixed["attributes"] = MappingProxyType(schema)
            fixed.update({name: tuple(row[name]) for name in ("synonyms", "variant")})
            leaves.append(Leaf(**fixed))
        return cls.of(leaves)

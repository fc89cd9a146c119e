"""What stored codes stand for: dictionaries of words, brands, categories, and the forms of variants.

Knows no rows. A number's code is the number itself.
"""

from __future__ import annotations

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.storage import Folder
from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
from ecom_rlve.catalog.texts import Texts
from ecom_rlve.core.attributes import Value
from ecom_rlve.core.errors import CatalogError

UNKNOWN = -2
"""The code of a value that no product has."""


class Codes:
    """Values to codes and back, for one catalogue."""

    def __init__(self, folder: Folder, taxonomy: Taxonomy) -> None:
        meta = folder.meta
        self.brands: Texts = folder.texts("brands")
        """Brand names by code, sorted."""
        self.leaves: tuple[Leaf, ...] = tuple(taxonomy.leaves.values())
        """Categories by code."""
        self.attributes: frozenset[str] = frozenset(meta.columns) - {"stock", "variant"}
        """What a product can be asked for, apart from its title and whether it is in stock."""
        self._words = meta.words
        self._places = {name: {word: i for i, word in enumerate(words)} for name, words in meta.words.items()}
        self._categories = {leaf.key: i for i, leaf in enumerate(self.leaves)}
        self._schema = meta.columns[meta.columns.index("variant") + 1 :]
        self._forms = {name: self._form_lists(name) for name in self._variant_attributes()}

    def is_number(self, attribute: str) -> bool:
        """Whether codes of `attribute` are numbers."""
        return attribute not in self._words and attribute not in ("brand", "category")

    def code(self, attribute: str, value: Value) -> int:
        """Return the code of a value, −2 where no product can have it; an unknown attribute is a `CatalogError`."""
        if attribute not in self.attributes:
            raise CatalogError(f"no coded attribute {attribute!r}; there are {', '.join(sorted(self.attributes))}")
        if self.is_number(attribute):
            return value if isinstance(value, int) and value >= 0 else UNKNOWN
        if not isinstance(value, str):
            return UNKNOWN
        if attribute == "brand":
            place = self.brands.find(value)
            return place if place >= 0 else UNKNOWN
        places = self._categories if attribute == "category" else self._places[attribute]
        return places.get(value, UNKNOWN)

    def value(self, attribute: str, code: int) -> Value:
        """Return the value of a code ≥ 0."""
        if attribute == "brand":
            return self.brands[code]
        if attribute == "category":
            return self.leaves[code].key
        words = self._words.get(attribute)
        return code if words is None else words[code]

    def variant(self, packed: int) -> tuple[str, int]:
        """Return the attribute and the place of the own value that an entry of the variant column stands for."""
        return self._schema[packed >> 8], packed & 255

    def variant_code(self, attribute: str) -> int:
        """Return what entries of the variant column hold above their low 8 bits for `attribute`."""
        return self._schema.index(attribute)

    def forms(self, attribute: str) -> tuple[Longs, Longs] | None:
        """Return every category's list of codes (padded with −1) and its length; None where nothing varies in it."""
        return self._forms.get(attribute)

    def _variant_attributes(self) -> list[str]:
        return list(dict.fromkeys(name for leaf in self.leaves for name in leaf.variant))

    def _form_lists(self, attribute: str) -> tuple[Longs, Longs]:
        lists = [[self.code(attribute, v) for v in leaf.attributes.get(attribute, ())] for leaf in self.leaves]
        table = np.full((len(lists), max(map(len, lists))), -1, dtype=np.int64)
        for row, codes in zip(table, lists, strict=True):
            row[: len(codes)] = codes
        return table, np.asarray([len(codes) for codes in lists], dtype=np.int64)

"""Where categories and (category, brand) groups lie: offset tables over the sorted rows.

Knows no products: rows in, ranges out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import overload

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.storage import Folder
from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.catalog.texts import Texts


class BrandNames(Sequence[str]):
    """The brands of a category, sorted by name; each is read when asked for."""

    __slots__ = ("_codes", "_names")

    def __init__(self, codes: Ints, names: Texts) -> None:
        self._codes = codes
        self._names = names

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._names[code] for code in self._codes[index].tolist()]
        return self._names[int(self._codes[index])]


class Groups:
    """Ranges of rows by category and brand."""

    def __init__(self, folder: Folder, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._names = folder.texts("brands")
        self._places = {key: i for i, key in enumerate(taxonomy.leaves)}
        self._category_rows: list[int] = folder.array("categories.rows").tolist()
        self._category_groups: list[int] = folder.array("categories.groups").tolist()
        self._brands: Ints = folder.array("groups.brand")
        self._brand_codes = memoryview(self._brands)  # pyright: ignore[reportArgumentType] (arrays are buffers; the stub knows it from 3.12 on)
        self._rows: Longs = folder.array("groups.rows")

    def category(self, key: str) -> range:
        """Return the rows of a category."""
        i = self._place(key)
        return range(self._category_rows[i], self._category_rows[i + 1])

    def brand(self, key: str, brand: int) -> range:
        """Return the rows of a brand (by code) in a category; empty where it has none."""
        i = self._place(key)
        group = bisect_left(self._brand_codes, brand, self._category_groups[i], self._category_groups[i + 1])
        if group == self._category_groups[i + 1] or int(self._brands[group]) != brand:
            return range(0)
        return range(int(self._rows[group]), int(self._rows[group + 1]))

    def everywhere(self, brand: int) -> list[range]:
        """Return the rows of a brand (by code) in every category."""
        found = np.flatnonzero(self._brands == brand).tolist()
        return [range(int(self._rows[group]), int(self._rows[group + 1])) for group in found]

    def biggest(self, key: str) -> range:
        """Return the rows of the brand with the most products of a category."""
        i = self._place(key)
        first, last = self._category_groups[i], self._category_groups[i + 1]
        group = first + int(np.argmax(np.diff(self._rows[first : last + 1])))
        return range(int(self._rows[group]), int(self._rows[group + 1]))

    def names(self, key: str) -> BrandNames:
        """Return the brands present in a category."""
        i = self._place(key)
        return BrandNames(self._brands[self._category_groups[i] : self._category_groups[i + 1]], self._names)

    def _place(self, key: str) -> int:
        return self._places[self._taxonomy.leaf(key).key]

"""What a shop must have and a source does not give: prices, ratings, stock, delivery, forms; synthesised and flagged.

Knows no text. Draws are integers from a product's own key, so that they depend on no other product. They are facts of
the simulated shop, which every tool states: an episode may rest on them. Attributes are never synthesised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Longs, mix, mix_all
from ecom_rlve.catalog.intake.clean import MISSING
from ecom_rlve.catalog.intake.vocabulary import foreign
from ecom_rlve.catalog.recipe import Recipe
from ecom_rlve.catalog.rows import quantile, rounded_price

FIGURES: Final = ("price", "rating", "rating_count", "stock", "delivery_days")
FLAGS: Final = {**{name: 1 << i for i, name in enumerate(FIGURES)}, "variants": 1 << len(FIGURES)}
"""What each bit of the stored flags says was synthesised."""
_SOLD_OUT_OF_100: Final = 5


@dataclass(frozen=True, slots=True)
class Filled:
    """The figures of some products, complete."""

    figures: Mapping[str, Longs]
    flags: Longs
    """Which of them were synthesised, as `FLAGS`."""


def fill(given: Mapping[str, Longs], keys: Longs, recipe: Recipe | None) -> Filled:
    """Return the figures of products of one category, what is missing synthesised.

    Args:
        given: By name of `FIGURES`, `MISSING` where the source gives none.
        keys: A number per product that stands for it everywhere.
        recipe: How products of this category are usually; a general one if None.
    """
    flags = np.zeros(len(keys), dtype=np.int64)
    figures: dict[str, Longs] = {}
    for name in FIGURES:
        missing = given[name] == MISSING
        figures[name] = np.where(missing, _drawn(name, keys, recipe), given[name])
        flags |= np.where(missing, FLAGS[name], 0)
    return Filled(figures, flags)


def roll(name: str, keys: Longs, below: int) -> Longs:
    """Return a number in [0, below) per product, drawn from its key and a name."""
    salt = np.uint64(mix(int.from_bytes(name.encode(), "big") % 2**64))
    return ((mix_all(keys.astype(np.uint64) ^ salt) >> np.uint64(33)) % np.uint64(below)).astype(np.int64)


def _drawn(name: str, keys: Longs, recipe: Recipe | None) -> Longs:
    rank = roll(name, keys, 1000)
    table = foreign("filling")
    if name == "price":
        return rounded_price(quantile(recipe.price if recipe else table["price"], rank), roll("ending", keys, 100))
    if name == "rating":
        return quantile(recipe.rating if recipe else table["rating"], rank)
    if name == "rating_count":
        return quantile(recipe.popularity if recipe else table["rating_count"], rank)
    if name == "stock":
        units = quantile(recipe.stock if recipe else table["stock"], rank)
        return np.where(roll("sold out", keys, 100) < _SOLD_OUT_OF_100, 0, units)
    usual: list[int] = table["delivery_days"]
    days = recipe.department.delivery if recipe else dict(enumerate(usual, start=1))
    return _weighted(days, roll(name, keys, 1 << 20))


def _weighted(weights: Mapping[int, int], rolls: Longs) -> Longs:
    edges = np.cumsum(np.asarray(list(weights.values()), dtype=np.int64))
    places = np.searchsorted(edges, rolls % int(edges[-1]), side="right")
    return np.asarray(list(weights), dtype=np.int64)[places]

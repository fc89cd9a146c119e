"""The rows of one category: brands, model families, attribute codes and figures, drawn as integer arrays.

Knows no text and no file. Everything is integer arithmetic on tables; the only draw is `Generator.random`, scaled to
integers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Longs
from ecom_rlve.catalog.brands import Brand
from ecom_rlve.catalog.recipe import QUANTILES, Ingredient, Recipe
from ecom_rlve.core.rng import Stream, stream

GROUP_SIZES = (2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 10, 13, 18, 26, 60)
"""How many products a brand has in a category, at equal steps of chance."""
MIN_BRANDS = 4
FAMILY_MAX = 6
NOT_GIVEN = -1


@dataclass(frozen=True, slots=True)
class LeafRows:
    """The products of one category, sorted by brand and price."""

    recipe: Recipe
    brand: Longs
    """Code of the brand."""
    line: Longs
    """Ordinal of the model line within its brand and category."""
    family: Longs
    """Number of the model line within the category: equal for siblings."""
    positions: Longs
    """Place of each value in its ingredient's list, −1 where not given; shape (ingredients, rows)."""
    axes: Longs
    """Which ingredients tell siblings apart, −1 for none; shape (2, rows)."""
    price: Longs
    rating: Longs
    rating_count: Longs
    delivery_days: Longs
    stock: Longs

    def __len__(self) -> int:
        return len(self.brand)


class Draw:
    """Integer draws for one category."""

    def __init__(self, rng: Stream) -> None:
        self._random = rng.random

    def below(self, n: int, size: int) -> Longs:
        """Return `size` uniform integers in [0, n)."""
        return np.asarray((np.asarray(self._random(size)) * n).astype(np.int64))  # pyright: ignore[reportCallIssue, reportArgumentType] (Stream types the scalar form only)

    def weighted(self, weights: Sequence[int], size: int) -> Longs:
        """Return `size` indices in proportion to integer `weights`."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(int(edges[-1]), size), side="right")


def leaf_rows(recipe: Recipe, n: int, own: Sequence[int], brands: Sequence[Brand], seed: int) -> LeafRows:
    """Return `n` ≥ 8 products of a category.

    Args:
        recipe: How they are made.
        n: How many.
        own: Codes of the brands that may live here; at least as many as `brands_needed(n)`.
        brands: All brands by code.
        seed: The catalogue's.
    """
    draw = Draw(stream(seed, "catalog", "rows", recipe.leaf.key))
    brand = _brand_of_rows(n, own, draw)
    family, member, line = _families(brand, draw)
    first = np.flatnonzero(member == 0)
    tier = np.asarray([b.tier for b in brands], dtype=np.int64)[brand]
    quality = np.asarray([b.quality for b in brands], dtype=np.int64)[brand]

    level = 100 + 200 * tier[first] + draw.below(200, len(first)) + draw.below(200, len(first)) - 200
    level = np.clip(level, 0, 999)
    axes = _axes(recipe.ingredients, draw, len(first))
    positions, shift = _positions(recipe.ingredients, level, axes, family, member, draw)
    rank = np.clip(level[family] + 30 * shift + draw.below(17, n) - 8, 0, 999)
    price = rounded_price(quantile(recipe.price, rank), draw.below(100, n))
    liking = np.abs(draw.below(1000, n) + quality)
    liking = np.where(liking > 999, 1998 - liking, liking)
    days = np.asarray(list(recipe.department.delivery), dtype=np.int64)
    on_shelf = quantile(recipe.stock, draw.below(1000, n))
    rows = LeafRows(
        recipe=recipe,
        brand=brand,
        line=line,
        family=family,
        positions=positions,
        axes=axes[:, family],
        price=price,
        rating=quantile(recipe.rating, liking),
        rating_count=quantile(recipe.popularity, draw.below(1000, n)),
        delivery_days=days[draw.weighted(list(recipe.department.delivery.values()), n)],
        stock=np.where(draw.below(100, n) < 5, 0, on_shelf),
    )
    return _sorted(rows)


def brands_needed(n: int) -> int:
    """Return how many brands must be at hand for `n` products of a category: twice what they fall to on average."""
    return MIN_BRANDS + n // 4


def quantile(table: Sequence[int], rank: Longs) -> Longs:
    """Return the value of `table` (at `QUANTILES`) at each rank in 0 … 1000, interpolated in integers."""
    at = np.asarray(QUANTILES, dtype=np.int64)
    values = np.asarray(table, dtype=np.int64)
    i = np.clip(np.searchsorted(at, rank, side="right") - 1, 0, len(at) - 2)
    return values[i] + (values[i + 1] - values[i]) * (rank - at[i]) // (at[i + 1] - at[i])


def rounded_price(cents: Longs, roll: Longs) -> Longs:
    """Return prices with the endings of a shop: $7.49, $24.99, $249.00; `roll` in 0 … 99 chooses the ending."""
    dollars = cents // 100
    small = np.asarray([99, 99, 99, 99, 49, 49, 29, 79, 95, 50])[roll % 10]
    middle = np.asarray([99, 99, 99, 99, 99, 99, 49, 95, 0, 0])[roll % 10]
    tens = dollars // 5 * 5
    large = np.where(roll < 60, 100 * tens + 499, 100 * tens + 400)
    huge = np.where(roll < 70, dollars // 10 * 1000 + 999, dollars // 10 * 1000 + 900)
    out = np.where(cents < 1500, 100 * dollars + small, 100 * dollars + middle)
    out = np.where(cents >= 15000, large, out)
    return np.where(cents >= 50000, huge, out)


def _brand_of_rows(n: int, own: Sequence[int], draw: Draw) -> Longs:
    steps = np.asarray(GROUP_SIZES, dtype=np.int64)
    roll = draw.below(16 * (len(steps) - 1), n)
    i, part = roll // 16, roll % 16
    sizes = steps[i] + (steps[i + 1] - steps[i]) * part // 16
    sizes = np.minimum(sizes, max(2, n // MIN_BRANDS))
    ends = np.cumsum(sizes)
    # Should chance want more brands than there are, the last one takes the rest.
    groups = min(int(np.searchsorted(ends, n)) + 1, len(own))
    shuffled = np.asarray(own, dtype=np.int64)[np.argsort(draw.below(2**53, len(own)), kind="stable")]
    chosen = np.sort(shuffled[:groups])
    return chosen[np.minimum(np.searchsorted(ends, np.arange(n), side="right"), groups - 1)]


def _families(brand: Longs, draw: Draw) -> tuple[Longs, Longs, Longs]:
    """Return the family, the place within it, and the family's ordinal within its brand, of every row."""
    n = len(brand)
    index = np.arange(n)
    new_brand = np.append(True, brand[1:] != brand[:-1])
    start: Flags = new_brand | (draw.below(100, n) < 38)
    member = index - np.maximum.accumulate(np.where(start, index, 0))
    start = member % FAMILY_MAX == 0
    family = np.cumsum(start) - 1
    member = index - np.flatnonzero(start)[family]
    line = family - family[np.maximum.accumulate(np.where(new_brand, index, 0))]
    return family, member, line


def _axes(ingredients: Sequence[Ingredient], draw: Draw, families: int) -> Longs:
    """Return two different ingredients per family by which its members differ; variant attributes are rarer."""
    wide = [i for i, one in enumerate(ingredients) if len(one.values) >= 3 and one.name != "material"]
    wide = wide or list(range(len(ingredients)))
    first = draw.below(len(wide), families)
    second = (first + 1 + draw.below(max(1, len(wide) - 1), families)) % len(wide)
    pool = np.asarray(wide, dtype=np.int64)
    return np.stack([pool[first], pool[second]])


def _positions(
    ingredients: Sequence[Ingredient], level: Longs, axes: Longs, family: Longs, member: Longs, draw: Draw
) -> tuple[Longs, Longs]:
    """Return every ingredient's positions, and by how many priced steps each row is above its family's first."""
    families = len(level)
    shift = np.zeros(len(family), dtype=np.int64)
    width0 = np.asarray([len(one.values) for one in ingredients])[axes[0]][family]
    table: list[Longs] = []
    for i, one in enumerate(ingredients):
        roll = draw.below(1000, families)
        tied = draw.below(100, families) < abs(one.tilt)
        near = np.clip(level + draw.below(240, families) - 120, 0, 999)
        roll = np.where(tied, near if one.tilt >= 0 else 999 - near, roll)
        edges = np.cumsum(np.asarray(one.weights, dtype=np.int64))
        base = np.searchsorted(edges * 1000, roll * int(edges[-1]), side="right").astype(np.int64)
        step = np.where(axes[0][family] == i, member, np.where(axes[1][family] == i, member // width0, 0))
        position = (base[family] + step) % len(one.values)
        shift += ((one.tilt > 0) - (one.tilt < 0)) * (position - base[family])
        axis = (axes == i).any(axis=0)
        given = axis | (draw.below(100, families) < one.given)
        table.append(np.where(given[family], position, NOT_GIVEN))
    return np.stack(table), shift


def _sorted(rows: LeafRows) -> LeafRows:
    order = np.lexsort((rows.family, rows.price, rows.brand))
    return LeafRows(
        recipe=rows.recipe,
        brand=rows.brand[order],
        line=rows.line[order],
        family=rows.family[order],
        positions=rows.positions[:, order],
        axes=rows.axes[:, order],
        price=rows.price[order],
        rating=rows.rating[order],
        rating_count=rows.rating_count[order],
        delivery_days=rows.delivery_days[order],
        stock=rows.stock[order],
    )

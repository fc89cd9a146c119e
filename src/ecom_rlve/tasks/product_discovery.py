"""Product discovery: find the products that suit a customer best, and put them in the right order.

Goal      k products of one type that meet every constraint, best first by five preferences of which the order is told.
Answer    product_ids, best first.
Reward    raw = 0.55·(2·nDCG@k - 1) + 0.35·(2·mean s^α - 1) + 0.10·(1 - 2·share out of stock); s: constraints met.
Solved    raw ≥ 0.95.
Harder    more constraints, tighter limits, longer lists; details unsaid; sell-outs; changes of mind; scarcer pages.

Knows no customer, no engine. Gains are whole thousandths on public scales: price against the stated maximum, stars of
five, days of fourteen, the brand liked, and likeness as `catalog.rerank` shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from ecom_rlve.catalog.arrays import Ints, Longs
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import PRICE, RATING
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, SEARCHING, Difficulty
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.tasks.narrowing import DELIVERY
from ecom_rlve.tasks.ranking import (
    FULL,
    PASS,
    Position,
    Wanted,
    dirichlet,
    lazy_orders,
    rank_order_centroid,
    words_of,
)
from ecom_rlve.tasks.shortlist import Goal, Setting, Shortlist, ago, asked_plainly
from ecom_rlve.tasks.shortlist_draw import Draft
from ecom_rlve.tasks.tasting import Tasting
from ecom_rlve.world.world import World

LIKED_BRAND, SIMILAR, PRIORITIES = "liked_brand", "similar_to", "priorities"
BRAND: Final = "brand"
"""The slot under which the brand liked is asked for."""
KEYS: Final = (PRICE, RATING, DELIVERY, BRAND, SIMILAR)
"""The preferences, in the order of their weights."""
_SPOKEN: Final = {PRICE: "price", RATING: "rating", DELIVERY: "delivery time", BRAND: "brand", SIMILAR: "similarity"}
_QUESTIONS: Final[Mapping[str, str]] = {
    PRIORITIES: "what matters most to you, in order",
    SIMILAR: "which product should they resemble",
    BRAND: "which brand would you prefer",
}
NDCG_TO_PASS: Final = (1 + (PASS - 0.45) / 0.55) / 2
"""nDCG from which a list of acceptable products is correct."""
DAYS_BACK: Final = 7
TASTES, FAVOURITES = 16, 4
"""Tastes tried on one draft, all at once, and how many brands and products liked are among them."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What the customer prefers among acceptable products."""

    weights: tuple[int, ...]
    """Thousandths, by `KEYS`; all different."""
    brand: str
    like: ProductId
    """What they looked at and want something similar to."""
    days: int
    """How many days ago that was."""
    alpha: int
    """How much harder a second broken constraint counts."""

    @property
    def order(self) -> tuple[str, ...]:
        """The preferences, most important first."""
        return tuple(KEYS[i] for i in sorted(range(len(KEYS)), key=lambda i: -self.weights[i]))


class ProductDiscovery(Shortlist[Taste]):
    name: ClassVar[str] = "product_discovery"
    version: ClassVar[int] = 0
    axes: ClassVar[tuple[str, ...]] = ("m", "k_rec", *EVERYWHERE, *SEARCHING, "p_oos")
    instructions: ClassVar[str] = (
        "The customer wants to be shown a number of products that meet everything they require. Find all that do, in "
        "stock, and hand in the best ones in order, best first: ask what matters most to them, and weigh price against "
        "their limit, stars out of five, delivery days out of fourteen, the brand they like, and similarity to what "
        "they looked at (the score of catalog.rerank). Find out what they left unsaid."
    )

    intent: ClassVar[str] = "recommend"
    passing: ClassVar[float] = NDCG_TO_PASS
    taste_slots: ClassVar[tuple[str, ...]] = (PRIORITIES, BRAND, SIMILAR)

    def tasting(self, world: World, difficulty: Difficulty, around: int, drawn: Draft, rng: Stream) -> Tasting[Taste]:
        """Return tastes: weights (constrained dimensions count double), a brand on offer, a product of the type."""
        catalog, pool = world.catalog, drawn.pool
        home = catalog.category_rows(drawn.first.category)
        constrained = {c.attribute for c in drawn.first.constraints}
        weights = np.asarray([_weights(constrained, rng) for _ in range(TASTES)], dtype=np.int64)
        # A few favourites, each with several weights: how much products resemble each other is dear to find out.
        mine = [i % FAVOURITES for i in range(TASTES)]
        brands = catalog.column(BRAND)[[pool.rows[rng.below(len(pool.rows))] for _ in range(FAVOURITES)]]
        likes = [rng.choice(home) for _ in range(FAVOURITES)]
        days = rng.between(1, DAYS_BACK)

        def taste(i: int) -> Taste:
            shares: list[int] = weights[i].tolist()
            brand = str(catalog.value(BRAND, int(brands[mine[i]])))
            return Taste(tuple(shares), brand, catalog.id_of(likes[mine[i]]), days, 4 + difficulty.level // 4)

        first = final = parts(catalog, brands, likes, drawn.first, pool.rows)[mine]
        if drawn.then is not None:
            final = parts(catalog, brands, likes, drawn.then, pool.rows)[mine]
        lazy = (*np.moveaxis(final, 2, 0), catalog.column("rating_count")[pool.rows])
        return Tasting(taste, weighed(first, weights), weighed(final, weights), weighed(final, _told(weights)), lazy)

    def facts(self, goal: Goal[Taste]) -> Sequence[Fact]:
        """Return constraints, the brand liked, what to resemble, and the order of preferences."""
        taste = goal.taste
        return (
            *map(Fact, goal.wanted.constraints),
            Fact(Constraint(LIKED_BRAND, "eq", taste.brand), slot=BRAND),
            Fact(Constraint(SIMILAR, "eq", f"the one I looked at {ago(taste.days)}"), detail=taste.days),
            Fact(Constraint(PRIORITIES, "eq", ", then ".join(_SPOKEN[key] for key in taste.order))),
        )

    def setting(self, goal: Goal[Taste]) -> Setting:
        """Return what may be left unsaid, and that the visit history shows what to resemble."""
        slots = (*(c.attribute for c in goal.first.constraints), BRAND, SIMILAR)
        history = ToolCall("user.get_visit_history", {})
        return Setting(PRIORITIES, slots, goal.taste.like, goal.taste.days, history)

    def question(self, slot: str) -> str:
        """Return how the reference solution asks for a slot."""
        return _QUESTIONS.get(slot) or asked_plainly(slot)

    def gains(self, world: World, taste: Taste, wanted: Wanted, rows: Sequence[int]) -> dict[int, int]:
        """Return the utility of each row: the parts, weighted."""
        catalog = world.catalog
        like = catalog.row_of(taste.like)
        assert like is not None, "a goal compares with a product of the shop"
        brand = np.asarray([catalog.code(BRAND, taste.brand)], dtype=np.int32)
        one = parts(catalog, brand, [like], wanted, np.asarray(rows, dtype=np.int64))
        return dict(zip(rows, weighed(one, np.asarray([taste.weights]))[0].tolist(), strict=True))

    def raw(self, goal: Goal[Taste], places: Sequence[Position], ndcg: float) -> tuple[float, dict[str, float]]:
        """Return 0.55·(2·nDCG - 1) + 0.35·(2·mean s^α - 1) + 0.10·(1 - 2·share out of stock)."""
        met = math.fsum(p.met**goal.taste.alpha for p in places) / len(places)
        gone = sum(not p.in_stock for p in places) / len(places)
        raw = round(0.55 * (2 * ndcg - 1) + 0.35 * (2 * met - 1) + 0.10 * (1 - 2 * gone), 12)
        return raw, {"met": met, "out_of_stock": gone}

    def lazy_orders(self, world: World, wanted: Wanted, taste: Taste, gone: Set[int]) -> Iterator[Sequence[int]]:
        """Yield what a search for the customer's words shows first."""
        leaf = world.catalog.taxonomy.leaf(wanted.category)
        words = f"{wanted.k} {leaf.many} {taste.brand} {words_of(wanted.constraints)}"
        yield from lazy_orders(world, wanted, words, gone)


def parts(catalog: Catalog, brands: Ints, likes: Sequence[int], wanted: Wanted, rows: Longs) -> Longs:
    """Return what each row is worth by each of `KEYS`, in thousandths, shape (tastes, rows, keys).

    A taste is a brand liked (its code) and a row to resemble.
    """
    most = next(c.value for c in wanted.constraints if c.attribute == PRICE)
    assert isinstance(most, int), "a goal states a price"
    out = np.empty((len(likes), len(rows), len(KEYS)), dtype=np.int64)
    out[:, :, 0] = FULL - FULL * catalog.column(PRICE)[rows].astype(np.int64) // most
    out[:, :, 1] = FULL * catalog.column(RATING)[rows] // 50
    out[:, :, 2] = FULL - FULL * catalog.column(DELIVERY)[rows] // 14
    out[:, :, 3] = FULL * (catalog.column(BRAND)[rows] == brands[:, None])
    out[:, :, 4] = catalog.similarities(likes, rows)
    return out


def weighed(worth: Longs, weights: Longs) -> Longs:
    """Return the utility of each row for each taste, shape (tastes, rows)."""
    return (worth @ weights[:, :, None])[:, :, 0]


def _weights(constrained: Set[str], rng: Stream) -> tuple[int, ...]:
    weights: tuple[int, ...] = ()
    while len(set(weights)) < len(KEYS):
        weights = dirichlet([2 if key in constrained else 1 for key in KEYS], rng)
    return weights


def _told(weights: Longs) -> Longs:
    """Return the weights that the mere order of weights suggests."""
    centroid = np.asarray(rank_order_centroid(len(KEYS)), dtype=np.int64)
    return centroid[np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1, kind="stable")]

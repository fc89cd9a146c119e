"""Substitution: what the customer wants is sold out; find what comes closest, within what they require.

Goal      k products of the sold-out one's type that meet every constraint, best first by likeness and soft wishes.
Answer    product_ids, best first.
Reward    raw = 0.80·(2·nDCG@k - 1) + 0.20·(1 - 2·share out of stock); relevance: λ·likeness + (1-λ)·share of wishes.
Solved    raw ≥ 0.95.
Harder    more constraints, tighter limits, longer lists, likeness counts more; details unsaid; changes on the way.

Knows no customer, no engine. Likeness is what `catalog.rerank` shows; λ grows from 0.4 to 0.8 with difficulty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from ecom_rlve.catalog.arrays import Flags, Longs
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import RATING, attribute
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, SEARCHING, Difficulty
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.tasks.narrowing import DELIVERY, attributes_of, limit, slack
from ecom_rlve.tasks.ranking import (
    FULL,
    PAGE,
    PASS,
    Position,
    Wanted,
    ideal,
    lazy_orders,
    words_of,
)
from ecom_rlve.tasks.shortlist import Goal, Setting, Shortlist, ago, asked_plainly
from ecom_rlve.tasks.shortlist_draw import Draft
from ecom_rlve.tasks.tasting import Tasting
from ecom_rlve.world.world import World

INSTEAD_OF, WISHES = "instead_of", "wishes"
NDCG_TO_PASS: Final = (1 + (PASS - 0.20) / 0.80) / 2
"""nDCG from which a list of acceptable products is correct."""
NEAR: Final = 500
"""Products of a type up to which the most similar ones are looked for among all of them."""
EVEN: Final = 60
"""λ in percent as somebody takes it who is told only that both count."""
P_VISITED: Final = 0.5
DAYS_BACK: Final = 7
TASTES: Final = 16
"""Tastes tried on one draft, all at once."""
WAYS: Final = 3
"""Ways in which a wish about one attribute is put, from which tastes choose."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What the customer goes by among acceptable products."""

    original: ProductId
    """What is sold out."""
    days: int
    """How many days ago they looked at it; 0: they name it by its title."""
    title: str
    wishes: tuple[Constraint, ...]
    """What would be nice."""
    likeness: int
    """λ in percent; the wishes count for the rest."""


class Substitution(Shortlist[Taste]):
    name: ClassVar[str] = "substitution"
    version: ClassVar[int] = 0
    axes: ClassVar[tuple[str, ...]] = ("m", "k_rec", *EVERYWHERE, *SEARCHING, "p_oos")
    instructions: ClassVar[str] = (
        "What the customer wants is sold out, and they want to be shown a number of alternatives that meet everything "
        "they require. Find all that do, in stock, and hand in the best ones in order, best first: compare each with "
        "the sold-out product (the score of catalog.rerank), and count how many of the customer's softer wishes it "
        "meets; both matter. Ask what would be nice to have, and find out what they left unsaid."
    )

    intent: ClassVar[str] = "replace"
    passing: ClassVar[float] = NDCG_TO_PASS
    taste_slots: ClassVar[tuple[str, ...]] = (WISHES,)
    replaces: ClassVar[bool] = True

    def tasting(
        self, world: World, difficulty: Difficulty, around: int, drawn: Draft, rng: Stream
    ) -> Tasting[Taste] | None:
        """Return tastes: wishes; None where no two wishes tell products apart."""
        catalog, rows = world.catalog, drawn.pool.rows
        wishes = _wishes(world, difficulty, around, drawn, rng)
        if not wishes:
            return None
        likeness = min(80, 40 + 5 * difficulty.level)
        alike = np.asarray(catalog.similarity(around, rows.tolist()), dtype=np.int64)
        met = np.stack([FULL * sum(wish.met for wish in some) // len(some) for some in wishes])

        def taste(i: int) -> Taste:
            days = rng.between(1, DAYS_BACK) if rng.chance(P_VISITED) or not _is_found(world, around) else 0
            said = tuple(wish.constraint for wish in wishes[i])
            return Taste(catalog.id_of(around), days, catalog.title(around), said, likeness)

        worth, popular = _weighed(alike, met, likeness), catalog.column("rating_count")[rows]
        return Tasting(taste, worth, worth, _weighed(alike, met, EVEN), (alike, met, popular))

    def facts(self, goal: Goal[Taste]) -> Sequence[Fact]:
        """Return what is sold out, constraints, and wishes."""
        taste = goal.taste
        named = f"the sold-out one I looked at {ago(taste.days)}" if taste.days else f"the sold-out {taste.title}"
        return (
            Fact(Constraint(INSTEAD_OF, "eq", named), detail=taste.days),
            *map(Fact, goal.wanted.constraints),
            Fact(Constraint(WISHES, "eq", " and ".join(map(_spoken, taste.wishes)))),
        )

    def setting(self, goal: Goal[Taste]) -> Setting:
        """Return what may be left unsaid, and how the original is found: by its title, or among the visits."""
        taste = goal.taste
        slots = tuple(c.attribute for c in goal.first.constraints)
        first = ToolCall("user.get_visit_history", {})
        if not taste.days:
            filters = {"category": {"eq": goal.first.category}}
            first = ToolCall("catalog.search", {"query": taste.title, "filters": filters, "top_k": PAGE})
        hidden = tuple(wish for wish in taste.wishes if wish.attribute not in (RATING, DELIVERY))
        return Setting(WISHES, slots, taste.original, taste.days, first, hidden)

    def question(self, slot: str) -> str:
        """Return how the reference solution asks for a slot."""
        return "what would be nice to have" if slot == WISHES else asked_plainly(slot)

    def gains(self, world: World, taste: Taste, wanted: Wanted, rows: Sequence[int]) -> dict[int, int]:
        """Return the relevance of each row: likeness and wishes, weighted."""
        catalog = world.catalog
        original = catalog.row_of(taste.original)
        assert original is not None, "a goal compares with a product of the shop"
        index = np.asarray(rows, dtype=np.int64)
        met = np.zeros(len(rows), dtype=np.int64)
        for wish in taste.wishes:
            met += catalog.mask(index, (wish,), world.offer)
        alike = np.asarray(catalog.similarity(original, rows), dtype=np.int64)
        worth = _weighed(alike, FULL * met // len(taste.wishes), taste.likeness)
        return dict(zip(rows, worth.tolist(), strict=True))

    def raw(self, goal: Goal[Taste], places: Sequence[Position], ndcg: float) -> tuple[float, dict[str, float]]:
        """Return 0.80·(2·nDCG - 1) + 0.20·(1 - 2·share out of stock)."""
        gone = sum(not p.in_stock for p in places) / len(places)
        return round(0.80 * (2 * ndcg - 1) + 0.20 * (1 - 2 * gone), 12), {"out_of_stock": gone}

    def lazy_orders(self, world: World, wanted: Wanted, taste: Taste, gone: Set[int]) -> Iterator[Sequence[int]]:
        """Yield what is most like the original whatever it meets, and what searches show first."""
        asked = words_of(wanted.constraints)
        yield _most_alike(world.catalog, taste, wanted)
        yield from lazy_orders(world, wanted, f"{taste.title} {asked}", gone)
        many = world.catalog.taxonomy.leaf(wanted.category).many
        yield from lazy_orders(world, wanted, f"{wanted.k} {many} {asked}", gone)


def _weighed(alike: Longs, met: Longs, likeness: int) -> Longs:
    """Return what is worth what where likeness counts `likeness` percent, and the share of wishes met the rest."""
    return likeness * alike + (100 - likeness) * met


def _most_alike(catalog: Catalog, taste: Taste, wanted: Wanted) -> list[int]:
    """Return the products of the type most like the original, whatever they meet; in a big category its brand's."""
    original = catalog.row_of(taste.original)
    assert original is not None, "a goal compares with a product of the shop"
    rows = catalog.category_rows(wanted.category)
    if len(rows) > NEAR:
        rows = catalog.rivals(original)
    alike = dict(zip(rows, catalog.similarity(original, rows), strict=True))
    del alike[original]
    return ideal(alike, wanted.k)


def _is_found(world: World, row: int) -> bool:
    """Whether a search for its title shows a product among the first."""
    catalog = world.catalog
    within = (Constraint("category", "eq", catalog.leaf(row).key),)
    page = catalog.search(catalog.title(row), within, sort="relevance", limit=PAGE // 2, offer=world.offer)
    return row in page.rows


@dataclass(frozen=True, slots=True)
class _Wish:
    constraint: Constraint
    met: Flags
    """By row of the pool."""


def _wishes(world: World, difficulty: Difficulty, original: int, drawn: Draft, rng: Stream) -> list[tuple[_Wish, ...]]:
    """Return sets of two or three wishes, each met by some of the acceptable products and not by others; or none."""
    catalog, pool = world.catalog, drawn.pool
    bound = {c.attribute for c in drawn.first.constraints}
    able: list[list[_Wish]] = []
    for name in attributes_of(catalog, original):
        values = {} if name in bound else dict.fromkeys(catalog.column(name)[pool.rows].tolist())
        options: list[_Wish] = []
        for own in rng.shuffled([value for value in values if value >= 0])[:WAYS]:
            wish = limit(catalog, name, own, slack(difficulty.level, rng))
            met = catalog.mask(pool.rows, (wish,), world.offer)
            if 0 < np.count_nonzero(met & pool.at_last) < np.count_nonzero(pool.at_last):
                options.append(_Wish(wish, met))
        if options:
            able.append(options)
    count = min(len(able), 2 + (difficulty.level >= 6))
    return [tuple(map(rng.choice, rng.sample(able, count))) for _ in range(TASTES)] if count >= 2 else []


def _spoken(wish: Constraint) -> str:
    known = attribute(wish.attribute)
    assert not isinstance(wish.value, tuple), "a wish names one value"
    value = known.show(wish.value)
    if value == f"1 {known.unit}":
        value = value.removesuffix("s")
    if wish.op == "eq":
        return f"{value} as the {known.label}"
    return f"a {known.label} of at {'most' if wish.op == 'max' else 'least'} {value}"

"""Drawing a short list: constraints that leave a handful, a change of mind, what sells out, the reference solution.

Knows no environment: what a product is worth comes in as a function of what is wanted and of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.core.attributes import PRICE
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.ids import ProductId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.describe import visit_history
from ecom_rlve.tasks.narrowing import Shelf, attributes_of, bands, limit, narrow, price_limit, slack
from ecom_rlve.tasks.ranking import Wanted, ideal, in_stock
from ecom_rlve.tasks.ranking_plan import AT_THE_END, Script, Stage, page_calls, script
from ecom_rlve.tasks.task import Event
from ecom_rlve.tasks.tasting import Liking, Pool, SellOuts, sell_outs
from ecom_rlve.world.world import World

A = TypeVar("A")
Worth = Callable[[Wanted, Sequence[int]], Mapping[int, int]]
"""What each row is worth, by what is wanted."""
SPARE, MOST = 2, 50
"""At least k + 2 acceptable products, and at most a page of them (SPEC allows 200)."""
ROOM, LONG = 5, 8
"""Products left beside k, at least, for orders other than the best to be worth less; long lists need fewer."""
MOST_KEPT: Final = 4, 5
"""The share of a shelf that may have to be left for what sells out; more sell-outs are cut."""
SWITCH_TRIES: Final = 3
VALUE_TRIES: Final = 4
LAST_SWITCH: Final = 6
"""Turn by which a change of mind is announced at the latest."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is wanted at first and after a change of mind, what would do as the shelf stands, and what sells out."""

    first: Wanted
    then: Wanted | None
    pool: Pool
    outs: SellOuts

    def wanted(self, *, switched: bool) -> Wanted:
        """Return what is wanted before or after the change of mind."""
        return self.then if switched and self.then is not None else self.first

    def acceptable(self, gone: Sequence[int], *, switched: bool) -> list[int]:
        """Return the acceptable rows but for those `gone`."""
        rows: list[int] = self.pool.rows[self.pool.at_last if switched else self.pool.at_first].tolist()
        return [row for row in rows if row not in gone]

    @property
    def topic(self) -> str:
        """The slot that the change of mind is about; empty if there is none."""
        if self.then is None:
            return ""
        return next(a.attribute for a, b in zip(self.first.constraints, self.then.constraints, strict=True) if a != b)


@dataclass(frozen=True, slots=True)
class Fate:
    """What is sold out from the start, what sells out before the list is accepted, and all events."""

    gone: tuple[int, ...]
    sold: tuple[int, ...]
    events: tuple[Event, ...]


def draft(
    world: World, difficulty: Difficulty, rng: Stream, target: int, relaxed: int, *, without: bool = False
) -> Draft | None:
    """Return constraints that the product in row `target` meets, and perhaps a change of mind; None if none will do.

    Args:
        world: Where it takes place.
        difficulty: How many constraints, how tight, how long a list, how much sells out.
        rng: Where it is drawn.
        target: A row; the list is of its category.
        relaxed: How many constraints fewer than difficulty asks for.
        without: Whether the list may not hold the target itself.
    """
    catalog, k = world.catalog, difficulty.k_rec
    category = catalog.leaf(target).key
    rows = catalog.category_rows(category)
    shelf = Shelf(rows, in_stock(world, rows))
    if without:
        shelf.counted[target - rows.start] = False
    least = k + (ROOM if k < LONG else SPARE + 1)
    if len(shelf) < least:
        return None
    # What sells out is drawn first, so that constraints leave room for it.
    room = max(0, len(shelf) * MOST_KEPT[0] // MOST_KEPT[1] - least)
    outs = sell_outs(k, difficulty.p_oos, rng).at_most(room)
    keep = least + outs.count
    names = rng.shuffled(attributes_of(catalog, target))
    most = max(1, difficulty.m - 1 - relaxed)
    said, left = narrow(world, shelf, target, names, most, keep, lambda: slack(difficulty.level, rng))
    price = price_limit(world, left, keep, MOST, slack(difficulty.level, rng), rng)
    if price is None:
        return None
    found = left[catalog.mask(left, (price,), world.offer)]
    first = Wanted(category, k, (price, *said), catalog.id_of(target) if without else None)
    if rng.chance(difficulty.p_switch):
        changed = _other_mind(world, difficulty, rng, first, (shelf, keep))
        if changed is not None:
            return Draft(first, changed[0], _pool(found, changed[1]), outs)
    return Draft(first, None, _pool(found, found), outs)


def _pool(first: Longs, last: Longs) -> Pool:
    if first is last:
        everything = np.ones(len(first), dtype=np.bool_)
        return Pool(first, everything, everything)
    rows = np.union1d(first, last)
    return Pool(rows, np.isin(rows, first), np.isin(rows, last))


def _other_mind(
    world: World, difficulty: Difficulty, rng: Stream, wanted: Wanted, room: tuple[Shelf, int]
) -> tuple[Wanted, Longs] | None:
    """Return what is wanted with one constraint changed to another value, and what meets it; None if none is found.

    The value comes from a product that meets all other constraints; `room`: the shelf, and how many must be left.
    """
    catalog, (shelf, keep) = world.catalog, room
    for _ in range(SWITCH_TRIES):
        i = rng.below(len(wanted.constraints))
        name = wanted.constraints[i].attribute
        others = tuple(c for j, c in enumerate(wanted.constraints) if j != i)
        rows = shelf.met(world, others)
        for _ in range(VALUE_TRIES):
            other = _another(world, difficulty, rng, name, (rows, keep))
            if other is None or other == wanted.constraints[i]:
                continue
            able = rows[catalog.mask(rows, (other,), world.offer)]
            if keep <= len(able) <= MOST:
                then = tuple(other if j == i else c for j, c in enumerate(wanted.constraints))
                return replace(wanted, constraints=then), able
    return None


def _another(
    world: World, difficulty: Difficulty, rng: Stream, name: str, room: tuple[Longs, int]
) -> Constraint | None:
    rows, keep = room
    loose = slack(difficulty.level, rng)
    if name == PRICE:
        return price_limit(world, rows, keep, MOST, loose, rng)
    own = int(world.catalog.column(name)[rows[rng.below(len(rows))]])
    return limit(world.catalog, name, own, loose) if own >= 0 else None


def fate(draft: Draft, liking: Liking, catalog_id: Callable[[int], ProductId], rng: Stream) -> Fate:
    """Return what becomes of the shelf and of the customer's mind, as events."""
    events: list[Event] = []
    if draft.then is not None:
        events.append(Event("switch", rng.between(1, LAST_SWITCH), 0))
    if liking.sold:
        events.append(Event("sell_out", AT_THE_END, 0, sold_out=tuple(map(catalog_id, liking.sold))))
    return Fate(liking.gone, liking.sold, tuple(events))


def visits_around(
    world: World, category: str, pointed: Sequence[tuple[int, int]], rng: Stream, but: int | None = None
) -> World:
    """Return the world with a visit history: what is pointed at (row, days ago), others of its type, other things.

    Row `but` is none of the others.
    """
    catalog = world.catalog
    rows = catalog.category_rows(category)
    decoys = [rng.choice(rows), rng.choice(rows), *(rng.below(len(catalog)) for _ in range(3))]
    allowed = [row for row in decoys if not catalog.leaf(row).denied and row != but]
    return replace(world, visits=visit_history(world, pointed, allowed, rng))


@dataclass(frozen=True, slots=True)
class Course:
    """What the reference solution needs to know beside draft and fate."""

    first_call: ToolCall
    """The call that shows the product others are compared with."""
    like: ProductId
    questions: Mapping[str, str]
    """How every withheld slot is asked for."""
    thing: str
    """What the customer wants, as questions name it."""
    calls_a_turn: int
    also: tuple[Constraint, ...] = ()
    """Wishes that no card shows: for each, what meets it is looked up as well."""


def reference_script(
    world: World, draft: Draft, fate: Fate, course: Course, worth: Worth, answer: Callable[[list[ProductId]], A]
) -> Script[A] | None:
    """Return the reference solution; None where a page cannot show what it must."""
    stages: dict[tuple[bool, bool], Stage[A]] = {}
    ids = {row: world.catalog.id_of(row) for row in draft.pool.rows.tolist()}
    for switched in (False, True) if draft.then is not None else (False,):
        for sold in (False, True) if fate.sold else (False,):
            gone = (*fate.gone, *(fate.sold if sold else ()))
            wanted, rows = draft.wanted(switched=switched), draft.acceptable(gone, switched=switched)
            searches = _searches(world, wanted, rows, course.also)
            if searches is None or len(rows) < wanted.k:
                return None
            best = [ids[row] for row in ideal(worth(wanted, rows), wanted.k)]
            compared = ToolCall("catalog.rerank", {"product_ids": [ids[row] for row in rows], "like": course.like})
            stages[switched, sold] = Stage((course.first_call, *searches), compared, answer(best))
    return script(stages, course.questions, fate.events, draft.topic, course.calls_a_turn, course.thing)


def _searches(
    world: World, wanted: Wanted, rows: Sequence[int], also: Sequence[Constraint]
) -> tuple[ToolCall, ...] | None:
    prices = world.catalog.column(PRICE)[np.asarray(rows, dtype=np.int64)].tolist()
    windows = bands(prices, min(MOST, world.ranking.top_k))
    if windows is None:
        return None
    plain = (Constraint("category", "eq", wanted.category), *wanted.constraints)
    return tuple(call for more in ((), *((wish,) for wish in also)) for call in page_calls((*plain, *more), windows))

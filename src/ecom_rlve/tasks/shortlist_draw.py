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
from ecom_rlve.tasks.narrowing import attributes_of, bands, limit, narrow, price_limit, slack
from ecom_rlve.tasks.ranking import Wanted, acceptable, ideal
from ecom_rlve.tasks.ranking_plan import AT_THE_END, Script, Stage, page_calls, script
from ecom_rlve.tasks.task import Event
from ecom_rlve.world.world import World

A = TypeVar("A")
Worth = Callable[[Wanted, Sequence[int]], Mapping[int, int]]
"""What each row is worth, by what is wanted."""
SPARE, MOST = 2, 50
"""At least k + 2 acceptable products, and at most a page of them (SPEC allows 200)."""
SWITCH_TRIES: Final = 8
LAST_SWITCH: Final = 6
"""Turn by which a change of mind is announced at the latest."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is wanted at first and after a change of mind, with the acceptable rows as the catalogue's shelf stands."""

    first: Wanted
    rows: tuple[int, ...]
    then: Wanted | None = None
    then_rows: tuple[int, ...] = ()

    def wanted(self, *, switched: bool) -> Wanted:
        """Return what is wanted before or after the change of mind."""
        return self.then if switched and self.then is not None else self.first

    def acceptable(self, gone: Sequence[int], *, switched: bool) -> list[int]:
        """Return the acceptable rows but for those `gone`."""
        rows = self.then_rows if switched and self.then is not None else self.rows
        return [row for row in rows if row not in gone]

    @property
    def topic(self) -> str:
        """The slot that the change of mind is about; empty if there is none."""
        if self.then is None:
            return ""
        return next(a.attribute for a, b in zip(self.first.constraints, self.then.constraints, strict=True) if a != b)


def remembered(draft: Draft, worth: Worth) -> Worth:
    """Return `worth` for subsets of the draft's acceptable rows, each of which is looked at once."""
    tables: dict[bool, Mapping[int, int]] = {}

    def recall(wanted: Wanted, rows: Sequence[int]) -> Mapping[int, int]:
        switched = wanted is draft.then
        if switched not in tables:
            tables[switched] = worth(wanted, draft.then_rows if switched else draft.rows)
        return {row: tables[switched][row] for row in rows}

    return recall


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
        difficulty: How many constraints, how tight, how long a list.
        rng: Where it is drawn.
        target: A row; the list is of its category.
        relaxed: How many constraints fewer than difficulty asks for.
        without: Whether the list may not hold the target itself.
    """
    catalog, k = world.catalog, difficulty.k_rec
    category = catalog.leaf(target).key
    rows = catalog.category_rows(category)
    keep = k + max(2 * SPARE, k // 2)
    shelf = np.flatnonzero(catalog.column("stock")[rows.start : rows.stop] > 0) + rows.start
    if without:
        shelf = shelf[shelf != target]
    names = rng.shuffled(attributes_of(catalog, target))
    most = max(1, difficulty.m - 1 - relaxed)
    said, left = narrow(world, shelf, target, names, most, keep, lambda: slack(difficulty.level, rng))
    price = price_limit(world, left, min(keep, len(left)), MOST, slack(difficulty.level, rng), rng)
    if price is None or not isinstance(price.value, int):
        return None
    prices = catalog.column(PRICE)[left]
    assert isinstance(price.value, int)
    found: Longs = left[prices <= price.value]
    first = Draft(
        Wanted(category, k, (price, *said), catalog.id_of(target) if without else None), tuple(found.tolist())
    )
    if not rng.chance(difficulty.p_switch):
        return first
    return _other_mind(world, difficulty, rng, first, keep)


def _other_mind(world: World, difficulty: Difficulty, rng: Stream, draft: Draft, keep: int) -> Draft:
    """Return the draft with one constraint changed to another value; as it is where that leaves too few or many."""
    catalog, wanted = world.catalog, draft.first
    rows = catalog.category_rows(wanted.category)
    for _ in range(SWITCH_TRIES):
        i, row = rng.below(len(wanted.constraints)), rng.choice(rows)
        name = wanted.constraints[i].attribute
        own = int(catalog.column(name)[row])
        if own < 0:
            continue
        other = limit(catalog, name, own, slack(difficulty.level, rng))
        if other == wanted.constraints[i]:
            continue
        then = replace(wanted, constraints=tuple(other if j == i else c for j, c in enumerate(wanted.constraints)))
        able = acceptable(world, then)
        if keep <= len(able) <= MOST:
            return replace(draft, then=then, then_rows=tuple(able))
    return draft


def fate(draft: Draft, worth: Worth, catalog_id: Callable[[int], ProductId], p_oos: float, rng: Stream) -> Fate:
    """Return what sells out: each of the best at the start with chance `p_oos`, and later perhaps one of the best."""
    k, events, sold = draft.first.k, list[Event](), tuple[int, ...]()
    gone = tuple(row for row in ideal(worth(draft.first, draft.rows), k) if rng.chance(p_oos)) if p_oos else ()
    if draft.then is not None:
        events.append(Event("switch", rng.between(1, LAST_SWITCH), 0))
    if rng.chance(p_oos):
        left = draft.acceptable(gone, switched=True)
        best = ideal(worth(draft.wanted(switched=True), left), k)
        if best:
            sold = (rng.choice(best),)
            events.append(Event("sell_out", AT_THE_END, 0, sold_out=tuple(map(catalog_id, sold))))
    return Fate(gone, sold, tuple(events))


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
    for switched in (False, True) if draft.then is not None else (False,):
        for sold in (False, True) if fate.sold else (False,):
            gone = (*fate.gone, *(fate.sold if sold else ()))
            wanted, rows = draft.wanted(switched=switched), draft.acceptable(gone, switched=switched)
            searches = _searches(world, wanted, rows, course.also)
            if searches is None or len(rows) < wanted.k:
                return None
            ids = [world.catalog.id_of(row) for row in rows]
            best = [world.catalog.id_of(row) for row in ideal(worth(wanted, rows), wanted.k)]
            compared = ToolCall("catalog.rerank", {"product_ids": ids, "like": course.like})
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

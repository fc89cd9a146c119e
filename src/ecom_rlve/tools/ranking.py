"""What a search finds in this episode: hits as the shelf stands now, and near misses between them (axis `eps_rank`).

Near misses are seeded by the query, drop nothing, and are blind to any goal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecom_rlve.catalog.catalog import Hits, Sort
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.world.world import World

SHELF = "in_stock"
PAGE = 10
"""Results that stand among the next so many anyway come before their turn only where there are no others."""


def found(world: World, query: str, constraints: Sequence[Constraint], sort: Sort, count: int) -> Hits:
    """Return the first `count` results of a search, cut at `world.ranking.top_k`, and how many products match in all.

    A near miss is of the same category, differs in as few attributes as possible and passes every filter given; it
    stands before the result it resembles, and comes from further down or from what the query did not find. The same
    query always gets the same ones, whatever page is asked for.
    """
    ranking, moved = world.ranking, _moved(world, constraints)
    count = min(count, ranking.top_k)
    # The index knows the catalogue's shelf: what stands otherwise in this episode is told.
    limit = ranking.top_k if ranking.eps_rank else count
    hits = world.catalog.search(query, constraints, sort=sort, limit=limit, offer=world.offer, moved=moved)
    if not ranking.eps_rank:
        return hits
    rng = stream(ranking.seed, "rank", query, *(f"{c.attribute}{c.op}{c.value}" for c in constraints))
    # A share of eps among all that is shown: eps / (1 - eps) before each result; beyond one half, one before each.
    before = min(1.0, ranking.eps_rank / max(1e-9, 1.0 - ranking.eps_rank))
    shown, out = set(moved), list[int]()
    for i, row in enumerate(hits.rows):
        if len(out) >= count:
            break
        if row in shown:
            continue
        if rng.chance(before):
            near = next(_near(world, row, constraints, shown, hits.rows[i : i + PAGE], rng), None)
            if near is not None:
                shown.add(near)
                out.append(near)
        shown.add(row)
        out.append(row)
    return Hits(hits.total, tuple(out[:count]))


def _near(
    world: World, row: int, constraints: Sequence[Constraint], shown: set[int], ahead: Sequence[int], rng: Stream
) -> Iterator[int]:
    for taken in ({*shown, *ahead}, {*shown, row}):
        near = world.catalog.near_miss(row, constraints, world.offer, taken, rng)
        if near is not None:
            yield near


def _moved(world: World, constraints: Sequence[Constraint]) -> set[int]:
    """Return the rows that are in stock in the catalogue and not here, or the other way round, where it matters."""
    if not any(c.attribute == SHELF for c in constraints):
        return set()
    catalog = world.catalog
    changed = {row: units for i, units in world.stock.items() if (row := catalog.row_of(i)) is not None}
    return {row for row, units in changed.items() if (units > 0) != (catalog.product(row).stock > 0)}

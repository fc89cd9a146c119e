"""Near misses between search results (axis `eps_rank`): seeded by the query, dropping nothing, blind to any goal."""

from __future__ import annotations

from collections.abc import Sequence

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import stream
from ecom_rlve.world.records import Ranking


def with_near_misses(
    catalog: Catalog, rows: Sequence[int], constraints: Sequence[Constraint], offer: Offer, ranking: Ranking, query: str
) -> list[int]:
    """Return `rows` in order, with near misses in front of some, cut at `ranking.top_k`.

    A near miss is of the same category, differs in as few attributes as possible and passes every filter given; it
    stands before the result it resembles. The same query always gets the same ones, whatever page is asked for.
    """
    if ranking.eps_rank == 0.0:
        return list(rows[: ranking.top_k])
    rng = stream(ranking.seed, "rank", query, *(f"{c.attribute}{c.op}{c.value}" for c in constraints))
    taken = set(rows)
    out: list[int] = []
    for row in rows:
        if len(out) >= ranking.top_k:
            break
        if rng.chance(ranking.eps_rank):
            near = catalog.near_miss(row, constraints, offer, taken, rng)
            if near is not None:
                taken.add(near)
                out.append(near)
        out.append(row)
    return out[: ranking.top_k]

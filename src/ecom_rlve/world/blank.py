"""A world before a task has put anything into it: a day, an account, the shop as it is."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.rng import Stream
from ecom_rlve.world.records import Profile, Ranking
from ecom_rlve.world.world import World

FIRST_DAY = date(2025, 1, 1)
DAYS = 1095
"""Episodes take place in one of these days."""


def blank(catalog: Catalog, difficulty: Difficulty, rng: Stream) -> World:
    """Return a world of `catalog` with a drawn day and account, and search as hard as `difficulty` says."""
    people = _people()
    profile = Profile(
        name=f"{rng.choice(people['given'])} {rng.choice(people['family'])}",
        city=rng.choice(people["city"]),
        member=rng.chance(0.3),
    )
    today = FIRST_DAY + timedelta(days=rng.below(DAYS))
    ranking = Ranking(difficulty.top_k, difficulty.eps_rank, rng.below(2**48))
    return World(catalog, today, profile, ranking=ranking)


@cache
def _people() -> dict[str, list[str]]:
    return tomllib.loads(files("ecom_rlve.world").joinpath("data.toml").read_text(encoding="utf-8"))

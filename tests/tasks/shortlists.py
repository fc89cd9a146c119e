"""What the tests of short lists share: brute force over a category, and episodes played to a chosen end."""

from __future__ import annotations

import math

from ecom_rlve.agents.oracle import solve_with
from ecom_rlve.core.dialogue import Action
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.transition import draw

LEVELS = (0, 2, 4, 8, 13, 20)
SEEDS = 12


def drawn(task, catalog, d, seed, **axes):
    return draw(task, EpisodeSpec(f"{task.name}-v0", d, seed, axes), catalog)


def after(task, problem):
    """Goal and world once every event has fired."""
    goal, world = problem.goal, problem.world
    for event in problem.events:
        goal, world = task.amend(goal, event), world.with_stock(dict.fromkeys(event.sold_out, 0))
    return goal, world


def brute(world, wanted):
    """Rows in stock of the category whose product, in some form, meets everything: read page by page."""
    return [
        row
        for row in world.catalog.category_rows(wanted.category)
        if world.product(world.catalog.id_of(row)).stock > 0
        and world.catalog.id_of(row) != wanted.excluded
        and meets(world, row, wanted.constraints)
    ]


def meets(world, row, constraints):
    product = world.product(world.catalog.id_of(row))
    forms = [product.attributes, *(v.options for v in world.variants(product.id))]
    return all(any(c.admits(form.get(c.attribute, product.value(c.attribute))) for form in forms) for c in constraints)


def ndcg(gains, best):
    dcg = lambda values: math.fsum(v / math.log2(i + 2) for i, v in enumerate(values))  # noqa: E731
    return dcg(gains) / dcg(best)


def ids(world, rows):
    return [world.catalog.id_of(row) for row in rows]


def ended(task, catalog, spec, answer, ask=True):
    """Play like the reference solution, but hand in `answer(env)` and, unless `ask`, put no question."""
    env = Env(catalog)
    env.reset(spec)

    def change(action, done):
        if action.answer is not None:
            return Action("", (), answer(env))
        return action if ask or not action.message else Action("Hello.")

    solve_with(env, change)
    return env.episode.verdict

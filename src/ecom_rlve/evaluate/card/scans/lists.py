"""Brute force for short lists: which products meet what can be told, and whether what is told suffices to order them.

Reads product pages, visits and `similarity` only, as anybody can through the tools; no weight and no λ is known here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.product import Product
from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scanned, meets, of_type, place_in_list
from ecom_rlve.world.world import World

FULL = 1000
EVEN = 60
"""Percent that likeness counts for, as somebody takes it who is told only that both count."""
_OWN = ("category", "quantity", "brand", "similar_to", "priorities", "instead_of", "wishes")


def scan_ranked(drawn: Drawn) -> Scanned:
    """Lists ordered by five preferences, of which the order is told."""
    world, able = drawn.world, _able(drawn, excluded="")
    facts = drawn.facts()
    like = _visited(world, facts["category"].constraint.value, facts["similar_to"].detail)
    if like is None:
        return Scanned(len(able), ("what they should resemble is not among the visits of that day",))
    limit = facts["price"].constraint.value
    assert isinstance(limit, int)
    told = [word.split()[0] for word in str(facts["priorities"].constraint.value).split(", then ")]
    weights = {word: _centroid(i, len(told)) for i, word in enumerate(told)}
    alike = _similarity(world, like, able)
    worth: dict[str, int] = {
        p.id: weights["price"] * (FULL - FULL * p.price // limit)
        + weights["rating"] * (FULL * p.rating // 50)
        + weights["delivery"] * (FULL - FULL * p.delivery_days // 14)
        + weights["brand"] * FULL * (p.brand == facts["brand"].constraint.value)
        + weights["similarity"] * alike[p.id]
        for p in able
    }
    return _judged(drawn, worth)


def scan_alternatives(drawn: Drawn) -> Scanned:
    """Lists ordered by likeness to something sold out and by wishes met, both of which are told."""
    world, facts = drawn.world, drawn.facts()
    original, wishes = drawn.goal.taste.original, drawn.goal.taste.wishes
    named, days = facts["instead_of"].constraint.value, facts["instead_of"].detail
    seen = _visited(world, facts["category"].constraint.value, days) if days else None
    if (seen.id if seen else original) != original or not (days or world.product(original).title in str(named)):
        return Scanned(0, ("what is sold out is not the one told",))
    able = _able(drawn, excluded=original)
    alike = _similarity(world, world.product(original), able)
    met = {p.id: FULL * sum(meets(world, p, (wish,)) for wish in wishes) // len(wishes) for p in able}
    worth: dict[str, int] = {p.id: EVEN * alike[p.id] + (100 - EVEN) * met[p.id] for p in able}
    return _judged(drawn, worth)


def _able(drawn: Drawn, excluded: str) -> list[Product]:
    """Return every product in stock of the whole shop that meets all conditions told."""
    told = [f.constraint for topic, f in drawn.facts().items() if topic not in _OWN and topic in attributes()]
    category = drawn.facts()["category"].constraint.value
    here = (p for p in of_type(drawn.world, category) if p.stock > 0 and p.id != excluded)
    return [p for p in here if meets(drawn.world, p, told)]


def _judged(drawn: Drawn, worth: Mapping[str, int]) -> Scanned:
    """Return whether the list that what is told suggests passes, and whether no product beyond those that do counts."""
    world, faults = drawn.world, list[str]()
    k = drawn.facts()["quantity"].constraint.value
    assert isinstance(k, int)
    best = sorted(worth, key=lambda i: (-worth[i], world.row(i)))[:k]
    if len(worth) < k:
        faults.append(f"{len(worth)} products for a list of {k}")
    answer = drawn.task.answer_type(list(best))
    if not drawn.task.verify(drawn.goal, world, answer).is_correct:
        faults.append("the verdict refuses the list that everything told suggests")
    stranger = next((i for i in drawn.answer.product_ids if i not in worth), None)
    if stranger is not None:
        faults.append(f"{stranger} is in the reference solution, and not among what is told")
    category = str(drawn.facts()["category"].constraint.value)
    listed = place_in_list(world, "products of its type", drawn.answer.product_ids[-1], category)
    return Scanned(len(worth), tuple(faults), (listed,) if isinstance(listed, Place) else ())


def _visited(world: World, category: object, days: int) -> Product | None:
    """Return what was looked at on a day, if it is the only thing of its type that day."""
    seen = [world.product(v.product_id) for v in world.visits if (world.today - v.day).days == days]
    same = [p for p in seen if p.category == category]
    return same[0] if len(same) == 1 else None


def _similarity(world: World, like: Product, able: Sequence[Product]) -> dict[str, int]:
    scores = world.catalog.similarity(world.row(like.id), [world.row(p.id) for p in able])
    return dict(zip((p.id for p in able), scores, strict=True))


def _centroid(i: int, n: int) -> int:
    """Return the rank-order-centroid weight (Barron & Barrett 1996) of place `i` of `n`, in thousandths."""
    return round(FULL * math.fsum(1 / j for j in range(i + 1, n + 1)) / n)

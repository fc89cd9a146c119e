"""Brute force for carts: which products, in which forms, fit what can be told of each thing wanted."""

from __future__ import annotations

from collections.abc import Sequence

from ecom_rlve.core.product import Product, Variant
from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scanned, meets, of_type, place_in_list
from ecom_rlve.tasks.brief import Fact, Request
from ecom_rlve.world import cart
from ecom_rlve.world.world import World

VISITED = "visited"
Found = list[tuple[Product, tuple[Variant | None, ...]]]
"""Products that fit, each with the forms that do; a form of None: any will do."""


def scan(drawn: Drawn) -> Scanned:
    """Return whether the facts fit exactly one thing each, and whether the verdict accepts exactly these."""
    world, faults, fewest, places = drawn.world, list[str](), 1, list[Place]()
    filled = world
    for i, request in enumerate(drawn.brief.requests):
        facts, found = _in_force(world, request)
        fewest = min(fewest, len(found))
        forms = found[0][1] if found else ()
        if len(found) != 1 or len(forms) != 1:
            faults.append(f"request {i}: {len(found)} products, {len(forms)} forms of the first")
            continue
        (product, _), form = found[0], forms[0]
        quantity = next(f.constraint.value for f in facts if f.topic == "quantity")
        assert isinstance(quantity, int)
        filled = cart.add(filled, product.id, None if form is None else form.id, quantity)
        places.extend(_places(world, facts, product, form))
    if not faults and not drawn.task.verify(drawn.goal, filled, drawn.answer).is_correct:
        faults.append("the verdict refuses what is told")
    return Scanned(fewest, tuple(faults), tuple(places))


def _in_force(world: World, request: Request) -> tuple[Sequence[Fact], Found]:
    """Return the facts that count now, and what fits them: the fallback's once nothing that fits the first is left."""
    found = _fitting(world, request.facts)
    there = any(world.on_shelf(p.id, None if form is None else form.id) for p, forms in found for form in forms)
    if there or not request.fallback:
        return request.facts, found
    return request.fallback, _fitting(world, request.fallback)


def _fitting(world: World, facts: Sequence[Fact]) -> Found:
    category = next(f.constraint.value for f in facts if f.topic == "category")
    visited = next((f for f in facts if f.slot == VISITED), None)
    asked = [f.constraint for f in facts if f.slot != VISITED and f.topic != "quantity"]
    if visited is None:
        able = of_type(world, category)
    else:
        seen = [v.product_id for v in world.visits if (world.today - v.day).days == visited.detail]
        able = [p for p in map(world.product, dict.fromkeys(seen)) if p.category == category]
    found: Found = []
    for product in able:
        if not meets(world, product, asked):
            continue
        differs = world.catalog.variant_attribute(world.row(product.id))
        named = [c for c in asked if c.attribute == differs]
        fit = [v for v in world.variants(product.id) if all(c.admits(v.options[differs]) for c in named)]
        found.append((product, tuple(fit) if named else (None,)))
    return found


def _places(world: World, facts: Sequence[Fact], product: Product, form: Variant | None) -> list[Place]:
    """Return where the thing meant stands among its forms, among visits of its type, or among its brand's products."""
    places: list[Place] = []
    if form is not None:
        ids = [v.id for v in world.variants(product.id)]
        places.append(Place("variants", ids.index(form.id), len(ids), form.id))
    if any(f.slot == VISITED for f in facts):
        visits = [v.product_id for v in world.visits if world.product(v.product_id).category == product.category]
        places.append(Place("visits of its type", visits.index(product.id), len(visits), product.id))
        return places
    listed = place_in_list(world, "products of its type and brand", product.id, product.category, product.brand)
    return [*places, listed] if listed is not None else places

"""Brute force for bundles: what fills each thing, page by page, and the cheapest whole within the budget."""

from __future__ import annotations

from ecom_rlve.core.attributes import Value
from ecom_rlve.core.product import Product
from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scanned, meets, of_type, place_in_list
from ecom_rlve.tasks.brief import Request
from ecom_rlve.world.world import World


def scan(drawn: Drawn) -> Scanned:
    """Return whether every thing can be filled, and the cheapest bundle is within budget and accepted."""
    world, brief = drawn.world, drawn.brief
    whole = {fact.topic: fact for fact in brief.requests[0].facts}
    able = [_able(world, request) for request in brief.requests[1:]]
    fewest = min(map(len, able))
    if not fewest:
        return Scanned(0, ("a thing that nothing fills",))
    link = whole["match"].link if "match" in whole else None
    linked = {i - 1 for i in link.requests} if link is not None else set[int]()
    free = [min(found, key=_by_price) if i not in linked else None for i, found in enumerate(able)]
    bundles = [free]
    if link is not None:
        values = list(
            dict.fromkeys(v for i in sorted(linked) for p in able[i] for v in _values(world, p, link.attribute))
        )
        bundles = [_sharing(world, able, free, sorted(linked), link.attribute, value) for value in values]
    complete = [[p for p in b if p is not None] for b in bundles if all(p is not None for p in b)]
    if not complete:
        return Scanned(0, ("nothing that matches",))
    best = min(complete, key=lambda bundle: sum(p.price for p in bundle))
    faults: list[str] = []
    budget = whole["budget"].constraint.value
    assert isinstance(budget, int)
    if sum(p.price for p in best) > budget:
        faults.append("the cheapest bundle is beyond the budget")
    answer = drawn.task.answer_type(tuple(p.id for p in best))
    score = drawn.task.verify(drawn.goal, world, answer)
    if not score.is_correct:
        faults.append("the verdict refuses the cheapest bundle that everything told allows")
    if sum(world.product(i).price for i in drawn.answer.product_ids) != sum(p.price for p in best):
        faults.append("the reference solution is not the cheapest bundle")
    places = [place_in_list(world, "products of its type", p.id, p.category) for p in best]
    return Scanned(fewest, tuple(faults), tuple(p for p in places if isinstance(p, Place)))


def _able(world: World, request: Request) -> list[Product]:
    told = {fact.topic: fact.constraint for fact in request.facts}
    asked = [c for topic, c in told.items() if topic not in ("category", "quantity")]
    return [p for p in of_type(world, told["category"].value) if p.stock > 0 and meets(world, p, asked)]


def _sharing(
    world: World, able: list[list[Product]], free: list[Product | None], linked: list[int], attribute: str, value: Value
) -> list[Product | None]:
    """Return the cheapest bundle whose linked things can all be had in `value`; None where one cannot."""
    bundle = list(free)
    for i in linked:
        same = [p for p in able[i] if value in _values(world, p, attribute)]
        bundle[i] = min(same, key=_by_price, default=None)
    return bundle


def _values(world: World, product: Product, attribute: str) -> list[Value]:
    """Return every value of an attribute in which a product can be had."""
    options = [v.options[attribute] for v in world.variants(product.id) if attribute in v.options]
    own = product.value(attribute)
    return options or ([] if own is None else [own])


def _by_price(product: Product) -> int:
    return product.price

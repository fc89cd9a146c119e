"""One thing amiss: every world and every answer that differs from a right one in a single place.

Goes by the world's records and by the declared types of an answer's fields. Knows no environment and no goal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from ecom_rlve.agents.answering import product_list
from ecom_rlve.core.ids import LineId, OrderId, ProductId, ids_in_words, prefix_of
from ecom_rlve.core.rng import stream
from ecom_rlve.world.orders import Return
from ecom_rlve.world.records import CartLine
from ecom_rlve.world.returns import METHODS, REASONS
from ecom_rlve.world.world import World

NOTHING = "nothing of the kind"
_TRIES = 400


def foreign_product(world: World, *near: str) -> str:
    """Return a product in stock, not denied, of another type than any of `near`; the same every time.

    A shop of few types may have no other: then it is of another type than the first of `near`, and none of them.
    """
    catalog = world.catalog
    types = [catalog.leaf(row).key for row in map(catalog.row_of, near) if row is not None]
    for shunned in (types, types[:1]):
        rng = stream(0, "card", "foreign")
        for _ in range(_TRIES):
            row = rng.below(len(catalog))
            product_id = catalog.id_of(row)
            if catalog.leaf(row).key in shunned or catalog.leaf(row).denied or product_id in near:
                continue
            if world.on_shelf(product_id, None) > 1:
                return product_id
    raise AssertionError(f"no product of another type than {types[:1]} in {_TRIES} tries")


def wrong_worlds(world: World) -> Iterator[tuple[str, World]]:
    """Yield the world with one thing in its cart or among its returns otherwise than it is, each with what is.

    Where a line names no variant, none is needed, and any would do; what is sent in exchange may come in any, too.
    """
    for i, line in enumerate(world.cart):
        others: list[tuple[str, CartLine | None]] = [
            ("more", replace(line, quantity=line.quantity + 1)),
            ("gone", None),
        ]
        others.append(("product", replace(line, product_id=ProductId(foreign_product(world, line.product_id)))))
        if line.quantity > 1:
            others.append(("less", replace(line, quantity=line.quantity - 1)))
        if line.variant_id is not None:
            forms = [v.id for v in world.variants(line.product_id) if v.id != line.variant_id]
            others += [("variant", replace(line, variant_id=form)) for form in (*forms, None)]
        for what, other in others:
            kept = () if other is None else (other,)
            yield f"cart {what}", replace(world, cart=(*world.cart[:i], *kept, *world.cart[i + 1 :]))
    for i, made in enumerate(world.returns):
        for what, other in _wrong_returns(made, world):
            kept = () if other is None else (other,)
            yield f"return {what}", replace(world, returns=(*world.returns[:i], *kept, *world.returns[i + 1 :]))


def _wrong_returns(made: Return, world: World) -> Iterator[tuple[str, Return | None]]:
    yield "gone", None
    yield "reason", replace(made, reason=next(r for r in REASONS if r != made.reason))
    yield "method", replace(made, method=next(m for m in METHODS if m != made.method))
    for other in other_ids(made.order_id, world):
        yield "order", replace(made, order_id=OrderId(other))
    for other in other_ids(made.line_id, world):
        yield "line", replace(made, line_id=LineId(other))
    if made.product_id is None:
        yield "sent instead", replace(made, product_id=ProductId(foreign_product(world)))
    else:
        yield "product", replace(made, product_id=ProductId(foreign_product(world, made.product_id)))
        yield "nothing sent", replace(made, product_id=None, variant_id=None)


def other_ids(used: str, world: World) -> Iterator[str]:
    """Yield ids of the same kind that the world knows and that are not the one meant; at most one."""
    kind = prefix_of(used)
    if kind == "P":
        yield foreign_product(world, used)
    known = {
        "O": [order.id for order in world.orders],
        "LN": [line.id for order in world.orders for line in order.lines],
        "RULE": [rule.id for section in world.policy.sections.values() for rule in section.rules],
    }.get(kind, [])
    yield from [other for other in known if other != used][:1]


def wrong_answers(answer: object, world: World) -> Iterator[tuple[str, object]]:
    """Yield an answer with one field that was filled in changed at a time, each with the field's name.

    In a list every place is changed: to a product of another type, and to a repetition of another place.
    """
    listed, hints = product_list(type(answer)), get_type_hints(type(answer))
    for f in fields(answer):  # pyright: ignore[reportArgumentType] (answers are dataclasses)
        given = getattr(answer, f.name)
        if f.name == listed:
            for k in range(len(given)):
                for other in (foreign_product(world, given[k], *given), given[k - 1]):
                    if other != given[k]:
                        yield f"{f.name}[{k}]", _with(answer, f.name, type(given)([*given[:k], other, *given[k + 1 :]]))
        elif given != (None if f.default is MISSING else f.default):
            for other in _other_values(given, hints[f.name], world):
                yield f.name, _with(answer, f.name, other)


def _other_values(given: Any, hint: object, world: World) -> list[object]:  # Any: whatever a field holds
    if isinstance(given, bool):
        return [not given]
    if isinstance(given, (int, float)):
        return [given + 1, 2 * given + 1, -given - 1]
    if ids_in_words(str(given)) == [given]:
        return list(other_ids(given, world))
    words = [word for option in _options(hint) if get_origin(option) is Literal for word in get_args(option)]
    return [word for word in words if word not in (given, "")] or [NOTHING, ""]


def _options(hint: object) -> tuple[object, ...]:
    """Return the alternatives of a type, an alias with a docstring taken apart."""
    if get_origin(hint) in (Union, UnionType):
        return tuple(one for option in get_args(hint) for one in _options(option))
    return (hint,)


def _with(answer: object, name: str, value: object) -> object:
    changed: object = replace(cast("Any", answer), **{name: value})
    return changed

"""V6: ids mean nothing. The same end of an episode with every product, variant, order and line under another name.

Walks goals, worlds and answers by their values. Knows no environment. Passage numbers stay: they are the policy's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.agents.honest_wrong import nearly
from ecom_rlve.catalog import ids
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.ids import IN_WORDS, ProductId, prefix_of
from ecom_rlve.core.product import Product, Variant
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.episode import Episode
from ecom_rlve.evaluate.card.laws.law import Law, Trial, begun, final_answer, solved, trial
from ecom_rlve.tasks.registry import AnyTask
from ecom_rlve.world.world import World

_OTHER_OFFER: Final = 0x0DD_FACE
_LINES_ON: Final = 4_000
"""How far line numbers are moved: LN1 … LN999 of the cart, LN1001 … of orders, all below LN9999."""


class Renamed(Catalog):
    """The same shop with every product and every variant under another id."""

    def id_of(self, row: int) -> ProductId:
        """Return the other name of the product in `row`."""
        return ids.product_id(ids.MAX_ROWS - 1 - row)

    def row_of(self, product_id: str) -> int | None:
        """Return the row of a product by its other name."""
        number = ids.row_of_id(product_id)
        row = None if number is None else ids.MAX_ROWS - 1 - number
        return row if row is not None and 0 <= row < len(self) else None

    def _read(self, row: int) -> Product:
        return replace(super()._read(row), id=self.id_of(row))

    def variants(self, row: int, offer: Offer) -> tuple[Variant, ...]:
        """Return the forms of a product under their other names."""
        return tuple(
            replace(v, id=ids.variant_id(offer.seed ^ _OTHER_OFFER, row, k), product_id=self.id_of(row))
            for k, v in enumerate(super().variants(row, offer))
        )


@lru_cache(maxsize=4)
def _renamed(catalog: Catalog) -> Renamed:
    return Renamed(catalog.path)


def names_mean_nothing(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V6: right and nearly right ends are judged alike under other names."""
    env = begun(catalog, spec)
    nearly(env)
    ends = {"right": solved(catalog, spec), "nearly right": env.episode}
    return trial({name: _judged_alike(task, episode) for name, episode in ends.items()})


def _judged_alike(task: AnyTask, episode: Episode) -> bool:
    """Whether an end is judged alike under other names; also where it holds no name that could be another."""
    goal, world, answer = episode.goal, episode.world, final_answer(episode)
    score = task.verify(goal, world, answer)
    names = _names(world, (goal, answer, score, world))
    return task.verify(_walk(goal, names), _walk(world, names), _walk(answer, names)) == _walk(score, names)


def _names(world: World, values: object) -> Mapping[str, str]:
    """Return the other name of every id in `values`."""
    shop, names = _renamed(world.catalog), dict[str, str]()
    found = dict.fromkeys(text for text in _texts(values) if IN_WORDS.fullmatch(text))
    for old in found:
        kind = prefix_of(old)
        row = world.catalog.row_of(old) if kind == "P" else None
        if row is not None:
            names[old] = shop.id_of(row)
            pairs = zip(world.catalog.variants(row, world.offer), shop.variants(row, world.offer), strict=True)
            names.update({mine.id: other.id for mine, other in pairs})
        elif kind == "LN":
            names[old] = f"LN{int(old[2:]) + _LINES_ON}"
        elif kind in ("O", "R"):
            names[old] = kind + old[:0:-1]
    return names


def _texts(value: Any) -> Iterator[str]:  # Any: whatever goals and worlds are made of
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] (as `value`)
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, (tuple, list, frozenset)):
        for item in value:  # pyright: ignore[reportUnknownVariableType] (as `value`)
            yield from _texts(item)
    elif isinstance(value, World):
        yield from _texts((value.cart, value.returns, value.orders, value.visits, value.stock))
    elif is_dataclass(value):
        for f in fields(value):
            yield from _texts(getattr(value, f.name))


def _walk(value: Any, names: Mapping[str, str]) -> Any:  # Any: whatever goals and worlds are made of
    """Return a value with every id in it replaced by its other name."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        renamed = {_walk(key, names): _walk(item, names) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType] (as `value`)
        return renamed if isinstance(value, dict) else MappingProxyType(renamed)
    if isinstance(value, (tuple, list, frozenset)):
        return type(value)(_walk(item, names) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] (as `value`)
    if isinstance(value, Catalog):
        return _renamed(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _walk(getattr(value, f.name), names) for f in fields(value) if f.init})
    return value


LAWS = (Law("V6", "renamed", "other ids for the same things: the same verdict", names_mean_nothing),)

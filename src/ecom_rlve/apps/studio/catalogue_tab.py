"""The tab in which one searches and browses the shop with the agent's own tools, and sees how long they take.

Stands outside all episodes: the same shop, nobody's wishes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from ecom_rlve.apps.play.commands import TypingError
from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.forms import form, read
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.apps.studio.shelf import Shelf, shelf
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.rng import stream
from ecom_rlve.core.views import Json
from ecom_rlve.evaluate.report.results import is_object
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tools.toolbox import execute, find
from ecom_rlve.world.blank import blank
from ecom_rlve.world.world import World

PAGE: Final = 20
LOOKING: Final = ("catalog.get_product", "catalog.get_variants")


@dataclass(frozen=True, slots=True)
class Brought:
    """What one call brought, and how long it took."""

    json: Json
    shelf: Shelf
    milliseconds: float


def catalogue_tab(shop: Shop) -> None:
    """Lay out the tab and connect it."""
    world = blank(shop.open(), Difficulty.at(0), stream(0, "world"))
    top = gradio.panel(_page(world, {}), name="catalogue-list")
    beside = gradio.panel(name="catalogue-look")
    for source in (top, beside):
        gradio.on_wish(source, partial(_asked, world), [], [top, beside])


def call(world: World, name: str, args: Mapping[str, Json]) -> Brought:
    """Make a call outside all episodes.

    Raises:
        TypingError: It breaks the tool's schema, or the shop refuses it; the sentence says why.
    """
    try:
        tool = find(name)
        checked = tool.check(args)
    except ActionError as error:
        raise TypingError(str(error)) from None
    began = time.perf_counter()
    _, result = execute(world, ToolCall(tool.name, args), checked)
    took = (time.perf_counter() - began) * 1000
    if result.error is not None:
        raise TypingError(result.message)
    return Brought(result.json(), shelf(result.json()), took)


def _asked(world: World, wish: Wish) -> tuple[object, object]:
    skip = gradio.library().skip()
    if wish.do == "search":
        return _page(world, {**wish.fields, **wish.about}), ""
    if wish.do == "use" and wish.about.get("tool") in LOOKING:
        return skip, _look(world, wish.about.get("product_id", ""))
    return (skip, "") if wish.do == "close" else (skip, skip)


def _look(world: World, product: str) -> str:
    try:
        brought = [call(world, name, {"product_id": product}) for name in LOOKING]
    except TypingError as error:
        return render("look.html.jinja", brought=[], note=str(error))
    return render("look.html.jinja", brought=brought, note="")


def _page(world: World, fields: Mapping[str, str]) -> str:
    offset = int(text) if (text := fields.get("offset", "0")).isdecimal() else 0
    note, brought, total = "", None, 0
    if any(fields.get(name, "").strip() for name in ("query", "filters")):
        try:
            brought = call(world, "catalog.search", _args(fields, offset))
            total = int(str(brought.json["total"])) if is_object(brought.json) else 0
        except TypingError as error:
            note = str(error)
    return render(
        "catalogue.html.jinja",
        fields=fields,
        brought=brought,
        note=note,
        offset=offset,
        page=PAGE,
        total=total,
        shown_most=world.ranking.top_k,
        departments=_departments(world),
        filters=[a for a in attributes().values() if a.filterable],
    )


def _args(fields: Mapping[str, str], offset: int) -> dict[str, Json]:
    tool = find("catalog.search")
    args = read(form(tool.name, tool.name, tool.description, tool.schema()), fields)
    return {**args, "top_k": PAGE, "offset": offset}


def _departments(world: World) -> dict[str, list[tuple[str, str, int]]]:
    """Return the leaf categories by department: key, name, and how many products it has."""
    catalog, found = world.catalog, dict[str, list[tuple[str, str, int]]]()
    for key, leaf in catalog.taxonomy.leaves.items():
        found.setdefault(leaf.department, []).append((key, leaf.many, len(catalog.category_rows(key))))
    return found

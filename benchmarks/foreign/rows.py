"""Generated products told as Amazon Reviews 2023 tells its items, in all 16 columns, with the faults of real dumps.

Knows no file. What is wrong with a row is drawn here and counted, so that a build's report can be held against it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.catalog.samples.export import DEPARTMENTS

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attribute, money
from ecom_rlve.core.rng import Stream, stream

Item = dict[str, Any]  # One row of a foreign file: texts, numbers, lists and nothing, as they come.

FAULTS: dict[str, tuple[int, Callable[[Item, Item], Item]]] = {
    "price_missing": (30, lambda row, _: {**row, "price": "None"}),
    "price_unreadable": (2, lambda row, _: {**row, "price": "1.299"}),
    "price_other_currency": (2, lambda row, _: {**row, "price": "€ " + str(row["price"]).strip("$")}),
    "price_implausible": (1, lambda row, _: {**row, "price": "0.00"}),
    "no_title": (2, lambda row, _: {**row, "title": " "}),
    "no_category": (1, lambda row, _: {**row, "title": "Mystery Thing", "categories": [], "main_category": None}),
    "category_dropped": (1, lambda row, _: {**row, "categories": ["Health & Household", "Sexual Wellness"]}),
    "duplicate_id": (5, lambda row, earlier: {**row, "parent_asin": earlier["parent_asin"]}),
    "duplicate_listing": (3, lambda row, earlier: {**earlier, "parent_asin": row["parent_asin"]}),
}
"""Reason by which a build drops such a row, how many of a thousand rows are so, and what is done to them."""

BLEMISHES: tuple[Callable[[Item], Item], ...] = (
    lambda row: {**row, "details": "{not json"},
    lambda row: {**row, "average_rating": None, "rating_number": None},
    lambda row: {**row, "title": f"<b>{row['title']}</b> &amp; more"},
    lambda row: {**row, "description": ["Donâ€™t wait", *row["description"]]},
    lambda row: {**row, "title": f"{row['title']} {'very ' * 60}long"},
    lambda row: {**row, "store": None},
)
"""What is wrong with rows that are kept: one of 50."""

PRICES = ("{}", "{}", "${}", "from {}")


def items(shop: Catalog, faults: Counter[str]) -> Iterator[Item]:
    """Yield a row for every product of a generated shop, and count the faults that were put into them.

    Args:
        shop: What is told.
        faults: By reason; grows as rows are taken.
    """
    rng = stream(0, "foreign")
    reasons = [*FAULTS, "blemish", ""]
    shares = [share for share, _ in FAULTS.values()]
    weights = [*shares, 20, 1000 - 20 - sum(shares)]
    earlier: Item | None = None
    for row in range(len(shop)):
        item = _told(shop, row, rng)
        why = reasons[rng.weighted(weights)]
        if why in FAULTS and earlier is not None:
            faults[why] += 1
            yield FAULTS[why][1](item, earlier)
        elif why == "blemish":
            yield rng.choice(BLEMISHES)(item)
        else:
            if rng.below(100) == 0:  # Sometimes another one, so that copies stand far from what they copy.
                earlier = item
            earlier = earlier or item
            yield item


def _told(shop: Catalog, row: int, rng: Stream) -> Item:
    product, leaf = shop.product(row), shop.leaf(row)
    department = DEPARTMENTS[leaf.department]
    details = {"Brand": product.brand, "Date First Available": "March 4, 2021"}
    features = ["Thought through to the last screw"]
    for name, value in product.attributes.items():
        kind, told = attribute(name), rng.below(10)
        if told < 5:
            details[kind.label.title()] = kind.show(value)
        elif told < 7:
            features.append(f"{kind.label.capitalize()}: {kind.show(value)}")
    return {
        "main_category": department,
        "title": product.title,
        "average_rating": product.rating / 10,
        "rating_number": product.rating_count,
        "features": features,
        "description": [product.description],
        "price": rng.choice(PRICES).format(money(product.price).strip("$")),
        "images": [{"hi_res": None, "thumb": f"https://example.invalid/{row}.jpg", "variant": "MAIN"}],
        "videos": [],
        "store": f"Visit the {product.brand} Store" if rng.below(4) == 0 else product.brand,
        "categories": [department, leaf.plural.title()],
        "details": json.dumps(details),
        "parent_asin": f"B{row:09d}",
        "bought_together": None,
        "subtitle": None,
        "author": None,
    }

"""What a customer says of a case or of an order, read back by the ears of the goal-blind experts.

Knows no phrase table: what questions look like is data of its own (`data/cases.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from ecom_rlve.agents.circumstances import hear
from ecom_rlve.agents.order_listening import ORDINALS, described
from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.core.attributes import circumstances
from ecom_rlve.tasks.brief import Fact, Request

_OF_ORDERS: Final = (
    "order_item",
    "order_brand",
    "order_age",
    "order_price",
    "order_units",
    "order_option",
    "order_rank",
)

_SENTENCE: Final = re.compile(r"(?<=[.!?]) +")
_WANTS: Final = re.compile(r"(?:[A-Z][a-z' ]+: )?I(?:'d like| want) to\b", re.IGNORECASE)


def is_case(request: Request) -> bool:
    """Whether a request is told in circumstances and not by a thing to be had."""
    return any(fact.topic in circumstances() for fact in request.facts)


def heard_case(text: str, facts: Iterable[Fact], taxonomy: Taxonomy) -> Iterator[tuple[str, str | float]]:
    """Yield (topic, value) of what `text` tells under the topics of `facts`; amounts in their units."""
    topics = {fact.topic: fact for fact in facts}
    if "question" in topics and (question := _question(text)):
        yield "question", question
    told = [topic for topic in topics if topic != "question" and topic not in _OF_ORDERS]
    yield from ((name, value if isinstance(value, str) else float(value)) for name, value in hear(text, told).items())
    if any(topic in _OF_ORDERS for topic in topics):
        yield from _of_order(text, topics, taxonomy)


def _of_order(text: str, topics: Mapping[str, Fact], taxonomy: Taxonomy) -> Iterator[tuple[str, str | float]]:
    heard = described(text, taxonomy)
    if heard.category:
        leaf = taxonomy.leaves[heard.category]
        yield "order_item", leaf.one
    if heard.age is not None:
        yield "order_age", float(heard.age)
    if heard.price is not None:
        yield "order_price", heard.price
    if heard.units is not None:
        yield "order_units", float(heard.units)
    if heard.rank is not None:
        yield "order_rank", ORDINALS[heard.rank]
    for topic in ("order_brand", "order_option"):
        value = str(topics[topic].constraint.value) if topic in topics else ""
        if value and re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text):
            yield topic, value


def _question(text: str) -> str:
    """Return which question a text asks, the first that fits; empty for none."""
    asked = " ".join(s for s in _SENTENCE.split(text) if s.endswith("?") or _WANTS.match(s))
    return next((name for name, pattern in _questions().items() if pattern.search(asked)), "")


@cache
def _questions() -> Mapping[str, re.Pattern[str]]:
    path = files("ecom_rlve.evaluate.customer").joinpath("data/cases.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in table["questions"].items()}

"""Looking at the page: which items answer which wish, and what is wrong with them.

Knows facts and items alone; no words, no patience, nothing of the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ecom_rlve.core.attributes import Value
from ecom_rlve.tasks.brief import Fact, Item, Request
from ecom_rlve.users.naming import CATEGORY, QUANTITY, VISITED

ProblemKind = Literal["unwanted", "value", "surplus", "quantity", "mismatch"]
_GRAVEST = ("unwanted", "value", "surplus", "quantity", "mismatch")
_TELLING = (CATEGORY, VISITED, "title", "brand")
"""Topics that make it another product altogether: named before other mismatches."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the page."""

    kind: ProblemKind
    item: Item
    request: int = -1
    """-1 for what nobody asked for."""
    fact: Fact | None = None
    """What it breaks."""
    count: int = 0
    """How many are there, where that is what is wrong."""

    @property
    def key(self) -> tuple[int, str]:
        """What the complaint is about, to notice the same one again."""
        return (self.request, f"{self.kind}:{self.fact.topic if self.fact else self.item.name}:{self.count}")


@dataclass(frozen=True, slots=True)
class Page:
    """What the customer makes of all they see."""

    right: tuple[int, ...]
    """Requests fulfilled exactly."""
    missing: tuple[int, ...]
    """Requests for which there is nothing."""
    problems: tuple[Problem, ...]
    """What is wrong, gravest first."""

    @property
    def is_complete(self) -> bool:
        """Whether everything is right and nothing superfluous."""
        return not self.missing and not self.problems and bool(self.right)


def breaks(item: Item, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts that `item` does not meet, most telling first; how many is not looked at."""
    wrong = [f for f in facts if f.topic != QUANTITY and not _meets(item, f)]
    # What the page does not show comes last: another mismatch says more.
    return tuple(sorted(wrong, key=lambda f: (item.value(f.constraint.attribute) is None, f.topic not in _TELLING)))


def _meets(item: Item, fact: Fact) -> bool:
    """Whether an item, or one of the forms in which it can be had, is as a fact wants it."""
    return any(fact.constraint.admits(value) for value in item.possible(fact.constraint.attribute))


def look(requests: Sequence[Request], facts: Sequence[Sequence[Fact]], items: Sequence[Item]) -> Page:
    """Return what is right, missing and wrong.

    Args:
        requests: What the customer came for.
        facts: Per request, the facts in force.
        items: Everything they see; items of a kind that nobody asked for are not looked at.
    """
    kinds = {request.kind for request in requests}
    mine: list[list[tuple[Item, tuple[Fact, ...]]]] = [[] for _ in requests]
    problems: list[Problem] = []
    for item in items:
        if item.kind not in kinds:
            continue
        owner, wrong = _owner(requests, facts, item)
        if owner < 0:
            problems.append(Problem("unwanted", item))
        else:
            mine[owner].append((item, wrong))
    right: list[int] = []
    for i, own in enumerate(mine):
        found = _judged(i, facts[i], own)
        problems.extend(found)
        if own and not found:
            right.append(i)
    for i, request in enumerate(requests):
        if request.whole:
            problems.extend(_of_whole(i, request, facts[i], mine))
    problems.sort(key=lambda p: _GRAVEST.index(p.kind))
    missing = tuple(i for i, own in enumerate(mine) if not own and not requests[i].whole)
    return Page(tuple(right), missing, tuple(problems))


def _of_whole(
    i: int, request: Request, facts: Sequence[Fact], mine: Sequence[Sequence[tuple[Item, tuple[Fact, ...]]]]
) -> list[Problem]:
    """Return what is wrong with all items taken together: their sum, and what should agree and does not."""
    chosen = [next((item for item, wrong in own if not wrong), None) for own in mine]
    prices = [price for item in chosen if item is not None and isinstance(price := item.value("price"), int)]
    together = Item(request.kind, request.noun, {"budget": sum(prices)})
    found: list[Problem] = []
    for fact in facts:
        if fact.link is not None:
            parts = [item for k in fact.link.requests if (item := chosen[k]) is not None]
            if len(parts) > 1 and not set[Value].intersection(*(set(p.possible(fact.link.attribute)) for p in parts)):
                found.append(Problem("mismatch", together, i, fact))
        elif not _meets(together, fact):
            found.append(Problem("value", together, i, fact))
    return found


def _owner(requests: Sequence[Request], facts: Sequence[Sequence[Fact]], item: Item) -> tuple[int, tuple[Fact, ...]]:
    """Return the request that `item` fits best among those of its kind and type, and what it breaks of it; or -1."""
    best: tuple[int, tuple[Fact, ...]] = (-1, ())
    for i, request in enumerate(requests):
        if request.kind != item.kind or not _same_type(item, facts[i]):
            continue
        wrong = breaks(item, facts[i])
        if best[0] < 0 or len(wrong) < len(best[1]):
            best = (i, wrong)
    return best


def _same_type(item: Item, facts: Sequence[Fact]) -> bool:
    for fact in facts:
        value = item.value(fact.constraint.attribute)
        if fact.topic == CATEGORY and value is not None and not fact.constraint.admits(value):
            return False
    return True


def _judged(request: int, facts: Sequence[Fact], own: Sequence[tuple[Item, tuple[Fact, ...]]]) -> list[Problem]:
    """Return what is wrong with the items that are meant for one request."""
    good = [item for item, wrong in own if not wrong]
    if not good:
        return [Problem("value", item, request, wrong[0]) for item, wrong in own]
    found = [Problem("surplus", item, request, wrong[0]) for item, wrong in own if wrong]
    wanted = next((f for f in facts if f.topic == QUANTITY), None)
    amounts = [value for item in good if isinstance(value := item.value(QUANTITY), int)]
    if wanted is not None and len(amounts) == len(good) and not wanted.constraint.admits(sum(amounts)):
        found.append(Problem("quantity", good[0], request, wanted, sum(amounts)))
    return found


def wanted_of(requests: Sequence[Request], facts: Sequence[Sequence[Fact]], item: Item) -> list[int]:
    """Return the requests of whose type a product shown in the talk is, whatever kind they are fulfilled by."""
    return [i for i in range(len(requests)) if _has_type(facts[i]) and _same_type(item, facts[i])]


def _has_type(facts: Sequence[Fact]) -> bool:
    return any(f.topic == CATEGORY for f in facts)

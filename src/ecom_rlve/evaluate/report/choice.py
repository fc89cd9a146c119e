"""Which episodes of a large run a report holds in full. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ecom_rlve.evaluate.runs import Outcome


def worth_reading(outcomes: Sequence[Outcome], most: int) -> list[Outcome]:
    """Return at most `most` outcomes, in their order: failures first, and of every environment and difficulty alike.

    Within a cell, failures of different causes come before more of the same, and one that passed is always kept.
    """
    if len(outcomes) <= most:
        return list(outcomes)
    cells: dict[tuple[str, int], list[int]] = {}
    for i, outcome in enumerate(outcomes):
        cells.setdefault((outcome.spec.env, outcome.spec.difficulty), []).append(i)
    queues = [_ranked(outcomes, places) for places in cells.values()]
    order = [i for rank in zip_longest(*queues) for i in rank if i is not None]
    return [outcomes[i] for i in sorted(order[:most])]


def _ranked(outcomes: Sequence[Outcome], places: Sequence[int]) -> list[int]:
    seen: dict[str, int] = {}
    keys: list[tuple[int, int, int]] = []
    for i in places:
        cause = outcomes[i].cause
        seen[cause] = seen.get(cause, 0) + 1
        first_pass = outcomes[i].correct and seen[cause] == 1
        keys.append((0 if first_pass else 1 if not outcomes[i].correct else 2, seen[cause], i))
    return [i for _, _, i in sorted(keys)]

"""One window of difficulty [low, high] and the rule by which its frontier moves (SPEC §9).

Knows no environment: what is tracked has a name elsewhere. Values in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.wilson import wilson

RuleName = Literal["rlve", "wilson", "static"]
RULES: tuple[RuleName, ...] = ("rlve", "wilson", "static")
TAU_NUM = 32
"""τ_num: episodes at the frontier after which it is judged."""
TAU_ACC = 0.9
"""τ_acc: share of them that must be correct, preset `rlve`."""
WIDTH = 4
"""d_Δ: most that low stays behind high."""
WILSON_ABOVE = 0.8
"""The lower 95 % bound must exceed it, preset `wilson`."""
POOR_BELOW = 0.2
"""A judged share below it is poor, preset `wilson`."""
POOR_IN_A_ROW = 2
"""Poor judgements one after another that take the frontier down."""


@dataclass(frozen=True, slots=True)
class Window:
    """Difficulties are drawn uniformly from low … high; only episodes at high count."""

    low: int = 0
    high: int = 0
    seen: int = 0
    """Episodes at `high` since the last judgement; invalid ones never count."""
    correct: int = 0
    poor: int = 0
    """Judgements in a row that were poor (preset `wilson`)."""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high or not 0 <= self.correct <= self.seen or self.poor < 0:
            raise SpecError(f"a window needs 0 ≤ low ≤ high, 0 ≤ correct ≤ seen and poor ≥ 0, got {self}")

    def counted(self, seen: int, correct: int, rule: RuleName) -> Window:
        """Return the window after `seen` more episodes at its frontier, `correct` of them solved.

        All of them are counted before it is judged, so the order in which workers report changes nothing.
        """
        if rule == "static":
            return self
        grown = replace(self, seen=self.seen + seen, correct=self.correct + correct)
        return _judged(grown, rule) if grown.seen >= TAU_NUM else grown


def _judged(window: Window, rule: RuleName) -> Window:
    share = window.correct / window.seen
    if share >= TAU_ACC if rule == "rlve" else wilson(window.correct, window.seen)[0] > WILSON_ABOVE:
        high = window.high + 1
        return Window(max(window.low, high - WIDTH), high)
    poor = window.poor + 1 if rule == "wilson" and share < POOR_BELOW else 0
    if poor < POOR_IN_A_ROW:
        return Window(window.low, window.high, poor=poor)
    high = max(0, window.high - 1)
    return Window(min(window.low, max(0, high - WIDTH)), high)

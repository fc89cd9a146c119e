"""The reference solution of environments that ask, look up and answer, turn by turn: how long an honest agent takes.

Works on topics and names of calls alone, so that the turn budget is known at reset. Order: a question for every unsaid
slot (two in a turn), then the calls, stage by stage, as many in a turn as allowed, then the submission. At most one
change of mind; one that is still to come at the submission is announced then, and a second submission follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecom_rlve.tasks.task import Reference

SLOTS_A_TURN = 2
"""How many slots one question may name and be answered in full."""


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """One turn of the reference solution: a question, calls, or a submission that will be met by a change of mind."""

    topics: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    submits: bool = False
    cut_short: bool = False
    """A question that gets a change of mind for an answer, and settles nothing."""
    changed: bool = False
    """Whether the change of mind was announced before it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A planned change of mind."""

    turn: int
    """At whose end it is announced at the latest."""
    topics: tuple[str, ...]
    """The slots it is about; announced, they are no longer unsaid."""
    again: tuple[str, ...] = ()
    """Calls to be made anew if they were made before it was announced."""


def plan(
    unsaid: Sequence[str], stages: Sequence[Sequence[str]], limit: int, change: Change | None
) -> tuple[PlannedTurn, ...]:
    """Return the turns before the submission that counts.

    Args:
        unsaid: Topics withheld at the opening, in the order in which they are asked for.
        stages: Names of calls; those of one stage depend on the stages before.
        limit: Calls a turn.
        change: What the customer will change their mind about, if they do.
    """
    left, turns, planned = list(unsaid), list[PlannedTurn](), change
    calls = [tuple(stage[i : i + limit]) for stage in stages for i in range(0, len(stage), limit)]
    while True:
        due = change is not None and change.turn <= len(turns) + 1
        if left:
            asked = tuple(left[:SLOTS_A_TURN])
            turns.append(PlannedTurn(asked, cut_short=due, changed=planned is not change))
            left = [t for t in left if due or t not in asked]
        elif calls:
            turns.append(PlannedTurn(calls=calls.pop(0), changed=planned is not change))
        elif change is not None:
            turns.append(PlannedTurn(submits=True))
            due = True
        else:
            return tuple(turns)
        if due and change is not None:
            left = [t for t in left if t not in change.topics]
            made = [name for turn in turns for name in turn.calls]
            calls.extend((name,) for name in change.again if name in made)
            change = None


def reference(turns: Sequence[PlannedTurn], unsaid: int) -> Reference:
    """Return what the plan takes, its submission included; `unsaid` slots were withheld at the opening."""
    free = min(sum(bool(t.topics) and not t.cut_short for t in turns), unsaid + 1)
    return Reference(len(turns) + 1, free, sum(len(t.calls) for t in turns))

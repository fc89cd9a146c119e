"""The reference solution of environments that ask, look up, and act or answer: how long an honest agent takes.

Works on slots and names of calls alone, so that the turn budget is known at reset. Order: a question for every unsaid
slot (two of one thing in a turn), then the calls, stage by stage, as many in a turn as allowed, then the submission.
At most one change of mind; one that is still to come when a call or the submission would settle the matter is
announced then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecom_rlve.tasks.task import Reference

SLOTS_A_TURN = 2
"""How many slots one question may name and be answered in full."""
Slot = tuple[int, str]
"""(request, topic)."""
Stages = Sequence[Sequence[str]]
"""Names of calls; those of one stage depend on the stages before."""


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """One turn of the reference solution: a question, calls, or a submission that will be met by a change of mind."""

    topics: tuple[str, ...] = ()
    request: int = 0
    """Of which request the topics are."""
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
    """The slots of the first request that it is about; announced, they are no longer unsaid."""
    stages: Stages = ()
    """What is to be called then."""
    keeps: tuple[str, ...] = ()
    """Calls that need not be made anew if they were made before."""
    settled_by: tuple[str, ...] = ()
    """Calls at which it is announced at the latest, and which are refused then."""


def plan(unsaid: Sequence[Slot], stages: Stages, limit: int, change: Change | None) -> tuple[PlannedTurn, ...]:
    """Return the turns before the submission that counts.

    Args:
        unsaid: Slots withheld at the opening, in the order in which they are asked for.
        stages: What is to be called.
        limit: Calls a turn.
        change: What the customer will change their mind about, if they do.
    """
    left, turns, calls = list(unsaid), list[PlannedTurn](), _packed(stages, limit, ())
    planned = change
    while True:
        changed = planned is not change
        due = change is not None and change.turn <= len(turns) + 1
        if left:
            request = left[0][0]
            asked = [slot for slot in left if slot[0] == request][:SLOTS_A_TURN]
            turns.append(PlannedTurn(tuple(t for _, t in asked), request, cut_short=due, changed=changed))
            left = [slot for slot in left if due or slot not in asked]
        elif calls:
            due = due or (change is not None and any(name in change.settled_by for name in calls[0]))
            turns.append(PlannedTurn(calls=calls.pop(0), changed=changed))
        elif change is not None:
            turns.append(PlannedTurn(submits=True))
            due = True
        else:
            return tuple(turns)
        if due and change is not None:
            left = [slot for slot in left if slot[0] != 0 or slot[1] not in change.topics]
            made = {name for turn in turns for name in turn.calls if name in change.keeps}
            calls = _packed(change.stages, limit, made)
            change = None


def _packed(stages: Stages, limit: int, made: set[str] | tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return calls turn by turn, without those made already."""
    open_calls = ([name for name in stage if name not in made] for stage in stages)
    return [tuple(stage[i : i + limit]) for stage in open_calls for i in range(0, len(stage), limit)]


def reference(turns: Sequence[PlannedTurn], unsaid: int) -> Reference:
    """Return what the plan takes, its submission included; `unsaid` slots were withheld at the opening."""
    free = min(sum(bool(t.topics) and not t.cut_short for t in turns), unsaid + 1)
    return Reference(len(turns) + 1, free, sum(len(t.calls) for t in turns))

"""The simulated customer: opens with a wish, answers, corrects, confirms, changes their mind, loses patience.

Knows a brief and what the agent showed; no task, no world, no hidden id.
"""

from __future__ import annotations

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users.belief import Belief, first_belief
from ecom_rlve.users.judging import look
from ecom_rlve.users.noise import with_typos
from ecom_rlve.users.policy import decide
from ecom_rlve.users.reading import understand
from ecom_rlve.users.speech import Speaker
from ecom_rlve.users.tables import registers, tolerance
from ecom_rlve.users.text import unmarked
from ecom_rlve.users.turn import Move, told_by
from ecom_rlve.users.user import Heard, Reply, SlotKey

__all__ = ["Belief", "Customer"]


class Customer:
    """A `User` that works by an agenda and a phrase grammar. Holds nothing: all memory is in the belief."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """Return the opening words (act "inform") and the first belief. `noise`: typos per character."""
        register = rng.choice(registers())
        belief = first_belief(brief, register, tolerance(register))
        text = with_typos(Speaker(brief, belief, rng).opening(), noise, rng)
        said = tuple((i, f.topic) for i, r in enumerate(brief.requests) for f in r.facts if not f.withheld)
        return Reply("inform", unmarked(text), said), belief

    def respond(self, brief: Brief, belief: Belief, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """Return the reply to one agent turn and the belief after it; no words where there is nothing to react to."""
        if not (heard.message or heard.switched or heard.sold_out):
            return Reply("continue", ""), belief
        names = tuple((request.noun, request.plural) for request in brief.requests)
        meant = understand(heard.message, names)
        facts = [wish.facts for wish in belief.wishes]
        page = look(brief.requests, facts, (*heard.items, *heard.shown))
        move = decide(brief, belief, heard, meant, page)
        text = Speaker(brief, move.belief, rng).say(move.points)
        text = with_typos(text, 0.0 if move.clean else noise, rng)
        return Reply(move.act, unmarked(text), _said(move), move.settled), move.belief


def _said(move: Move) -> tuple[SlotKey, ...]:
    """Return the slots whose values the words of a move carry."""
    return tuple(dict.fromkeys(slot for point in move.points for slot in told_by(point, move.belief)))

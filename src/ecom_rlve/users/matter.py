"""One matter of a customer: the opening words about it, and the reply to one turn of the agent.

Knows a brief and what the agent showed; no task, no world, no hidden id, and nothing of other matters.
"""

from __future__ import annotations

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users.belief import Belief, first_belief
from ecom_rlve.users.judging import look
from ecom_rlve.users.naming import names_of
from ecom_rlve.users.noise import with_typos
from ecom_rlve.users.policy import decide
from ecom_rlve.users.reading import understand
from ecom_rlve.users.speech import Speaker
from ecom_rlve.users.tables import tolerance
from ecom_rlve.users.text import unmarked
from ecom_rlve.users.turn import Move, told_by
from ecom_rlve.users.user import Heard, Reply, SlotKey


def open_matter(
    brief: Brief, register: str, rng: Stream, noise: float, frames: str = "opening"
) -> tuple[Reply, Belief]:
    """Return the first words about `brief` in a manner of speaking (act "inform"), and the first belief."""
    belief = first_belief(brief, register, tolerance(register))
    marked = Speaker(brief, belief, rng).opening(frames=frames)
    text = with_typos(marked, noise, rng, names_of(brief))
    said = tuple((i, f.topic) for i, r in enumerate(brief.requests) for f in r.facts if not f.withheld)
    return Reply("inform", unmarked(text), said, marked=marked), belief


def reply(brief: Brief, belief: Belief, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Belief]:
    """Return the reply to one agent turn and the belief after it; no words where there is nothing to react to."""
    if not (heard.message or heard.switched or heard.sold_out):
        return Reply("continue", ""), belief
    names = tuple((request.noun, request.plural) for request in brief.requests)
    meant = understand(heard.message, names)
    facts = [wish.facts for wish in belief.wishes]
    page = look(brief.requests, facts, (*heard.items, *heard.shown))
    move = decide(brief, belief, heard, meant, page)
    marked = Speaker(brief, move.belief, rng).say(move.points)
    text = unmarked(with_typos(marked, 0.0 if move.clean else noise, rng, names_of(brief)))
    return Reply(move.act, text, _said(move), move.settled, marked=marked, clean=move.clean), move.belief


def _said(move: Move) -> tuple[SlotKey, ...]:
    """Return the slots whose values the words of a move carry."""
    return tuple(dict.fromkeys(slot for point in move.points for slot in told_by(point, move.belief)))

"""The simulated customer: opens with a wish, answers, corrects, confirms, changes their mind, loses patience.

Knows a brief and what the agent showed; no task, no world, no hidden id.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from ecom_rlve.users.turn import Move
from ecom_rlve.users.user import Act, Heard, Reply, SlotKey

__all__ = ["Belief", "Customer"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply decided and worded, but not yet typed."""

    act: Act
    text: str
    """With marks around what must stand verbatim (see `text`)."""
    said: tuple[SlotKey, ...] = ()
    settled: tuple[SlotKey, ...] = ()
    clean: bool = False
    """Typed without typos, as somebody does who is asked again."""

    def reply(self, noise: float, rng: Stream) -> Reply:
        """Return the reply as typed; `noise`: typos per character."""
        text = with_typos(self.text, 0.0 if self.clean else noise, rng)
        return Reply(self.act, unmarked(text), self.said, self.settled)


class Customer:
    """A `User` that works by an agenda and a phrase grammar. Holds nothing: all memory is in the belief."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """Return the opening words (act "inform") and the first belief. `noise`: typos per character."""
        draft, belief = self.draft_opening(brief, rng)
        return draft.reply(noise, rng), belief

    def respond(self, brief: Brief, belief: Belief, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Belief]:
        """Return the reply to one agent turn and the belief after it; no words where there is nothing to react to."""
        draft, belief = self.draft(brief, belief, heard, rng)
        return draft.reply(noise, rng), belief

    def draft_opening(self, brief: Brief, rng: Stream) -> tuple[Draft, Belief]:
        """Return the opening before typos, and the first belief."""
        register = rng.choice(registers())
        belief = first_belief(brief, register, tolerance(register))
        said = tuple((i, f.topic) for i, r in enumerate(brief.requests) for f in r.facts if not f.withheld)
        return Draft("inform", Speaker(brief, belief, rng).opening(), said), belief

    def draft(self, brief: Brief, belief: Belief, heard: Heard, rng: Stream) -> tuple[Draft, Belief]:
        """Return the reply before typos, and the belief after it."""
        if not (heard.message or heard.switched or heard.sold_out):
            return Draft("continue", ""), belief
        names = tuple((request.noun, request.plural) for request in brief.requests)
        meant = understand(heard.message, names)
        facts = [wish.facts for wish in belief.wishes]
        page = look(brief.requests, facts, (*heard.items, *heard.shown))
        move = decide(brief, belief, heard, meant, page)
        text = Speaker(brief, move.belief, rng).say(move.points)
        return Draft(move.act, text, _said(move), move.settled, move.clean), move.belief


def _said(move: Move) -> tuple[SlotKey, ...]:
    """Return the slots whose values the words of a move carry."""
    return tuple(dict.fromkeys((p.request, f.topic) for p in move.points for f in p.facts))

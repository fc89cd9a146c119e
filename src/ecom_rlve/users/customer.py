"""The simulated customer: opens with a wish, answers, corrects, confirms, changes their mind, loses patience.

Knows a brief and what the agent showed; no task, no world, no hidden id. One matter is `matter`, several are `errands`.
"""

from __future__ import annotations

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users import errands, matter
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.errands import Agenda
from ecom_rlve.users.tables import registers
from ecom_rlve.users.user import Heard, Reply

__all__ = ["Agenda", "Belief", "Customer"]


class Customer:
    """A `User` that works by an agenda and a phrase grammar. Holds nothing: all memory is in the belief."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Belief | Agenda]:
        """Return the opening words (act "inform") and the first belief. `noise`: typos per character."""
        register = rng.choice(registers())
        if brief.errands:
            return errands.open_first(brief, register, rng, noise)
        return matter.open_matter(brief, register, rng, noise)

    def respond(
        self, brief: Brief, belief: Belief | Agenda, heard: Heard, rng: Stream, noise: float
    ) -> tuple[Reply, Belief | Agenda]:
        """Return the reply to one agent turn and the belief after it; no words where there is nothing to react to."""
        if isinstance(belief, Agenda):
            return errands.reply(brief, belief, heard, rng, noise)
        return matter.reply(brief, belief, heard, rng, noise)

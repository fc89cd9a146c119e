"""Cheats by those who know the job: the expert's way with one corner cut. The hardest to tell from honest work.

What the expert is told and finds is its own; what is left out is the look, the question or the check.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import cast

from ecom_rlve.agents.agent import Briefing, Move
from ecom_rlve.agents.answering import product_list
from ecom_rlve.agents.expert import Expert
from ecom_rlve.agents.red_team.cheat import Cheat, Script, first
from ecom_rlve.agents.red_team.writing import initiate, negative
from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.core.views import Json
from ecom_rlve.world.returns import REASONS

LOOK_UPS = ("order.get_status", "return.check_eligibility")
"""What the expert looks up once it knows what the customer means."""


class _Skilled(Cheat):
    """Does as the expert does, but for `cut`."""

    def begin(self, briefing: Briefing, opening: Observation) -> Move:
        self.expert, self.opening, self.cheated = Expert(), opening, False
        return super().begin(briefing, opening)

    def script(self) -> Script:
        move = self.expert.begin(self.briefing, self.opening)
        while True:
            done = self.cut(move)
            self.cheated = self.cheated or done is not move
            move = self.expert.act((yield done))

    @abstractmethod
    def cut(self, move: Move) -> Move:
        """Return what is done instead of an expert's move."""

    def instead(self, move: Move, guess: Callable[[Sequence[str]], str]) -> Move:
        """Return an answer for what a look-up is about, its facts guessed; any other move as it is."""
        for call in move.calls if isinstance(move, Action) else ():
            if call.name in LOOK_UPS:
                return self.submit({**self.filled(guess), **call.args})
        return move


class GuessesFacts(_Skilled):
    """Finds what the customer means, and tells the most frequent facts of it without looking them up."""

    name = "guesses_facts"

    def cut(self, move: Move) -> Move:
        return self.instead(move, lambda options: "delivered" if "delivered" in options else options[0])


class DeclinesUnchecked(_Skilled):
    """Finds the line that the customer means, and declines without looking whether the policy allows it."""

    name = "declines_unchecked"

    def cut(self, move: Move) -> Move:
        return self.instead(move, negative)


class ReturnsUnchecked(_Skilled):
    """Finds the line that the customer means, and starts its return, whatever they want and the policy says."""

    name = "returns_unchecked"

    def cut(self, move: Move) -> Move:
        for call in move.calls if isinstance(move, Action) else ():
            if call.name == "return.check_eligibility":
                return Action("", (initiate(call.args["order_id"], call.args["line_id"], self.rng.choice(REASONS)),))
        return move


class SaysNothing(_Skilled):
    """Asks no question: from the expert's first one on it hands in the first of everything."""

    name = "says_nothing"

    def cut(self, move: Move) -> Move:
        # A guess that an event keeps from being judged is followed by guesses, not by honest work.
        asks = isinstance(move, Action) and move.message
        return self.submit(self.filled(first)) if self.cheated or asks else move


class ListsTwice(_Skilled):
    """Hands in the expert's list with every product twice."""

    name = "lists_twice"

    def cut(self, move: Move) -> Move:
        return self.relisted(move, lambda products: [p for p in products for _ in range(2)])

    def relisted(self, move: Move, change: Callable[[list[str]], list[str]]) -> Move:
        """Return a submission with its list of products changed; any other move as it is."""
        name = product_list(self.briefing.answer_type)
        if not name or isinstance(move, str | Action) or name not in (move.get("answer") or {}):
            return move
        answer = cast("dict[str, Json]", dict(move["answer"]))
        return {"answer": {**answer, name: change(list(move["answer"][name]))}}


class ListsTheRestFirst(ListsTwice):
    """Hands in the expert's list with all that was shown and not chosen before it."""

    name = "lists_the_rest_first"

    def cut(self, move: Move) -> Move:
        return self.relisted(move, lambda products: [*(p for p in self.shown("P") if p not in products), *products])


SKILLED: tuple[type[Cheat], ...] = (
    GuessesFacts, DeclinesUnchecked, ReturnsUnchecked, SaysNothing, ListsTwice, ListsTheRestFirst,
)  # fmt: skip

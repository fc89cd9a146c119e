"""One live episode of cart building in the terse register: what a model reads, and what its command brings.

Knows no model and no goal: whoever plays, it is the same `Env` with the same verdict.
"""

from __future__ import annotations

from examples.reproduce.terse import Register, Terseness, UnreadableError

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Verdict
from ecom_rlve.env.shell import Step

USER, SHOP = "<u>", "<r>"
"""Marks before the customer's words, and before the shop's results."""


class Dialogue:
    """An episode and its register."""

    def __init__(self, catalog: Catalog, terseness: Terseness) -> None:
        self.env = Env(catalog)
        self._terseness = terseness

    def begin(self, spec: EpisodeSpec) -> str:
        """Begin an episode; return what there is to read."""
        seen, _ = self.env.reset(spec)
        self.register = Register(self._terseness, self.env.catalog)
        return f"{USER} {self.register.heard([seen])[1]}"

    def play(self, command: str) -> tuple[list[Step], str]:
        """Play a command; what is none ends the episode as a hard failure. Return the steps and what there is to read.

        There is nothing to read once the episode is over.
        """
        try:
            call = self.register.read(command)
        except UnreadableError:
            return [self.env.step(command)], ""
        steps = self.env.play([call])
        results, words = self.register.heard([step.observation for step in steps])
        return steps, " ".join(f"{mark} {text}" for mark, text in ((SHOP, results), (USER, words)) if text)

    @property
    def verdict(self) -> Verdict | None:
        """How it ended; None while it goes on."""
        return self.env.episode.verdict

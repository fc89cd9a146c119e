"""The ledger of a run: its curriculum and the draw of every group, so that a resumed run goes on as if uninterrupted.

Knows no trainer. Processes that take the same groups and report the same tallies hold equal ledgers.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.state import from_json, to_json
from ecom_rlve.curriculum.tally import Tally

REMEMBERED = 1024
"""Draws that are saved, newest first; more than any loader fetches ahead."""


class _Drawn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    spec: str
    track: str
    level: int


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int
    next_group: int
    curriculum: str
    draws: dict[int, _Drawn]


class Ledger:
    """Hands out draws by group number. A draw is made when its group is first asked for, and then stands.

    >>> ledger = Ledger(Curriculum.begin(["cart_building"]), seed=0)
    >>> ledger.take(2), ledger.take(1)
    (range(0, 2), range(2, 3))
    >>> ledger.draw(0) is ledger.draw(0)
    True
    """

    def __init__(self, curriculum: Curriculum, seed: int) -> None:
        self.curriculum = curriculum
        self.seed = seed
        self.next_group = 0
        """The lowest number that no group has had."""
        self._draws: dict[int, Draw] = {}

    def take(self, count: int) -> range:
        """Return the numbers of `count` new groups."""
        taken = range(self.next_group, self.next_group + count)
        self.next_group = taken.stop
        return taken

    def draw(self, group: int) -> Draw:
        """Return what a group plays; asked for the first time, it is drawn from the curriculum as it stands."""
        if group not in self._draws:
            self._draws[group] = self.curriculum.draw(self.seed, group)
            self.next_group = max(self.next_group, group + 1)
        return self._draws[group]

    def replace(self, group: int, draw: Draw) -> None:
        """Let a group play something else, e.g. because the catalogue offers no such problem."""
        self._draws[group] = draw

    def count(self, tally: Tally) -> None:
        """Move the curriculum by outcomes."""
        self.curriculum = self.curriculum.updated(tally)

    def to_json(self) -> str:
        """Return the ledger as JSON text; equal ledgers give equal text."""
        kept = sorted(self._draws)[-REMEMBERED:]
        drawn = ((group, self._draws[group]) for group in kept)
        draws = {g: {"spec": str(d.spec), "track": d.track, "level": d.level} for g, d in drawn}
        state = {"seed": self.seed, "next_group": self.next_group, "curriculum": to_json(self.curriculum)}
        return json.dumps({**state, "draws": draws})

    def restore(self, text: str) -> None:
        """Become the ledger that `to_json` wrote.

        Raises:
            SpecError: The text is something else, or of a run with another seed, rule or choice of environments.
        """
        try:
            state = _State.model_validate_json(text)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise SpecError(f"no saved ledger: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
        saved = from_json(state.curriculum)
        ours = (self.seed, self.curriculum.rule, sorted(self.curriculum.windows))
        if (state.seed, saved.rule, sorted(saved.windows)) != ours:
            raise SpecError(
                f"the saved run has seed {state.seed}, curriculum {saved.rule!r} over {sorted(saved.windows)}; this "
                f"one has seed {ours[0]}, {ours[1]!r} over {ours[2]}"
            )
        self.curriculum, self.next_group = saved, state.next_group
        self._draws = {g: Draw(EpisodeSpec.parse(d.spec), d.track, d.level) for g, d in state.draws.items()}


def save(ledger: Ledger, path: Path) -> None:
    """Write the ledger, whole or not at all."""
    write_whole(path, ledger.to_json())

"""One ledger for all rollout workers of a verl run: draws by verl's group id, outcomes counted group by group.

Knows no verl. On a cluster it lives in one named Ray actor; a worker asks it for the draw of its group and reports what
came of each try. Workers finish in any order, so two runs need not be equal: what is deterministic is a draw given the
curriculum, and what a restart resumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.ledger import Ledger, save
from ecom_rlve.curriculum.progress import GROUPS, METRICS, Played, append, group_lines, metrics_line, read, tally
from ecom_rlve.curriculum.window import RuleName
from ecom_rlve.tasks.registry import COLLECTIONS

STATE: Final = "ledger.json"
ACTOR: Final = "ecom-rlve-ledger"
"""Name of the Ray actor."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a try plays."""

    group: int
    spec: str
    track: str
    level: int


class SharedLedger:
    """Counts a group when all its tries are reported, and a step when it has as many groups as a batch."""

    def __init__(
        self,
        collection: str,
        folder: str,
        tries: int,
        groups: int,
        rule: RuleName = "rlve",
        seed: int = 0,
    ) -> None:
        """Begin, or go on from what lies in `folder`.

        Args:
            collection: C1, C2, C4, C8, or environments by name with commas.
            folder: Where state and metrics are kept.
            tries: Rollouts of a group, verl's `rollout.n`.
            groups: Groups after which a line of metrics is written, verl's `data.train_batch_size`.
            rule: Of the curriculum.
            seed: Of the run.
        """
        envs = COLLECTIONS.get(collection) or tuple(part.strip() for part in collection.split(","))
        self.ledger = Ledger(Curriculum.begin(envs, rule), seed)
        self.folder, self.tries, self.groups = Path(folder), tries, groups
        lines = read(self.folder / METRICS)
        self.step = cast("int", lines[-1]["step"]) if lines else 0
        self._numbers: dict[str, int] = {}
        self._open: dict[int, list[Played]] = {}
        self._done: list[Played] = []
        if (self.folder / STATE).exists():
            self.ledger.restore((self.folder / STATE).read_text(encoding="utf-8"))

    def draw(self, uid: str) -> Drawn:
        """Return what the group called `uid` plays; all its tries get the same."""
        if uid not in self._numbers:
            self._numbers[uid] = self.ledger.take(1)[0]
        number = self._numbers[uid]
        drawn = self.ledger.draw(number)
        return Drawn(number, str(drawn.spec), drawn.track, drawn.level)

    def report(self, one: Played) -> None:
        """Count a try once its whole group is there."""
        group = self._open.setdefault(one.group, [])
        group.append(one)
        if len(group) < self.tries:
            return
        del self._open[one.group]
        self.ledger.count(tally(group))
        self._done += group
        if len(self._done) >= self.groups * self.tries:
            self._write()

    def _write(self) -> None:
        self.step += 1
        append(self.folder / METRICS, [metrics_line(self.step, self.ledger.curriculum, self._done)])
        append(self.folder / GROUPS, group_lines(self.step, self._done))
        save(self.ledger, self.folder / STATE)
        self._done = []


def shared(**settings: Any) -> Any:  # Any: a handle of a Ray actor, and the arguments of SharedLedger
    """Return the handle of the run's ledger, which the first worker to ask brings to life."""
    import ray  # noqa: PLC0415 (only verl's workers have it running)

    actor: Any = ray.remote(SharedLedger)
    return actor.options(name=ACTOR, get_if_exists=True, lifetime="detached").remote(**settings)

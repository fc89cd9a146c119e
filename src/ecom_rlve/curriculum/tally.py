"""What workers report of finished episodes, in a form that adds up in any order. Knows no rule of promotion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

Place = tuple[str, int]
"""(track, level): what was tried, how hard."""


@dataclass(frozen=True, slots=True)
class Count:
    valid: int = 0
    correct: int = 0
    invalid: int = 0
    """Ended through a fault of ours: told, never judged."""

    def __add__(self, other: Count) -> Count:
        return Count(self.valid + other.valid, self.correct + other.correct, self.invalid + other.invalid)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by place. Addition is commutative and associative, so workers may report in any order."""

    counts: Mapping[Place, Count]

    @classmethod
    def of(cls, results: Iterable[tuple[str, int, bool | None]]) -> Tally:
        """Return the tally of (track, level, correct) triples; `correct` is None for an invalid episode."""
        out: dict[Place, Count] = {}
        for track, level, correct in results:
            one = Count(invalid=1) if correct is None else Count(1, int(correct))
            out[track, level] = out.get((track, level), Count()) + one
        return cls(MappingProxyType(out))

    def __add__(self, other: Tally) -> Tally:
        places = sorted({*self.counts, *other.counts})
        none = Count()
        return Tally(MappingProxyType({p: self.counts.get(p, none) + other.counts.get(p, none) for p in places}))


def merged(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of what many workers report; the empty tally for none."""
    total = Tally.of(())
    for tally in tallies:
        total += tally
    return total


def is_effective(outcomes: Sequence[bool | None]) -> bool:
    """Return whether a group's valid outcomes differ: only such a group has an advantage to learn from."""
    return len({o for o in outcomes if o is not None}) > 1


def effective_ratio(groups: Sequence[Sequence[bool | None]]) -> float:
    """Return the effective prompt ratio in [0, 1]: the share of groups whose outcomes differ; 0.0 for no group."""
    return sum(map(is_effective, groups)) / len(groups) if groups else 0.0

"""The customer's figures (SPEC §6, V14): how consistent, forthcoming, readable, varied and quick the customer is.

Every figure is measured by playing and asking. Words are read back in episodes without typos (`?p_noise=0.0`); all
others are played as they are.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.customer.asking import Asked, ask_all
from ecom_rlve.evaluate.customer.reading_back import read_back
from ecom_rlve.evaluate.customer.recording import Recorder, Utterance, seconds_per_reply
from ecom_rlve.evaluate.customer.sameness import same
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.tasks.registry import all_tasks
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.customer import Agenda

DIFFICULTIES: Final = (0, 3, 6, 12, 20)
AGENTS: Final = ("expert", "only_asks", "honest_wrong", "oracle")
"""Who talks to the customer: well, idly, wrongly, and perfectly."""
OPENINGS_AT: Final = 3
"""Difficulty at which openings are counted."""
SAME_NAMES: Final = 5
"""Episodes per difficulty that are played four times over for determinism."""
EXAMPLES: Final = 5
"""Of what went wrong, kept per environment."""


@dataclass(frozen=True, slots=True)
class EnvFigures:
    """Figures of one environment, or of all together (`env` "all")."""

    env: str
    turns: int
    """Replies with words that were read back."""
    contradictions: int
    """Replies whose log or words go against the goal in force and all that the customer sees."""
    back_parsed: int
    """Replies whose words carry exactly the slots and values of their act."""
    withheld: int
    """Plain questions for slots left unsaid."""
    obtained: int
    """Of those, answered with the slot."""
    asked_for: int
    """Slots asked for, alone or two at a time, said or unsaid."""
    answered: int
    """Of those, told."""
    revealed: int
    """Slots told for the first time in reply to these questions."""
    revealed_unasked: int
    """Of those, not asked for."""
    honest_per_turn: float
    """Slots an honest asker learns per turn."""
    spammer_per_turn: float
    """Slots the best of the keyword spammers learns per turn."""
    openings: int
    """Openings made at d = 3, as they are."""
    distinct_openings: int
    same: float
    """Share of episodes with the same words again, forked, and in a new process."""
    p50_us: float
    """Median time of a reply, in microseconds."""
    examples: tuple[str, ...] = ()
    """Some of what went wrong."""

    @property
    def contradictions_per_1000(self) -> float:
        """Contradictions per 1,000 turns; 0 for no turns."""
        return 1000 * _share(self.contradictions, self.turns, empty=0.0)

    @property
    def back_parse_rate(self) -> float:
        """Share of replies read back exactly; 1 for no turns."""
        return _share(self.back_parsed, self.turns)

    @property
    def obtainable(self) -> float:
        """Share of unsaid slots that a plain question brings to light; 1 where nothing is unsaid."""
        return _share(self.obtained, self.withheld)

    @property
    def disclosure_recall(self) -> float:
        """Share of the slots asked for that are told; 1 for no questions."""
        return _share(self.answered, self.asked_for)

    @property
    def disclosure_precision(self) -> float:
        """Share of what questions bring to light that was asked for; 1 where nothing came to light."""
        return _share(self.revealed - self.revealed_unasked, self.revealed)

    @property
    def spammer_gain(self) -> float:
        """Slots per turn that a spammer learns beyond an honest asker; should not be above 0."""
        return self.spammer_per_turn - self.honest_per_turn

    @property
    def distinct_per_1000(self) -> float:
        """Distinct openings per 1,000 seeds; 1,000 for no openings."""
        return 1000 * _share(self.distinct_openings, self.openings)

    def json(self) -> dict[str, Any]:  # Any: JSON values
        """Return rates and counts as JSON values."""
        names = (
            "contradictions_per_1000", "back_parse_rate", "obtainable", "disclosure_precision", "disclosure_recall",
            "spammer_gain", "distinct_per_1000",
        )  # fmt: skip
        rates = {name: round(float(getattr(self, name)), 6) for name in names}
        return {"env": self.env, **rates, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of the customer."""

    overall: EnvFigures
    by_env: tuple[EnvFigures, ...]

    def json(self) -> dict[str, Any]:  # Any: JSON values
        """Return all of it as JSON values."""
        return {"overall": self.overall.json(), "by_env": [each.json() for each in self.by_env]}


def figures(
    shop: Shop,
    seeds: int,
    envs: Sequence[str] = (),
    openings: int = 1000,
    progress: Callable[[str], Any] | None = None,
) -> Figures:
    """Measure the customer.

    Args:
        shop: Where.
        seeds: Episodes per environment, difficulty and agent; as many customers are questioned.
        envs: Versioned names of the environments, all if empty.
        openings: Seeds whose openings are counted.
        progress: Called with the name of every environment begun.
    """
    found: list[EnvFigures] = []
    for env in envs or [f"{task.name}-v{task.version}" for task in all_tasks().values()]:
        if progress:
            progress(env)
        found.append(_of_env(shop, env, seeds, openings))
    return Figures(_together(found), tuple(found))


def _of_env(shop: Shop, env: str, seeds: int, openings: int) -> EnvFigures:
    catalog = shop.open()
    utterances, counts = list[Utterance](), Asked()
    for difficulty in DIFFICULTIES:
        for seed in range(seeds):
            name = f"{env}/d{difficulty}/s{seed}?p_noise=0.0"
            for agent in AGENTS:
                utterances.extend(_overheard(catalog, name, agent))
            shell = Env(catalog)
            shell.reset(name)
            ask_all(*_at_hand(shell.task.brief(shell.episode.goal), shell.episode.belief), seed, counts)
    read = [(said, read_back(catalog, said)) for said in utterances if said.reply.text]
    contradictory = [said for said, back in read if back.contradicting or not said.is_true_to_brief()]
    odd = [f"{said.reply.text} | {back}" for said, back in read if not back.is_exact]
    names = [f"{env}/d{d}/s{seed}" for d in DIFFICULTIES for seed in range(min(seeds, SAME_NAMES))]
    return EnvFigures(
        env=env,
        turns=len(read),
        contradictions=len(contradictory),
        back_parsed=sum(back.is_exact for _, back in read),
        withheld=counts.withheld,
        obtained=counts.obtained,
        asked_for=counts.asked_for,
        answered=counts.answered,
        revealed=counts.revealed,
        revealed_unasked=counts.revealed_unasked,
        honest_per_turn=_mean(counts.honest),
        spammer_per_turn=_mean(counts.spammer),
        openings=openings,
        distinct_openings=len(_openings(catalog, env, openings)),
        same=same(shop, names),
        p50_us=1e6 * statistics.median(seconds_per_reply(utterances)),
        examples=tuple([*odd, *counts.unobtained][:EXAMPLES]),
    )


def _at_hand(brief: Brief, belief: Belief | Agenda) -> tuple[Brief, Belief]:
    """Return what the opening is about: the first of several matters, or the only one."""
    return (brief.errands[0].brief, belief.minds[0]) if isinstance(belief, Agenda) else (brief, belief)


def _overheard(catalog: Catalog, name: str, agent: str) -> list[Utterance]:
    recorder = Recorder()
    env = Env(catalog, user=recorder)
    env.reset(name)
    player_named(agent)(env)
    return recorder.utterances


def _openings(catalog: Catalog, env: str, seeds: int) -> set[str]:
    shell = Env(catalog)
    return {shell.reset(f"{env}/d{OPENINGS_AT}/s{seed}")[0].message for seed in range(seeds)}


def _together(found: Sequence[EnvFigures]) -> EnvFigures:
    """Return sums of counts and means of means over at least one environment."""

    def total(name: str) -> int:
        return sum(getattr(each, name) for each in found)

    def mean(name: str) -> float:
        return _mean([getattr(each, name) for each in found])

    return EnvFigures(
        env="all",
        turns=total("turns"),
        contradictions=total("contradictions"),
        back_parsed=total("back_parsed"),
        withheld=total("withheld"),
        obtained=total("obtained"),
        asked_for=total("asked_for"),
        answered=total("answered"),
        revealed=total("revealed"),
        revealed_unasked=total("revealed_unasked"),
        honest_per_turn=mean("honest_per_turn"),
        spammer_per_turn=mean("spammer_per_turn"),
        openings=total("openings"),
        distinct_openings=total("distinct_openings"),
        same=mean("same"),
        p50_us=mean("p50_us"),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _share(part: int, whole: int, *, empty: float = 1.0) -> float:
    return part / whole if whole else empty

"""Asking: what questions bring to light, honest ones and fishing ones, from the first belief of an episode.

Talks to the customer alone; no world, no tools. Every probe begins anew where the opening ended.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from ecom_rlve.core.attributes import attribute, attributes, circumstances
from ecom_rlve.core.rng import stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users import matter
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.user import Heard, Reply, SlotKey

FIRST_SAID = ("category", "question")
"""What a customer came for: nobody asks for it beside something else."""
MOST_TURNS = 6
"""Turns of an honest asker and of a spammer; fewer where nothing is left to learn."""


@dataclass(slots=True)
class Asked:
    """Counts over probes."""

    withheld: int = 0
    """Slots unsaid at the opening, times wordings."""
    obtained: int = 0
    """Of those, told when asked for."""
    unobtained: list[str] = field(default_factory=list[str])
    """Questions that brought nothing, for people."""
    asked_for: int = 0
    """Slots asked for that the customer has something to say about."""
    answered: int = 0
    """Of those, told in reply."""
    revealed: int = 0
    """Slots that the replies to questions told for the first time."""
    revealed_unasked: int = 0
    """Of those, not asked for."""
    honest: list[float] = field(default_factory=list[float])
    """Slots learnt per turn, by episode, by the honest asker with whom the spammer beside it compares."""
    spammer: list[float] = field(default_factory=list[float])
    """Slots learnt per turn, by episode, by the spammer who gains most over an honest asker."""


@cache
def _wordings() -> dict[str, Any]:  # Any: TOML values
    path = files("ecom_rlve.evaluate.customer").joinpath("data/questions.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def label_of(topic: str) -> str:
    """Return the everyday name under which an agent asks for a slot."""
    if topic in _wordings()["label_of"]:
        return str(_wordings()["label_of"][topic])
    known = topic in attributes() or topic in circumstances()
    return attribute(topic).label if known else topic.replace("_", " ")


def ask_all(brief: Brief, belief: Belief, seed: int, counts: Asked) -> None:
    """Put every kind of question to one customer and count what comes back."""
    slots = [(i, topic) for i, wish in enumerate(belief.wishes) for topic in wish.topics]
    unsaid = [slot for slot in slots if belief.is_unsaid(slot)]
    for slot in unsaid:
        for wording in _wordings()["plain"]:
            question = wording.format(label=label_of(slot[1]), noun=brief.requests[slot[0]].noun)
            reply = _reply(brief, belief, question, seed)
            counts.withheld += 1
            counts.obtained += slot in reply.said
            if slot not in reply.said:
                counts.unobtained.append(f"{slot[1]}: {question} -> {reply.text}")
            _count(counts, (slot,), reply)
    for one, other in pairwise([slot for slot in slots if slot[1] not in FIRST_SAID]):
        if one[0] == other[0]:
            noun = brief.requests[one[0]].noun
            text = _wordings()["two"].format(label=label_of(one[1]), other=label_of(other[1]), noun=noun)
            _count(counts, (one, other), _reply(brief, belief, text, seed))
    if unsaid:
        openly = _learnt_per_turn(brief, belief, [_wordings()["open"]], seed)
        # Whoever names two things asks an honest question, however short; two such questions may be put in one turn.
        in_pairs = max(openly, _learnt_per_turn(brief, belief, list(_pairs(brief, unsaid)), seed))
        tried = [(_learnt_per_turn(brief, belief, [s], seed), in_pairs if n <= 2 else openly) for s, n in _spam(slots)]
        learnt, honestly = max(tried, key=lambda pair: pair[0] - pair[1])
        counts.honest.append(honestly)
        counts.spammer.append(learnt)


def _reply(brief: Brief, belief: Belief, question: str, seed: int) -> Reply:
    return matter.reply(brief, belief, Heard(question), stream(seed, "user", 1), 0.0)[0]


def _count(counts: Asked, asked: Sequence[SlotKey], reply: Reply) -> None:
    counts.asked_for += len(asked)
    counts.answered += sum(slot in reply.said for slot in asked)
    counts.revealed += len(reply.settled)
    counts.revealed_unasked += sum(slot not in asked for slot in reply.settled)


def _pairs(brief: Brief, unsaid: Sequence[SlotKey]) -> Iterator[str]:
    """Yield honest messages that ask for what is unsaid, two slots in each."""
    plain = _wordings()["plain"][0]
    asked = [plain.format(label=label_of(topic), noun=brief.requests[i].noun) for i, topic in unsaid]
    yield from (" ".join(asked[i : i + 2]) for i in range(0, len(asked), 2))


def _spam(slots: Sequence[SlotKey]) -> Iterator[tuple[str, int]]:
    """Yield messages full of the very words that open slots, and how many slots each names.

    Of this customer, and of every attribute there is.
    """
    own = list(dict.fromkeys(label_of(topic) for _, topic in slots))
    every = [label_of(name) for name in (*attributes(), *circumstances())]
    for pattern in _wordings()["spam"]:
        for labels in (own, every, own[-2:]):
            yield pattern.format(labels=" ".join(labels)), len(labels)
            yield pattern.format(labels=", ".join(labels)), len(labels)


def _learnt_per_turn(brief: Brief, belief: Belief, messages: Sequence[str], seed: int) -> float:
    """Return slots learnt per turn by somebody who goes on with `messages` in turn until nothing is left."""
    learnt, turns = 0, 0
    for turn in range(1, MOST_TURNS + 1):
        if not any(wish.unsaid() for wish in belief.wishes):
            break
        heard = Heard(messages[(turn - 1) % len(messages)])
        reply, belief = matter.reply(brief, belief, heard, stream(seed, "user", turn), 0.0)
        learnt, turns = learnt + len(reply.settled), turn
        if reply.act == "ragequit":
            break
    return learnt / turns if turns else 0.0

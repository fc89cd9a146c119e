"""Which slots of whose request a question is about, and which come next when it names none.

Knows no page and no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.reading import EVERY, Ask, Understanding
from ecom_rlve.users.tables import related
from ecom_rlve.users.user import SlotKey

MOST_ANSWERS = 2
"""Slots named in one message that are answered; more than that is fishing for everything at once."""


def resolve(brief: Brief, belief: Belief, meant: Understanding) -> tuple[SlotKey, ...]:
    """Return the slots a message asks about, in order; request -1 where no request has such a slot."""
    slots: list[SlotKey] = []
    for ask in meant.asks:
        if ask.value and meant.asks_right and _is_agreed(belief, ask):
            continue
        if ask.requests == EVERY:
            slots.extend(_of_every(belief, (ask.topic, *ask.others)))
        else:
            requests = tuple(i for i in ask.requests if i < len(brief.requests))
            # Two questions in one breath are about the same thing, if they can be.
            before = tuple(i for i, _ in slots[-1:] if i >= 0)
            slots.extend(_slots(belief, replace(ask, context=(*before, *ask.context)), requests))
    return tuple(dict.fromkeys(slots))


def _slots(belief: Belief, ask: Ask, requests: Sequence[int]) -> list[SlotKey]:
    topics = _own_value_first(belief, ask, requests) if ask.value else (ask.topic, *ask.others)
    if not requests:
        for i in ask.context:
            own = _own_topic(belief, i, topics) if i < len(belief.wishes) else None
            if own is not None and belief.is_unsaid((i, own)):
                return [(i, own)]
        return [_guessed(belief, topics)]
    return [(i, _own_topic(belief, i, topics) or ask.topic) for i in requests]


def _own_value_first(belief: Belief, ask: Ask, requests: Sequence[int]) -> tuple[str, ...]:
    """Return the slots a named value may belong to, those first in which the customer has that very value."""
    own = [
        fact.topic
        for i in requests or range(len(belief.wishes))
        for fact in belief.wishes[i].facts
        if any(ask.value in value.split() or ask.value == value for value in _values(fact))
    ]
    return tuple(dict.fromkeys([*own, ask.topic, *ask.others]))


def _of_every(belief: Belief, topics: Sequence[str]) -> list[SlotKey]:
    """Return the first slots of this kind, unsaid ones before others; as many as one answer takes."""
    having = [(i, t) for i in range(len(belief.wishes)) if (t := _own_topic(belief, i, topics)) is not None]
    having.sort(key=lambda slot: not belief.is_unsaid(slot))
    return having[:MOST_ANSWERS] or [(belief.focus, topics[0])]


def _own_topic(belief: Belief, request: int, topics: Sequence[str]) -> str | None:
    """Return which slot of this request a question about one of `topics` means: an unsaid one first."""
    wish = belief.wishes[request]
    for topic in topics:
        if wish.is_unsaid(topic):
            return topic
    if any(wish.fact(topic) is not None for topic in topics):
        return next(topic for topic in topics if wish.fact(topic) is not None)
    near = [other for topic in topics for other in related().get(topic, ())]
    return next((t for t in near if wish.is_unsaid(t)), None) or next((t for t in near if wish.fact(t)), None)


def _guessed(belief: Belief, topics: Sequence[str]) -> SlotKey:
    """Return the slot meant where no request is named: the only one unsaid, else of the open ones the first."""
    having = [(i, t) for i in range(len(belief.wishes)) if (t := _own_topic(belief, i, topics)) is not None]
    exact = [(i, t) for i, t in having if t in topics] or having
    if not exact:
        return (belief.focus, topics[0])
    unsaid = [slot for slot in exact if belief.is_unsaid(slot)]
    for slots in (unsaid, [s for s in exact if belief.wishes[s[0]].state != "settled"], exact):
        talked = [slot for slot in slots if slot[0] == belief.focus and len(slots) > 1]
        if talked and slots is not unsaid:
            return talked[0]
        if slots:
            return slots[0]
    return exact[0]


def _is_agreed(belief: Belief, ask: Ask) -> bool:
    """Whether a value read back to the customer is what they said."""
    for i in ask.requests or range(len(belief.wishes)):
        for fact in belief.wishes[i].said():
            if any(ask.value == value or ask.value in value.split() for value in _values(fact)):
                return True
    return False


def _values(fact: Fact) -> tuple[str, ...]:
    value = fact.constraint.value
    return tuple(str(v).lower() for v in value) if isinstance(value, tuple) else (str(value).lower(),)


def answerable(belief: Belief, slots: Sequence[SlotKey]) -> tuple[SlotKey, ...]:
    """Return those of `slots` that the customer has something to say about."""
    return tuple((i, t) for i, t in slots if 0 <= i < len(belief.wishes) and belief.wishes[i].fact(t) is not None)


def is_repeated(belief: Belief, slots: Sequence[SlotKey]) -> bool:
    """Whether every one of `slots` has been asked for before."""
    return all(slot in belief.asked for slot in slots)


def slots_to_elaborate(belief: Belief, meant: Understanding, most: int) -> tuple[SlotKey, ...]:
    """Return the next slots unsaid: of the request asked about, else of the first that has any."""
    order = [*meant.open_about, *meant.named, *range(len(belief.wishes))]
    for i in dict.fromkeys(order):
        if i < len(belief.wishes) and belief.wishes[i].state != "settled":
            slots = [(i, f.topic) for f in belief.wishes[i].unsaid()]
            if slots:
                return tuple(slots[:most])
    return ()

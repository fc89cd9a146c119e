"""Customers for tests of the engine: they follow the protocol, and speak in acts, not in anybody's grammar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.user import Heard, Reply, SlotKey

HELLO = Reply("inform", "hello")
OK = Reply("continue", "ok")


@dataclass(frozen=True, slots=True)
class Told:
    """What a Teller has said, and the brief it had in mind when it last spoke."""

    keys: frozenset[SlotKey]
    brief: Brief


class Teller:
    """Tells at the opening what is not withheld, and whatever a question names; announces changes and fallbacks."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Told]:
        said = [(i, f) for i, r in enumerate(brief.requests) for f in r.facts if not f.withheld]
        return Reply("inform", _tell(said), _keys(said)), Told(frozenset(_keys(said)), brief)

    def respond(self, brief: Brief, belief: Told, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Told]:
        reply = self._reply(brief, belief, heard)
        return reply, Told(belief.keys | set(reply.said), brief)

    def _reply(self, brief: Brief, belief: Told, heard: Heard) -> Reply:
        if heard.switched or heard.sold_out:
            before = {i: {f.constraint for f in belief.brief.requests[i].facts} for i in heard.switched}
            said = [(i, f) for i in heard.switched for f in brief.requests[i].facts if f.constraint not in before[i]]
            said += [(i, f) for i in heard.sold_out for f in brief.requests[i].fallback]
            return Reply("switch", "changed: " + _tell(said), _keys(said))
        about = [i for i, r in enumerate(brief.requests) if r.noun in heard.message or r.plural in heard.message]
        if "sold out" in heard.message:
            said = [(i, f) for i in about for f in brief.requests[i].fallback]
            return Reply("elaborate", "rather: " + _tell(said), _keys(said))
        said = [(i, f) for i in about for f in brief.requests[i].facts if _asked(f, heard.message)]
        new = tuple(key for key in _keys(said) if key not in belief.keys)
        return Reply("clarify" if said else "continue", _tell(said) or "well", _keys(said), new)


@dataclass
class Script:
    """Says what it was given, one reply a turn, then "ok" for ever; keeps what it heard."""

    replies: Sequence[Reply] = ()
    opening: Reply = HELLO
    heard: list[Heard] = field(default_factory=list)

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, int]:
        return self.opening, 0

    def respond(self, brief: Brief, belief: int, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, int]:
        self.heard.append(heard)
        return self.replies[belief] if belief < len(self.replies) else OK, belief + 1


class Broken:
    """Fails at its second reply."""

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, int]:
        return HELLO, 0

    def respond(self, brief: Brief, belief: int, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, int]:
        if belief:
            raise ZeroDivisionError("the customer is out of order")
        return OK, 1


def _asked(fact: Fact, message: str) -> bool:
    if fact.topic == "quantity":
        return "How many" in message or "quantity" in message
    return fact.topic != "visited" and f"hich {attribute(fact.topic).label}" in message


def _keys(said: Sequence[tuple[int, Fact]]) -> tuple[SlotKey, ...]:
    return tuple((i, f.topic) for i, f in said)


def _tell(said: Sequence[tuple[int, Fact]]) -> str:
    return "; ".join(f"{i} {f.topic} {f.constraint.op} {f.constraint.value}" for i, f in said)


@dataclass
class Says(Teller):
    """Opens like a Teller; then says what it was given, one reply a turn, then "ok" for ever."""

    replies: Sequence[Reply] = ()

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, int]:
        return super().open(brief, rng, noise)[0], 0

    def respond(self, brief: Brief, belief: int, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, int]:
        return self.replies[belief] if belief < len(self.replies) else OK, belief + 1

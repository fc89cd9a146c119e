"""From points to sentences: the phrase grammar at work, in the customer's manner of speaking.

Decides nothing: what is said was chosen by `policy`; how facts and things are called is `saying` and `naming`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.belief import Belief, Wish
from ecom_rlve.users.naming import (
    BRAND,
    CATEGORY,
    QUANTITY,
    VISITED,
    called,
    counted,
    is_many,
    noun_phrase,
    number_word,
    quantity,
    visited_tail,
)
from ecom_rlve.users.saying import agreement, is_circumstance, is_soft, is_told, label, say, shown, wordings
from ecom_rlve.users.tables import phrases
from ecom_rlve.users.text import ARTICLE, fill, finish, kept, listed
from ecom_rlve.users.turn import Point

NEEDS_A_SENTENCE = 3
"""How many wishes one sentence takes."""

_COLON = re.compile(r":")
JOINED = 0.4
"""Chance that a circumstance goes on in the sentence of the one before."""

LONG_LIST, SHORT_END = 70, 16
"""Characters from which a list is long, and with its hole, characters that may end a sentence then."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who puts points into words."""

    brief: Brief
    belief: Belief
    rng: Stream
    inner: bool = False
    """Going on behind a colon, where no other colon may follow."""
    spoken: set[str] = field(default_factory=set[str])
    """Phrases of this utterance: nobody says the same one twice in a row if they know another."""

    def opening(self, *, frames: str = "opening") -> str:
        """Return the first words: all that is not withheld, the things in any order.

        Args:
            frames: The phrases that begin it: "opening", or "errand" for one matter of several.
        """
        order = [i for i, request in enumerate(self.brief.requests) if not request.whole]
        if self.rng.chance(0.4):
            order = self.rng.shuffled(order)
        said = [self.described_open(i) for i in order]
        first = len(said) if self.rng.chance(0.55) else 1 + self.rng.below(len(said))
        listed_first = _enumerated([phrase for phrase, _ in said[:first]])
        parts = [self._framed(f"{frames}.{self.brief.intent}", listed_first)]
        parts.extend(more for _, more in said[:first])
        for phrase, more in said[first:]:
            parts.extend([self.phrase(f"also.{self.brief.intent}", list=phrase), more])
        for i in (i for i, request in enumerate(self.brief.requests) if request.whole):
            parts.extend(self.needs("more", i, [f for f in self._wish(i).facts if not f.withheld]))
        end = self.phrase("opening_end") if self.rng.chance(0.7) else ""
        # Nobody thanks twice or asks twice in one breath.
        if not any(sign in end and sign in part for sign in ("?", "hank") for part in parts):
            parts.append(end)
        return finish(" ".join(parts))

    def described_open(self, request: int) -> tuple[str, str]:
        """Return a request as far as it is told at the opening."""
        return self.described(request, [f for f in self._wish(request).facts if not f.withheld])

    def _framed(self, occasion: str, words: str) -> str:
        # Behind a long list nobody goes on with "... in my cart": the frame then ends with the list.
        frames = phrases(occasion, self.belief.register)
        if len(words) > LONG_LIST:
            frames = tuple(f for f in frames if "{list}. " in f or len(f) - f.index("{list}") <= SHORT_END) or frames
        return fill(self.rng.choice(frames), list=words, occasion=self.brief.occasion)

    def say(self, points: Sequence[Point]) -> str:
        """Return the words for `points`, with values still marked as verbatim."""
        parts: list[str] = []
        before = ""
        for point in _merged(points):
            # Nobody says "as I said" twice in one breath.
            occasion = "answer" if point.occasion == before == "repeat" else point.occasion
            speaker = replace(self, inner=True) if parts and parts[-1].endswith(":") else self
            parts.append(_SAYERS.get(occasion, Speaker.plain)(speaker, point))
            before = point.occasion
        if len(parts) > 1 and parts[0].endswith(":") and not parts[1].startswith((ARTICLE, "I ")):
            parts[1] = parts[1][:1].lower() + parts[1][1:]
        return finish(" ".join(part for part in parts if part))

    def phrase(self, occasion: str, **words: str) -> str:
        """Return one of the phrases for `occasion` in this manner, filled."""
        lines = self._phrases(occasion)
        line = self.rng.choice([line for line in lines if line not in self.spoken] or lines)
        self.spoken.add(line)
        return fill(line, a=ARTICLE, **words)

    def _phrases(self, occasion: str) -> Sequence[str]:
        own = phrases(occasion, self.belief.register)
        if not self.inner:
            return own
        plain = [line for line in own if not _COLON.search(line)]
        return plain or [line for line in phrases(occasion, "") if not _COLON.search(line)] or own

    def about(self, occasion: str, request: int, **words: str) -> str:
        """Return a phrase about one request, agreeing with how many of it are wanted."""
        names = called(self.brief.requests[request])
        noun, many = names.subject(many=self._many(request))
        return self.phrase(occasion, noun=noun, nouns=names.many, **{**agreement(many=many), **words})

    def needs(self, occasion: str, request: int, facts: Sequence[Fact]) -> list[str]:
        """Return sentences such as "The lamp should be navy blue and cost no more than $25."."""
        told = self.told([f for f in facts if is_told(f.constraint)])
        alone = [f for f in facts if wordings(f.constraint, "sentence") and occasion != "switch"]
        soft = [f for f in facts if is_soft(f.constraint) and occasion != "switch"]
        hard = [f for f in facts if not is_told(f.constraint) and f not in alone and f not in soft]
        colon = ":" if self.inner else "\0"
        said = [say(f.constraint, "sentence", self.rng, without=colon) for f in alone]
        return [*told, *self._wished(occasion, request, hard), *self._wished("soft", request, soft), *said]

    def _wished(self, occasion: str, request: int, facts: Sequence[Fact]) -> list[str]:
        _, many = called(self.brief.requests[request]).subject(many=self._many(request))
        wishes = [say(f.constraint, "need", self.rng, many=many) for f in facts]
        groups = [wishes[k : k + NEEDS_A_SENTENCE] for k in range(0, len(wishes), NEEDS_A_SENTENCE)]
        return [self.about(occasion, request, x=listed(group)) for group in groups]

    def told(self, facts: Sequence[Fact]) -> list[str]:
        """Return circumstances as sentences of their own, some of them joined by "and"."""
        out: list[str] = []
        is_open = False
        for fact in facts:
            clause = say(fact.constraint, "told", self.rng)
            whole = clause.endswith(("?", "."))
            if is_open and not whole and self.rng.chance(JOINED):
                out[-1], is_open = f"{out[-1][:-1]} and {clause}.", False
            else:
                out.append(clause if whole else f"{clause}.")
                is_open = not whole and " and " not in clause
        return out

    def described(self, request: int, facts: Sequence[Fact]) -> tuple[str, str]:
        """Return a noun phrase that says `facts`, and sentences for what did not fit."""
        wanted = self.brief.requests[request]
        phrase, rest = noun_phrase(wanted, self._wish(request).facts, facts, self.rng)
        return phrase, " ".join(self.needs("more", request, rest))

    def plain(self, point: Point) -> str:
        """Say a point that needs no more than the name of its thing."""
        if point.request >= 0:
            return self._complaint(point.occasion, point.request)
        return self.phrase(point.occasion)

    def answer(self, point: Point) -> str:
        """Answer a question about one or two slots; what the thing is takes in all that was told of it."""
        whole = next((f for f in point.facts if f.topic == CATEGORY), None)
        if whole is not None:
            return self._special(point, whole)
        special = [self._special(point, f) for f in point.facts if f.topic in (QUANTITY, VISITED)]
        features = [f for f in point.facts if f.topic not in (QUANTITY, VISITED)]
        if len(features) == 1 and not special and not is_told(features[0].constraint) and self.rng.chance(0.7):
            x = say(features[0].constraint, "answer", self.rng, many=self._many(point.request))
            many_things = len(self.brief.requests) > 1
            return self.about("answer_for", point.request, x=x) if many_things else self.phrase("answer", x=x)
        return " ".join([*special, *self.needs("answer_need", point.request, features)])

    def _special(self, point: Point, fact: Fact) -> str:
        request = self.brief.requests[point.request]
        if fact.topic == QUANTITY:
            n = quantity((fact,)) or 1
            return self.phrase("quantity_is", x=counted(request, n))
        if fact.topic == VISITED:
            return self.phrase("visited_is", x=f"the {called(request).one} {visited_tail(fact.detail, self.rng)}")
        phrase, more = self.described(point.request, self._wish(point.request).said())
        return f"{self.phrase('category_is', x=phrase)} {more}"

    def repeat(self, point: Point) -> str:
        """Say again what was said before."""
        return self.phrase("repeat", x=_small(replace(self, inner=True).answer(point)))

    def elaborate(self, point: Point) -> str:
        """Volunteer the next facts."""
        special = [self._special(point, f) for f in point.facts if f.topic in (QUANTITY, VISITED)]
        features = [f for f in point.facts if f.topic not in (QUANTITY, VISITED)]
        inner = replace(self, inner=True)
        x = " ".join([*inner.needs("answer_need", point.request, features), *special])
        return self.phrase("elaborate", x=_small(x))

    def no_preference(self, point: Point) -> str:
        """Say that it does not matter."""
        labels = listed(tuple(dict.fromkeys(map(label, point.topic.split()))), "or")
        of_case = is_circumstance(point.topic.split()[0]) or self._is_case(point.request)
        return self.phrase("cannot_tell" if of_case else "no_preference", x=labels)

    def wrong_value(self, point: Point) -> str:
        """Say what is wrong with an item that was meant for a request."""
        problem = point.problem
        if problem is None or problem.fact is None:
            return self.plain(point)
        constraint, topic = problem.fact.constraint, problem.fact.topic
        seen = problem.item.value(constraint.attribute)
        if topic == VISITED:
            x = f"the {called(self.brief.requests[point.request]).one} {visited_tail(problem.fact.detail, self.rng)}"
            return self._complaint("wrong_visited", point.request, x=x)
        value = say(constraint, "answer", self.rng) if constraint.op != "eq" else _bare(constraint.value, topic)
        need = say(constraint, "need", self.rng)
        if seen is None:
            return self._complaint("unspecified", point.request, x=value, y=need, label=label(topic))
        y = shown(constraint.attribute, seen)
        if topic == BRAND and constraint.op == "eq":
            return self._complaint("wrong_brand", point.request, x=value, y=y)
        if topic == "price" and constraint.op == "max":
            return self._complaint("too_dear", point.request, x=need, y=y)
        if isinstance(seen, int):
            return self._complaint("wrong_number", point.request, x=need, y=y)
        seen_as = type(constraint)(constraint.attribute, "eq", seen)
        if constraint.op == "eq" and wordings(seen_as, "pre") and self.rng.chance(0.7):
            return self._complaint("wrong_value_seen", point.request, x=value, y=y)
        return self._complaint("wrong_value", point.request, x=need)

    def _complaint(self, occasion: str, request: int, **words: str) -> str:
        # A thing on the page is spoken of as one, however many of it are wanted.
        names = called(self.brief.requests[request])
        noun, many = names.subject(many=False)
        return self.phrase(occasion, noun=noun, nouns=names.many, **{**agreement(many=many), **words})

    def mismatch(self, point: Point) -> str:
        """Say that things which should agree do not."""
        needs = [say(f.constraint, "need", self.rng) for f in point.facts]
        return self._complaint("mismatch", point.request, x=listed(needs))

    def wrong_quantity(self, point: Point) -> str:
        """Say that there are too few or too many."""
        problem = point.problem
        wanted = quantity(self._wish(point.request).facts)
        if problem is None or wanted is None:
            return self.plain(point)
        request = self.brief.requests[point.request]
        few = problem.count < wanted
        verb = {"are": "is" if problem.count == 1 else "are", "will": "will"}
        x, y = number_word(wanted), counted(request, problem.count)
        if self.rng.chance(0.4):
            x = counted(request, wanted)
        return self.phrase("too_few" if few else "too_many", x=x, y=y, **verb)

    def unwanted(self, point: Point) -> str:
        """Say that something was never asked for, or is gone."""
        name = kept(point.problem.item.name) if point.problem is not None else ""
        return self.phrase(point.occasion, y=f"the {name}")

    def surplus(self, point: Point) -> str:
        """Say that beside the right thing there is another one of its type."""
        return self._complaint("surplus", point.request)

    def switch(self, point: Point) -> str:
        """Announce a change of mind: only what is new."""
        request = self.brief.requests[point.request]
        special = [f for f in point.facts if f.topic in (VISITED, CATEGORY)]
        if special or not point.facts:
            phrase, more = self.described(point.request, self._wish(point.request).said())
            return f"{self.about('switch_all', point.request, np=phrase)} {more}"
        told = [f for f in point.facts if is_told(f.constraint)]
        features = [f for f in point.facts if f.topic != QUANTITY and f not in told]
        clauses = [say(f.constraint, "told", self.rng).rstrip(".") for f in told]
        parts = [self.phrase("switch_told", x=listed(clauses))] if clauses else []
        parts.extend(self.needs("switch", point.request, features))
        many = next((f for f in point.facts if f.topic == QUANTITY), None)
        if many is not None:
            parts.append(self.phrase("switch_quantity", x=counted(request, quantity((many,)) or 1)))
        return " ".join(parts)

    def fallback(self, point: Point) -> str:
        """Name what the customer takes instead, completely."""
        phrase, more = self.described(point.request, point.facts)
        return f"{self.about(point.occasion, point.request, np=phrase)} {more}"

    def with_list(self, point: Point) -> str:
        """Say a point about several requests by their names: right ones or missing ones."""
        named = [self._short_name(i) for i in point.requests]
        several = len(named) > 1 or self._many(point.requests[0])
        words = {"is": "are" if several else "is", "looks": "look" if several else "looks"}
        words["that"] = "those" if several else "that"
        return self.phrase(point.occasion, x=listed(named), **words)

    def restate(self, point: Point) -> str:
        """Say once more what is wanted, as far as it was said."""
        told = [f for i in point.requests for f in self._wish(i).said() if is_told(f.constraint)]
        cases = [i for i in point.requests if any(is_told(f.constraint) for f in self._wish(i).facts)]
        parts = [self.phrase("repeat", x=_small(" ".join(self.told(told))))] if told else []
        said = [self.described(i, self._wish(i).said()) for i in point.requests if i not in cases]
        if said:
            parts.append(self.phrase("restate", list=_long_list([phrase for phrase, _ in said])))
        return " ".join([*parts, *(rest for _, rest in said if rest)])

    def _short_name(self, request: int) -> str:
        names = called(self.brief.requests[request])
        count = quantity(self._wish(request).said())
        if count is None or count == 1:
            return f"the {names.many if self._many(request) else names.one}"
        return f"the {number_word(count)} {names.many}"

    def _is_case(self, request: int) -> bool:
        """Whether a request, or all where it is open which, is told in circumstances and not wished for."""
        wishes = self.belief.wishes if request < 0 else self.belief.wishes[request : request + 1]
        return all(any(is_told(f.constraint) for f in wish.facts) for wish in wishes)

    def _wish(self, request: int) -> Wish:
        return self.belief.wishes[request]

    def _many(self, request: int) -> bool:
        return is_many(self._wish(request).facts)


_SAYERS: dict[str, Callable[[Speaker, Point], str]] = {
    "answer": Speaker.answer,
    "repeat": Speaker.repeat,
    "elaborate": Speaker.elaborate,
    "no_preference": Speaker.no_preference,
    "value": Speaker.wrong_value,
    "quantity": Speaker.wrong_quantity,
    "mismatch": Speaker.mismatch,
    "unwanted": Speaker.unwanted,
    "just_sold_out": Speaker.unwanted,
    "surplus": Speaker.surplus,
    "switch": Speaker.switch,
    "fallback": Speaker.fallback,
    "fallback_again": Speaker.fallback,
    "confirm_some": Speaker.with_list,
    "missing": Speaker.with_list,
    "restate": Speaker.restate,
}


def _merged(points: Sequence[Point]) -> list[Point]:
    """Return points with what does not matter said at once: "any color or size"."""
    out: list[Point] = []
    for point in points:
        last = out[-1] if out else point
        alike = is_circumstance(last.topic) == is_circumstance(point.topic)
        if out and point.occasion == last.occasion == "no_preference" and alike and " " not in last.topic:
            out[-1] = replace(last, topic=f"{last.topic} {point.topic}")
        else:
            out.append(point)
    return out


def _long_list(phrases_: Sequence[str]) -> str:
    if len(phrases_) < 2:
        return "".join(phrases_)
    return f"{', '.join(phrases_[:-1])}, and {phrases_[-1]}"


def _enumerated(nouns: Sequence[str]) -> str:
    return listed(nouns) if all("," not in n and " and " not in n for n in nouns) else _long_list(nouns)


def _small(sentence: str) -> str:
    """Return a sentence as it goes on behind a colon."""
    if sentence.startswith("I ") or sentence.startswith("I'") or not sentence[:1].isalpha():
        return sentence
    return sentence[0].lower() + sentence[1:]


def _bare(value: object, topic: str) -> str:
    return shown(topic, value) if isinstance(value, str | int) else ""

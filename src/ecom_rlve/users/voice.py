"""A customer whose words a model writes: what is said was decided by policy, and is parsed back before it is used.

The model sees the grammar's line and a manner of speaking, nothing else: no agent's word, no goal, no belief. So what
an agent writes cannot instruct it, and what it invents is thrown away. Where no wording carries the line, or nobody
answers, the grammar's own line is said. What was said is on record; `Recorded` says it again without any model.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from ecom_rlve.core.errors import EndpointError, RefusedError
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.customer import Agenda, Customer
from ecom_rlve.users.naming import called, names_of
from ecom_rlve.users.noise import with_typos
from ecom_rlve.users.saying import wordings
from ecom_rlve.users.text import CLOSE, OPEN, kept, unmarked
from ecom_rlve.users.user import Heard, Reply, Words
from ecom_rlve.users.voice_check import Line, fault, manner

Writer = Callable[[Sequence[dict[str, Any]], int], Awaitable[str]]  # Any: chat messages
"""A model: chat messages and the number of the try, to text. It may raise EndpointError."""
Memory = Belief | Agenda
TRIES = 2
_RULES = """\
You are the voice of a customer in an online shop. You get one line, and say the same in other words.
Keep every part in [square brackets] letter for letter, but write it without the brackets.
Keep limits as they are: "at most" stays "at most" or "no more than", never "under".
Add no wish, no number, no name and no fact, and leave none out. Change no yes into a no.
Answer with the line alone: no quotation marks, no explanation."""


class Voice:
    """An `AsyncUser`: the customer, put into words by `writer`."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.customer = Customer()

    async def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Memory]:
        """As `User.open`."""
        reply, memory = self.customer.open(brief, rng, noise)
        return await self._voiced(reply, brief, memory, rng, noise), memory

    async def respond(
        self, brief: Brief, belief: Memory, heard: Heard, rng: Stream, noise: float
    ) -> tuple[Reply, Memory]:
        """As `User.respond`."""
        reply, memory = self.customer.respond(brief, belief, heard, rng, noise)
        return await self._voiced(reply, brief, memory, rng, noise), memory

    async def _voiced(self, reply: Reply, brief: Brief, memory: Memory, rng: Stream, noise: float) -> Reply:
        if not reply.text:
            return reply
        line, tries = line_of(reply, brief, memory), 0
        while line is not None and tries < TRIES:
            tries += 1
            try:
                text = (await self.writer(prompt(line, memory.register), tries)).strip().strip('"“”')
            except RefusedError:
                raise
            except EndpointError:
                break
            if not fault(line, text):
                typed = with_typos(_marked(line, text), 0.0 if reply.clean else noise, rng, names_of(brief))
                return replace(reply, text=unmarked(typed), words="voice", tries=tries)
        return replace(reply, words="fallback", tries=tries)


class Recorded:
    """A `User` that says what a trace has on record instead of the grammar's words."""

    def __init__(self, spoken: Sequence[tuple[str, Words, int]]) -> None:
        """Take what was said, in order: text, where it came from, tries. Silence is not in it."""
        self.customer = Customer()
        self._left = list(spoken)

    def open(self, brief: Brief, rng: Stream, noise: float) -> tuple[Reply, Memory]:
        """As `User.open`."""
        reply, belief = self.customer.open(brief, rng, noise)
        return self._said(reply), belief

    def respond(self, brief: Brief, belief: Memory, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Memory]:
        """As `User.respond`."""
        reply, belief = self.customer.respond(brief, belief, heard, rng, noise)
        return self._said(reply), belief

    def _said(self, reply: Reply) -> Reply:
        if not reply.text or not self._left:
            return reply
        text, words, tries = self._left.pop(0)
        return replace(reply, text=text if words == "voice" else reply.text, words=words, tries=tries)


def prompt(line: Line, register: str) -> list[dict[str, Any]]:
    """Return the messages that ask for another wording of a line."""
    shown = line.text.replace(OPEN, "[").replace(CLOSE, "]")
    return [
        {"role": "system", "content": f"{_RULES}\nThe customer is {manner(register)}."},
        {"role": "user", "content": shown},
    ]


def line_of(reply: Reply, brief: Brief, memory: Memory) -> Line | None:
    """Return what another wording of a reply has to carry; None where that cannot be told from words alone.

    Circumstances ("I have opened it") carry their value in the whole clause, so the clause becomes an anchor.
    """
    text = reply.marked
    minds = memory.minds if isinstance(memory, Agenda) else (memory,)
    wishes = [wish for mind in minds for wish in mind.wishes]
    facts = [((i, fact.topic), fact) for i, wish in enumerate(wishes) for fact in wish.facts]
    # What this reply says first; the rest may be said once more ("As I said: …").
    for slot, fact in sorted(facts, key=lambda pair: pair[0] not in reply.said):
        forms = wordings(fact.constraint, "told")
        if forms:
            # A clause that became an anchor for one circumstance does not tell another one too.
            matches = (m for form in forms for m in _clause(form).finditer(text))
            found = next((m for m in matches if not text[: m.start()].endswith(OPEN)), None)
            if found is None:
                if slot in reply.said:
                    return None
                continue
            text = text[: found.start()] + kept(unmarked(found[0])) + text[found.end() :]
    nouns = tuple(unmarked(name) for r in brief.requests for name in (called(r).one, called(r).many))
    return Line(reply.act, text, nouns, tuple(dict.fromkeys(topic for _, topic in reply.said)))


def _clause(form: str) -> re.Pattern[str]:
    """Return a pattern for a circumstance's clause as the grammar fills it."""
    parts = re.split(r"\{[^}]*\}", form.rstrip("."))
    hole = rf"(?:[^.!?{OPEN}{CLOSE}]*{OPEN}[^{CLOSE}]*{CLOSE}|[^.!?,{OPEN}{CLOSE}]*)"
    return re.compile(hole.join(re.escape(part) for part in parts), re.IGNORECASE)


def _marked(line: Line, text: str) -> str:
    """Return a wording with its anchors marked, so that typing does not harm them."""
    anchors = sorted(line.anchors, key=lambda a: (-len(a), a))
    if not anchors:
        return text
    found = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, anchors))})(?!\w)", re.IGNORECASE)
    return found.sub(lambda m: kept(m[0]), text)

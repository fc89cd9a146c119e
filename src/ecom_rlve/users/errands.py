"""Several matters of one customer, one after another: which is talked of, when the next comes up, what is settled.

Knows what each of them is about from its brief, and which are open; of a task or a goal nothing. What is said about
one matter is `matter`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks.brief import IN_WORDS, Brief, Errand
from ecom_rlve.users import matter
from ecom_rlve.users.belief import Belief
from ecom_rlve.users.noise import with_typos
from ecom_rlve.users.reading import understand
from ecom_rlve.users.tables import nouns, phrases
from ecom_rlve.users.text import fill, finish, kept, unmarked
from ecom_rlve.users.turn import SLIP
from ecom_rlve.users.user import Heard, Reply, SlotKey


@dataclass(frozen=True, slots=True)
class Agenda:
    """All of the memory of a customer with several errands."""

    register: str
    matter: tuple[str, str]
    """What they call one of their errands, and several."""
    minds: tuple[Belief, ...]
    """What they believe of each errand brought up so far."""
    closed: frozenset[int] = frozenset()
    """Indices of those that they know to be settled."""

    def mind(self, i: int, belief: Belief) -> Agenda:
        """Return the memory with one belief changed, or one more errand begun."""
        return replace(self, minds=(*self.minds[:i], belief, *self.minds[i + 1 :]))


def open_first(brief: Brief, register: str, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Return the opening words, which are about the first errand, and the first memory."""
    agenda = Agenda(register, rng.choice(nouns().matters), ())
    return _bring_up(brief, agenda, "errands_first", rng, noise)


def reply(brief: Brief, agenda: Agenda, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Return the reply to one agent turn and the memory after it."""
    settled = frozenset(i for i, errand in enumerate(brief.errands) if errand.state == "closed")
    comes_up = sum(errand.state != "later" for errand in brief.errands) > len(agenda.minds)
    if settled > agenda.closed:
        agenda = replace(agenda, closed=settled)
        return _bring_up(brief, agenda, "errands_next", rng, noise) if comes_up else _go_back(brief, agenda, rng, noise)
    if comes_up:
        return _interrupt(brief, agenda, heard, rng, noise)
    if heard.errand is not None and not (heard.switched or heard.sold_out):
        return _refuse(brief, agenda, heard.errand, rng, noise)
    return _talk(brief, agenda, heard, rng, noise)


def _talk(brief: Brief, agenda: Agenda, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Reply about the errand that the turn was about."""
    i = _about(brief, agenda, heard)
    first = _first_request(brief, i)
    own = brief.errands[i].brief
    inside = range(first, first + len(own.requests))
    kinds = {request.kind for request in own.requests}
    told = replace(
        heard,
        items=tuple(item for item in heard.items if item.kind in kinds),
        switched=tuple(r - first for r in heard.switched if r in inside),
        sold_out=tuple(r - first for r in heard.sold_out if r in inside),
    )
    said, belief = matter.reply(own, agenda.minds[i], told, rng, noise)
    return _shifted(said, first), agenda.mind(i, belief)


def _about(brief: Brief, agenda: Agenda, heard: Heard) -> int:
    """Return the errand a turn is about: the one that changed, the only one it names, else the last brought up."""
    spoken = _open(agenda)
    changed = (*heard.switched, *heard.sold_out)
    for i in spoken:
        first = _first_request(brief, i)
        if any(first <= r < first + len(brief.errands[i].brief.requests) for r in changed):
            return i
    named = [i for i in spoken if len(spoken) > 1 and _names(agenda, brief.errands[i], i, heard.message)]
    return named[0] if len(named) == 1 else spoken[-1]


def _names(agenda: Agenda, errand: Errand, i: int, message: str) -> bool:
    """Whether a message speaks of an errand, by its number or by the thing it is about; "order" may mean any."""
    if f"{nouns().ordinals[i]} {agenda.matter[0]}" in message.lower():
        return True
    things = tuple((r.noun, r.plural) for r in errand.brief.requests if r.kind != IN_WORDS)
    return bool(things) and bool(understand(message, things).named)


def _bring_up(brief: Brief, agenda: Agenda, occasion: str, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Begin the next errand with a phrase of `occasion`."""
    i = len(agenda.minds)
    opening, belief = matter.open_matter(brief.errands[i].brief, agenda.register, rng, noise, "errand")
    text, marked = _phrase(brief, agenda, occasion, i, rng, noise, opening)
    said = _shifted(replace(opening, text=text, marked=marked), _first_request(brief, i))
    return said, agenda.mind(i, belief)


def _interrupt(brief: Brief, agenda: Agenda, heard: Heard, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Reply to what was said, if anything, and bring up the next errand all the same."""
    here = Reply("switch", "")
    if heard.message and heard.errand is None:
        here, agenda = _talk(brief, agenda, heard, rng, noise)
    if here.act == "ragequit":
        return here, agenda
    more, agenda = _bring_up(brief, agenda, "errands_interrupt", rng, noise)
    text, marked = (f"{a} {b}".strip() for a, b in ((here.text, more.text), (here.marked, more.marked)))
    return replace(here, text=text, marked=marked, said=(*here.said, *more.said)), agenda


def _go_back(brief: Brief, agenda: Agenda, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Return to the errand that was interrupted."""
    text, marked = _phrase(brief, agenda, "errands_back", _open(agenda)[-1], rng, noise)
    return Reply("continue", text, marked=marked), agenda


def _refuse(brief: Brief, agenda: Agenda, number: int, rng: Stream, noise: float) -> tuple[Reply, Agenda]:
    """Say that there is nothing to settle under this number."""
    i = _open(agenda)[-1]
    belief = replace(agenda.minds[i], patience=agenda.minds[i].patience - SLIP)
    agenda = agenda.mind(i, belief)
    if belief.patience <= 0:
        text, marked = _phrase(brief, agenda, "ragequit", i, rng, noise)
        return Reply("ragequit", text, marked=marked), agenda
    occasion = "errands_closed" if number - 1 in agenda.closed else "errands_unknown"
    text, marked = _phrase(brief, agenda, occasion, i, rng, noise)
    return Reply("continue", text, marked=marked), agenda


def _open(agenda: Agenda) -> list[int]:
    return [i for i in range(len(agenda.minds)) if i not in agenda.closed]


def _first_request(brief: Brief, i: int) -> int:
    return sum(len(errand.brief.requests) for errand in brief.errands[:i])


def _shifted(said: Reply, first: int) -> Reply:
    """Return a reply whose slots count the requests of all errands."""

    def moved(slots: tuple[SlotKey, ...]) -> tuple[SlotKey, ...]:
        return tuple((request + first if request >= 0 else request, topic) for request, topic in slots)

    return replace(said, said=moved(said.said), settled=moved(said.settled))


def _phrase(
    brief: Brief,
    agenda: Agenda,
    occasion: str,
    i: int,
    rng: Stream,
    noise: float,
    opening: Reply | None = None,
) -> tuple[str, str]:
    """Return a phrase about errand `i`, as typed and with its marks.

    Its number stands verbatim, and so does the opening, which was typed already.
    """
    own = brief.errands[i].brief
    one, many = agenda.matter
    template = rng.choice(phrases(occasion, agenda.register))

    def filled(words: str) -> str:
        return finish(
            fill(
                template,
                nth=kept(f"{nouns().ordinals[i]} {one}"),
                count=kept(f"{nouns().numbers[len(brief.errands)]} {many}"),
                noun=own.occasion or own.requests[0].noun,
                opening=words,
            )
        )

    text, marked = (kept(opening.text), opening.marked) if opening is not None else (kept(""), "")
    return unmarked(with_typos(filled(text), noise, rng)), filled(marked)

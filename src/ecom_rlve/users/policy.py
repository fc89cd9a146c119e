"""The agenda: from what the customer has in mind, sees and hears to an act and what to say with it.

Knows no words: it yields points, `speech` says them. It never reads a message, only what `reading` made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.users.belief import Belief, SlotState, Wish, wish
from ecom_rlve.users.conversing import converse
from ecom_rlve.users.judging import Page, Problem, wanted_of
from ecom_rlve.users.questions import MOST_ANSWERS, answerable, is_repeated, resolve
from ecom_rlve.users.reading import Understanding
from ecom_rlve.users.turn import (
    FAILURE,
    FREE_IDLE,
    MOST_PROBLEMS,
    SLIP,
    Move,
    Point,
    Turn,
    complain,
    elaborate,
    in_force,
)
from ecom_rlve.users.user import Heard, SlotKey


def decide(brief: Brief, belief: Belief, heard: Heard, meant: Understanding, page: Page) -> Move:
    """Return what the customer does about one turn of the agent."""
    turn = Turn(brief, belief, heard, meant, page)
    if heard.switched or heard.sold_out:
        return _announce(turn)
    if not heard.message.strip():
        return Move("continue", (), belief)
    if meant.named:
        turn.belief = replace(turn.belief, focus=meant.named[-1])
    if meant.sold_out and not _is_no_news(turn):
        return _told_sold_out(turn)
    _note_page(turn)
    answers = _worth_answering(turn, resolve(brief, turn.belief, meant))
    if page.problems and _looks_at_page(turn):
        return _correct(turn, answers)
    if page.is_complete:
        return _complete(turn, answers)
    return _confirm_some(turn, answers) or _answer(turn, answers) or converse(turn)


def _worth_answering(turn: Turn, asked: Sequence[SlotKey]) -> tuple[SlotKey, ...]:
    """Return the slots to answer: of more than anybody answers at once, the first that is unsaid, else the first."""
    if len(asked) <= MOST_ANSWERS:
        return tuple(asked)
    turn.cost += SLIP
    turn.points.append(Point("one_at_a_time"))
    unsaid = [slot for slot in asked if slot[0] >= 0 and turn.belief.is_unsaid(slot)]
    return tuple(unsaid[:1]) or answerable(turn.belief, asked)[:1] or tuple(asked[:1])


def _is_no_news(turn: Turn) -> bool:
    """Whether the customer came because of this very sell-out."""
    return not turn.heard.shown and any(w.fact("instead_of") is not None for w in turn.belief.wishes)


def _looks_at_page(turn: Turn) -> bool:
    meant = turn.meant
    fresh = any(p.key not in turn.belief.complaints for p in turn.page.problems)
    return turn.heard.changed or fresh or meant.reports or meant.asks_right or meant.closing


def _note_page(turn: Turn) -> None:
    """Bring the state of each wish in line with the page."""
    page = turn.page
    wrong = {p.request for p in page.problems}
    for i in range(len(turn.belief.wishes)):
        state = turn.belief.wishes[i].state
        if i in wrong or (i in page.right and state != "settled"):
            turn.belief = turn.belief.edit(i, lambda w: replace(w, state="executed"))
        elif i in page.missing and state in ("executed", "settled"):
            turn.belief = turn.belief.edit(i, lambda w: replace(w, state="open"))
    if not page.is_complete and turn.belief.confirmed:
        turn.belief = replace(turn.belief, confirmed=False)


def _announce(turn: Turn) -> Move:
    """Tell a change of mind, or a sell-out that the customer found out alone."""
    if turn.heard.submitted:
        turn.points.append(Point("before_close"))
    for i in turn.heard.switched:
        old, request = turn.belief.wishes[i], turn.brief.requests[i]
        changed = tuple(f for f in request.facts if (was := old.fact(f.topic)) is None or was != _unsaid_as(f, was))
        slots: tuple[SlotState, ...] = tuple(_kept_state(old, f, is_new=f in changed) for f in request.facts)
        turn.settled.extend((i, f.topic) for f in changed if old.is_unsaid(f.topic))
        turn.belief = turn.belief.edit(i, lambda _, f=request.facts, s=slots: wish(f, s))
        turn.points.append(Point("switch", i, changed))
    for i in turn.heard.sold_out:
        request = turn.brief.requests[i]
        if request.open and request.is_list:
            turn.points.extend(Point("just_sold_out", i, problem=Problem("unwanted", it, i)) for it in turn.heard.gone)
            continue
        turn.points.append(Point("found_gone" if request.open else "found_sold_out", i))
        _settle_for_less(turn, i)
    turn.belief = replace(turn.belief, confirmed=False, focus=(*turn.heard.switched, *turn.heard.sold_out)[-1])
    return turn.move("switch" if turn.heard.switched else "elaborate")


def _unsaid_as(fact: Fact, other: Fact) -> Fact:
    return replace(fact, withheld=other.withheld)


def _kept_state(old: Wish, fact: Fact, *, is_new: bool) -> SlotState:
    if is_new:
        return "said"
    return next(s for f, s in zip(old.facts, old.slots, strict=True) if f.topic == fact.topic)


def _settle_for_less(turn: Turn, i: int) -> None:
    """Go over to what the customer takes instead, or insist."""
    request, old = turn.brief.requests[i], turn.belief.wishes[i]
    if request.open:
        turn.points.append(Point("leave_out" if request.is_list else "another", i))
        if not request.is_list:
            turn.belief = turn.belief.edit(i, lambda w: replace(w, state="open"))
        return
    if old.is_fallback:
        turn.cost += SLIP
        turn.points.append(Point("fallback_again", i, old.facts))
        return
    if not request.fallback:
        turn.cost += SLIP + (old.insisted > 0)
        turn.points.append(Point("insist" if old.insisted < 2 else "insist_more", i))
        turn.belief = turn.belief.edit(i, lambda w: replace(w, insisted=w.insisted + 1))
        return
    turn.settled.extend((i, f.topic) for f in request.fallback if old.is_unsaid(f.topic))
    slots: tuple[SlotState, ...] = tuple("said" for _ in request.fallback)
    turn.belief = turn.belief.edit(i, lambda _: wish(request.fallback, slots, is_fallback=True))
    turn.points.append(Point("fallback", i, request.fallback))


def _told_sold_out(turn: Turn) -> Move:
    which = _which_sold_out(turn)
    if not which:
        turn.points.append(Point("which_sold_out"))
        turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
        return turn.move("continue")
    for i in which[:MOST_ANSWERS]:
        _settle_for_less(turn, i)
    turn.belief = replace(turn.belief, confirmed=False, focus=which[-1])
    told = any(p.occasion.startswith("fallback") for p in turn.points)
    others = tuple(slot for slot in resolve(turn.brief, turn.belief, turn.meant) if slot[0] not in which)
    _add_answers(turn, tuple(slot for slot in others if slot[1] in _topics(turn.belief, slot[0]))[:1])
    return turn.move("elaborate" if told else "continue")


def _topics(belief: Belief, request: int) -> tuple[str, ...]:
    return belief.wishes[request].topics


def _which_sold_out(turn: Turn) -> tuple[int, ...]:
    """Return the requests that the news is about, as far as the customer can tell."""
    meant, belief = turn.meant, turn.belief
    if meant.sold_out_of:
        return meant.sold_out_of
    things = (i for i, request in enumerate(turn.brief.requests) if not request.whole)
    waiting = [i for i in things if i not in turn.page.right]
    told = [i for i in waiting if _says_value(belief.wishes[i].facts, meant.sold_out_words)]
    if len(told) == 1:
        return tuple(told)
    shown = {i for item in turn.heard.shown for i in wanted_of(turn.brief.requests, in_force(belief), item)}
    if len(shown) == 1:
        return tuple(shown)
    if len(waiting) == 1 or len(belief.wishes) == 1:
        return tuple(waiting or (0,))
    return (belief.focus,) if belief.focus in waiting else ()


def _says_value(facts: Sequence[Fact], words: str) -> bool:
    values = (f.constraint.value for f in facts if f.topic not in ("category", "quantity"))
    return any(isinstance(value, str) and value.lower() in words for value in values)


def _correct(turn: Turn, answers: Sequence[SlotKey]) -> Move:
    """Say what is wrong, worst first, and answer what was asked."""
    for problem in turn.page.problems[:MOST_PROBLEMS]:
        again = problem.key in turn.belief.complaints
        turn.cost = max(turn.cost, FAILURE + again)
        complain(turn, problem)
    _add_answers(turn, answers, quiet=True)
    if turn.settled and any(slot in answers for slot in turn.settled):
        turn.cost = 0
    return turn.move("correct")


def _settle_right(turn: Turn, requests: Sequence[int]) -> None:
    """Count everything about requests seen to be right as known and confirmed."""
    for i in requests:
        topics = _topics(turn.belief, i)
        turn.settled.extend((i, t) for t in topics if turn.belief.is_unsaid((i, t)))
        turn.belief = turn.belief.edit(i, lambda w, t=topics: replace(w.marked(t, "confirmed"), state="settled"))


def _newly_right(turn: Turn) -> tuple[int, ...]:
    return tuple(i for i in turn.page.right if turn.belief.wishes[i].state != "settled")


def _complete(turn: Turn, answers: Sequence[SlotKey]) -> Move:
    """Everything is there: say yes the first time, part the next."""
    first = not turn.belief.confirmed
    _add_answers(turn, answers, quiet=True)
    answered = bool(turn.points)
    if first:
        _settle_right(turn, turn.page.right)
        turn.points.append(Point("confirm_all"))
        turn.belief = replace(turn.belief, confirmed=True)
        return turn.move("clarify" if answered else "confirm")
    if answered:
        return turn.move("clarify")
    turn.points.append(Point("done"))
    return turn.move("done")


def _confirm_some(turn: Turn, answers: Sequence[SlotKey]) -> Move | None:
    """Say yes to what is newly right, if there is something, and answer besides."""
    newly = _newly_right(turn)
    if not newly:
        return None
    _settle_right(turn, newly)
    turn.points.append(Point("confirm_some", requests=newly))
    confirmed = len(turn.points)
    _add_answers(turn, answers, quiet=True)
    if len(turn.points) > confirmed:
        return turn.move("clarify")
    if turn.meant.open_question:
        elaborate(turn)
    elif turn.page.missing and (turn.meant.closing or turn.meant.asks_right):
        turn.points.append(Point("missing", requests=turn.page.missing))
    return turn.move("confirm")


def _answer(turn: Turn, answers: Sequence[SlotKey]) -> Move | None:
    """Answer one or two questions about slots."""
    stuffed = bool(turn.points)
    _add_answers(turn, answers)
    # Many questions at once are no clarification, and save nobody a turn.
    return turn.move("elaborate" if stuffed else "clarify") if turn.points else None


def _add_answers(turn: Turn, answers: Sequence[SlotKey], *, quiet: bool = False) -> None:
    """Add the answers to `answers`; with `quiet`, say nothing of slots without a wish."""
    if not answers:
        return
    known = answerable(turn.belief, answers)
    repeated = bool(known) and not any(turn.belief.is_unsaid(slot) for slot in known)
    again = is_repeated(turn.belief, answers)
    turn.clean |= repeated
    if repeated or not known:
        turn.cost += SLIP * (again + (tuple(answers) == turn.belief.last_asked and again))
    for i in dict.fromkeys(request for request, _ in known):
        mine = turn.belief.wishes[i]
        topics = [topic for request, topic in known if request == i]
        facts = tuple(f for topic in topics if (f := mine.fact(topic)) is not None)
        turn.tell(Point("repeat" if repeated and again else "answer", i, facts))
    if not quiet:
        for request, topic in answers:
            if (request, topic) not in known:
                turn.points.append(Point("no_preference", request, topic=topic))
    asked = tuple(dict.fromkeys((*turn.belief.asked, *answers)))
    focus = answers[-1][0] if answers[-1][0] >= 0 else turn.belief.focus
    turn.belief = replace(turn.belief, asked=asked, last_asked=tuple(answers), focus=focus)

"""What the customer replies to whatever asks for no particular slot: offers, products shown, small talk, fishing.

Knows no words; the rest of the agenda is `policy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecom_rlve.tasks.brief import IN_WORDS, Fact, Item
from ecom_rlve.users.judging import Problem, breaks, wanted_of
from ecom_rlve.users.naming import quantity
from ecom_rlve.users.questions import MOST_ANSWERS, slots_to_elaborate
from ecom_rlve.users.turn import FAILURE, FREE_IDLE, MOST_SHOWN, SLIP, Move, Point, Turn, complain, elaborate, in_force


def converse(turn: Turn) -> Move:
    """Reply to whatever asks for no particular slot."""
    meant = turn.meant
    if meant.fishing or meant.rude:
        turn.cost += FAILURE
        turn.points.append(Point("deflect" if meant.fishing else "hurt"))
        return turn.move("continue")
    about = _about_products(turn)
    if about is not None:
        return about
    if meant.open_question:
        return turn.move("elaborate") if elaborate(turn) else _nothing_more(turn)
    if not meant.gibberish and all(turn.brief.requests[i].kind == IN_WORDS for i in turn.page.missing):
        return _heard_answer(turn)
    if meant.closing or meant.reports or (meant.asks_right and not meant.proposes and not meant.sums_up):
        return _still_missing(turn)
    return _small_talk(turn)


def _heard_answer(turn: Turn) -> Move:
    """All that is missing is told in words, which the customer has no way to check."""
    turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
    turn.points.append(Point("go_on" if turn.meant.waits or turn.meant.proposes else "thanks_for_answer"))
    return turn.move("continue")


def _nothing_more(turn: Turn) -> Move:
    """There is nothing left to tell."""
    turn.cost += FAILURE * (turn.belief.idle >= FREE_IDLE)
    if turn.belief.idle and turn.page.missing and turn.belief.idle < FREE_IDLE:
        turn.clean = True
        turn.points.append(Point("restate", requests=turn.page.missing[:MOST_ANSWERS]))
        return turn.move("continue")
    turn.points.append(Point("thats_all"))
    return turn.move("continue")


def _still_missing(turn: Turn) -> Move:
    """The agent thinks that something is done; name what is not there."""
    meant, missing = turn.meant, turn.page.missing
    turn.cost += SLIP if turn.belief.idle < FREE_IDLE else FAILURE
    if not missing:
        turn.points.append(Point("want_to_see"))
        return turn.move("continue")
    named = tuple(i for i in missing if i in meant.named)
    turn.points.append(Point("missing", requests=named if named and meant.reports and not meant.closing else missing))
    return turn.move("elaborate")


def _about_products(turn: Turn) -> Move | None:
    """Compare products that the agent named with what the customer has in mind."""
    facts, requests = in_force(turn.belief), turn.brief.requests
    fitting = [(item, wanted_of(requests, facts, item)) for item in turn.heard.shown]
    fitting = [(item, owners) for item, owners in fitting if owners]
    if not fitting:
        return None
    turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
    if len(fitting) > max(MOST_SHOWN, *(quantity(f) or 0 for f in facts)):
        turn.cost += SLIP
        turn.points.append(Point("too_many_shown"))
        elaborate(turn, 1)
        return turn.move("elaborate" if turn.settled else "continue")
    request = fitting[0][1][0]
    turn.belief = turn.belief.edit(request, lambda w: replace(w, state="proposed" if w.state == "open" else w.state))
    turn.belief = replace(turn.belief, focus=request)
    return _compare(turn, request, [item for item, owners in fitting if request in owners])


def _compare(turn: Turn, request: int, items: Sequence[Item]) -> Move:
    facts = turn.belief.wishes[request].facts
    wrong = [_seen_breaks(item, facts) for item in items]
    is_open = turn.brief.requests[request].open
    if is_open and not any(wrong):
        turn.points.append(Point("they_fit" if len(items) > 1 else "that_one", request))
        return turn.move("continue")
    if is_open:
        items = [item for item, broken in zip(items, wrong, strict=True) if broken]
        wrong = [broken for broken in wrong if broken]
    if all(wrong):
        best = min(range(len(items)), key=lambda k: len(wrong[k]))
        fact = wrong[best][0]
        turn.cost += FAILURE
        if len(items) > 1 and not is_open:
            turn.points.append(Point("none_of_them", request))
        complain(turn, Problem("value", items[best], request, fact))
        return turn.move("correct")
    if len(items) == 1:
        turn.points.append(Point("that_one", request))
        return turn.move("continue")
    slots = slots_to_elaborate(turn.belief, replace(turn.meant, open_about=(request,)), 1)
    telling = slots or tuple((request, f.topic) for f in wrong[_first(wrong)][:1])
    chosen = tuple(f for f in facts if (request, f.topic) in telling)
    turn.tell(Point("answer", request, chosen))
    return turn.move("elaborate")


def _first(wrong: Sequence[tuple[Fact, ...]]) -> int:
    return next((k for k, w in enumerate(wrong) if w), 0)


def _seen_breaks(item: Item, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return what a product breaks as far as it shows: which of its forms would be bought is still open."""
    return tuple(f for f in breaks(item, facts) if item.possible(f.constraint.attribute))


def _small_talk(turn: Turn) -> Move:
    meant = turn.meant
    if meant.denies:
        turn.cost += FAILURE if turn.belief.idle else SLIP
        which = meant.denies_of or turn.page.missing[:1] or (0,)
        turn.points.append(Point("look_again", which[0]))
    elif meant.gibberish:
        turn.cost += FAILURE
        turn.points.append(Point("puzzled"))
    elif meant.proposes or meant.asks_right:
        turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
        turn.points.append(Point("want_to_see"))
    else:
        turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
        turn.points.append(Point("go_on"))
    return turn.move("continue")

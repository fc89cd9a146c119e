"""The agenda: from what the customer has in mind, sees and hears to an act and what to say with it.

Knows no words: it yields points, `speech` says them. It never reads a message, only what `reading` made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ecom_rlve.tasks.brief import IN_WORDS, Brief, Fact, Item
from ecom_rlve.users.belief import Belief, SlotState, Wish, wish
from ecom_rlve.users.judging import Page, Problem, breaks, wanted_of
from ecom_rlve.users.questions import MOST_ANSWERS, answerable, is_repeated, resolve, slots_to_elaborate
from ecom_rlve.users.reading import Understanding
from ecom_rlve.users.user import Act, Heard, SlotKey

MOST_PROBLEMS = 2
MOST_SHOWN = 3
"""Products shown at once that a customer compares."""
FREE_IDLE = 3
"""Turns in a row without progress that cost no patience."""
FAILURE, SLIP = 2, 1
"""Patience that a failed turn costs, and a clumsy one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to say."""

    occasion: str
    """Key of the phrase grammar, or one of the composed ones that `speech` knows."""
    request: int = -1
    facts: tuple[Fact, ...] = ()
    """Facts that its words carry."""
    problem: Problem | None = None
    requests: tuple[int, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What the customer does."""

    act: Act
    points: tuple[Point, ...]
    belief: Belief
    settled: tuple[SlotKey, ...] = ()
    clean: bool = False
    """Written without typos, as somebody does who is asked again."""


@dataclass(slots=True)
class _Turn:
    """One reply in the making."""

    brief: Brief
    belief: Belief
    heard: Heard
    meant: Understanding
    page: Page
    points: list[Point] = field(default_factory=list[Point])
    settled: list[SlotKey] = field(default_factory=list[SlotKey])
    cost: int = 0
    clean: bool = False

    def tell(self, point: Point) -> None:
        """Add a point; slots that its facts belong to count as said from now on."""
        self.points.append(point)
        self.reveal([(point.request, f.topic) for f in point.facts])

    def reveal(self, slots: Sequence[SlotKey]) -> None:
        """Count slots as said, and as settled if they were not."""
        self.settled.extend(slot for slot in slots if self.belief.is_unsaid(slot) and slot not in self.settled)
        self.belief = self.belief.reveal(slots)

    def move(self, act: Act) -> Move:
        """Return the finished reply, or the customer's leaving if their patience is used up."""
        progress = bool(self.settled) or act in ("confirm", "done")
        idle = 0 if progress or act == "clarify" else self.belief.idle + 1
        belief = replace(self.belief, patience=self.belief.patience - self.cost, idle=idle)
        if belief.patience <= 0 and not progress:
            return Move("ragequit", (Point("ragequit"),), replace(belief, patience=0))
        belief = replace(belief, patience=max(1, belief.patience))
        return Move(act, tuple(self.points), belief, tuple(self.settled), self.clean)


def decide(brief: Brief, belief: Belief, heard: Heard, meant: Understanding, page: Page) -> Move:
    """Return what the customer does about one turn of the agent."""
    turn = _Turn(brief, belief, heard, meant, page)
    if heard.switched or heard.sold_out:
        return _announce(turn)
    if not heard.message.strip():
        return Move("continue", (), belief)
    if meant.named:
        turn.belief = replace(turn.belief, focus=meant.named[-1])
    if meant.sold_out:
        return _told_sold_out(turn)
    _note_page(turn)
    asked = resolve(brief, turn.belief, meant)
    answers = asked if len(asked) <= MOST_ANSWERS else ()
    if page.problems and _looks_at_page(turn):
        return _correct(turn, answers)
    if page.is_complete:
        return _complete(turn, answers)
    return _confirm_some(turn, answers) or _answer(turn, answers) or _converse(turn, stuffed=len(asked) > MOST_ANSWERS)


def _looks_at_page(turn: _Turn) -> bool:
    meant = turn.meant
    fresh = any(p.key not in turn.belief.complaints for p in turn.page.problems)
    return turn.heard.changed or fresh or meant.reports or meant.asks_right or meant.closing


def _note_page(turn: _Turn) -> None:
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


def _announce(turn: _Turn) -> Move:
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
        turn.points.append(Point("found_sold_out", i))
        _settle_for_less(turn, i)
    turn.belief = replace(turn.belief, confirmed=False, focus=(*turn.heard.switched, *turn.heard.sold_out)[-1])
    return turn.move("switch" if turn.heard.switched else "elaborate")


def _unsaid_as(fact: Fact, other: Fact) -> Fact:
    return replace(fact, withheld=other.withheld)


def _kept_state(old: Wish, fact: Fact, *, is_new: bool) -> SlotState:
    if is_new:
        return "said"
    return next(s for f, s in zip(old.facts, old.slots, strict=True) if f.topic == fact.topic)


def _settle_for_less(turn: _Turn, i: int) -> None:
    """Go over to what the customer takes instead, or insist."""
    request, old = turn.brief.requests[i], turn.belief.wishes[i]
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


def _told_sold_out(turn: _Turn) -> Move:
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


def _which_sold_out(turn: _Turn) -> tuple[int, ...]:
    """Return the requests that the news is about, as far as the customer can tell."""
    meant, belief = turn.meant, turn.belief
    if meant.sold_out_of:
        return meant.sold_out_of
    waiting = [i for i in range(len(belief.wishes)) if i not in turn.page.right]
    told = [i for i in waiting if _says_value(belief.wishes[i].facts, meant.sold_out_words)]
    if len(told) == 1:
        return tuple(told)
    shown = {i for item in turn.heard.shown for i in wanted_of(turn.brief.requests, _in_force(belief), item)}
    if len(shown) == 1:
        return tuple(shown)
    if len(waiting) == 1 or len(belief.wishes) == 1:
        return tuple(waiting or (0,))
    return (belief.focus,) if belief.focus in waiting else ()


def _says_value(facts: Sequence[Fact], words: str) -> bool:
    values = (f.constraint.value for f in facts if f.topic not in ("category", "quantity"))
    return any(isinstance(value, str) and value.lower() in words for value in values)


def _in_force(belief: Belief) -> list[tuple[Fact, ...]]:
    return [wish.facts for wish in belief.wishes]


def _correct(turn: _Turn, answers: Sequence[SlotKey]) -> Move:
    """Say what is wrong, worst first, and answer what was asked."""
    for problem in turn.page.problems[:MOST_PROBLEMS]:
        again = problem.key in turn.belief.complaints
        turn.cost = max(turn.cost, FAILURE + again)
        _complain(turn, problem)
    _add_answers(turn, answers, quiet=True)
    if turn.settled and any(slot in answers for slot in turn.settled):
        turn.cost = 0
    return turn.move("correct")


def _complain(turn: _Turn, problem: Problem) -> None:
    carried = (problem.fact,) if problem.fact is not None and problem.kind in ("value", "quantity") else ()
    turn.tell(Point(problem.kind, problem.request, carried, problem))
    if problem.key not in turn.belief.complaints:
        turn.belief = replace(turn.belief, complaints=(*turn.belief.complaints, problem.key))
    if carried and problem.request >= 0:
        topic = carried[0].topic
        turn.belief = turn.belief.edit(problem.request, lambda w: w.marked((topic,), "contradicted"))


def _settle_right(turn: _Turn, requests: Sequence[int]) -> None:
    """Count everything about requests seen to be right as known and confirmed."""
    for i in requests:
        topics = _topics(turn.belief, i)
        turn.settled.extend((i, t) for t in topics if turn.belief.is_unsaid((i, t)))
        turn.belief = turn.belief.edit(i, lambda w, t=topics: replace(w.marked(t, "confirmed"), state="settled"))


def _newly_right(turn: _Turn) -> tuple[int, ...]:
    return tuple(i for i in turn.page.right if turn.belief.wishes[i].state != "settled")


def _complete(turn: _Turn, answers: Sequence[SlotKey]) -> Move:
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


def _confirm_some(turn: _Turn, answers: Sequence[SlotKey]) -> Move | None:
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
        _elaborate(turn)
    elif turn.page.missing and (turn.meant.closing or turn.meant.asks_right):
        turn.points.append(Point("missing", requests=turn.page.missing))
    return turn.move("confirm")


def _answer(turn: _Turn, answers: Sequence[SlotKey]) -> Move | None:
    """Answer one or two questions about slots."""
    _add_answers(turn, answers)
    return turn.move("clarify") if turn.points else None


def _add_answers(turn: _Turn, answers: Sequence[SlotKey], *, quiet: bool = False) -> None:
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


def _elaborate(turn: _Turn, most: int = MOST_ANSWERS) -> bool:
    """Tell the next facts unsaid, if there are any."""
    slots = slots_to_elaborate(turn.belief, turn.meant, most)
    for i in dict.fromkeys(request for request, _ in slots):
        facts = tuple(f for f in turn.belief.wishes[i].unsaid() if (i, f.topic) in slots)
        turn.tell(Point("elaborate", i, facts))
    return bool(slots)


def _converse(turn: _Turn, *, stuffed: bool) -> Move:
    """Reply to whatever asks for no particular slot."""
    meant = turn.meant
    if stuffed:
        turn.cost += SLIP
        return turn.move("elaborate") if _elaborate(turn, 1) else _nothing_more(turn)
    if meant.fishing or meant.rude:
        turn.cost += FAILURE
        turn.points.append(Point("deflect" if meant.fishing else "hurt"))
        return turn.move("continue")
    about = _about_products(turn)
    if about is not None:
        return about
    if meant.open_question:
        return turn.move("elaborate") if _elaborate(turn) else _nothing_more(turn)
    if not meant.gibberish and all(turn.brief.requests[i].kind == IN_WORDS for i in turn.page.missing):
        turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
        turn.points.append(Point("go_on" if meant.waits else "thanks_for_answer"))
        return turn.move("continue")
    if meant.closing or meant.reports or (meant.asks_right and not meant.proposes):
        return _still_missing(turn)
    return _small_talk(turn)


def _nothing_more(turn: _Turn) -> Move:
    """There is nothing left to tell."""
    turn.cost += FAILURE * (turn.belief.idle >= FREE_IDLE)
    if turn.belief.idle and turn.page.missing and turn.belief.idle < FREE_IDLE:
        turn.clean = True
        turn.points.append(Point("restate", requests=turn.page.missing[:MOST_ANSWERS]))
        return turn.move("continue")
    turn.points.append(Point("thats_all"))
    return turn.move("continue")


def _still_missing(turn: _Turn) -> Move:
    """The agent thinks that something is done; name what is not there."""
    meant, missing = turn.meant, turn.page.missing
    turn.cost += SLIP if turn.belief.idle < FREE_IDLE else FAILURE
    if not missing:
        turn.points.append(Point("want_to_see"))
        return turn.move("continue")
    named = tuple(i for i in missing if i in meant.named)
    turn.points.append(Point("missing", requests=named if named and meant.reports and not meant.closing else missing))
    return turn.move("elaborate")


def _about_products(turn: _Turn) -> Move | None:
    """Compare products that the agent named with what the customer has in mind."""
    facts, requests = _in_force(turn.belief), turn.brief.requests
    fitting = [(item, wanted_of(requests, facts, item)) for item in turn.heard.shown]
    fitting = [(item, owners) for item, owners in fitting if owners]
    if not fitting:
        return None
    turn.cost += SLIP * (turn.belief.idle >= FREE_IDLE)
    if len(fitting) > MOST_SHOWN:
        turn.cost += SLIP
        turn.points.append(Point("too_many_shown"))
        _elaborate(turn, 1)
        return turn.move("elaborate" if turn.settled else "continue")
    request = fitting[0][1][0]
    turn.belief = turn.belief.edit(request, lambda w: replace(w, state="proposed" if w.state == "open" else w.state))
    turn.belief = replace(turn.belief, focus=request)
    return _compare(turn, request, [item for item, owners in fitting if request in owners])


def _compare(turn: _Turn, request: int, items: Sequence[Item]) -> Move:
    facts = turn.belief.wishes[request].facts
    wrong = [_seen_breaks(item, facts) for item in items]
    if all(wrong):
        best = min(range(len(items)), key=lambda k: len(wrong[k]))
        fact = wrong[best][0]
        turn.cost += FAILURE
        if len(items) > 1:
            turn.points.append(Point("none_of_them", request))
        _complain(turn, Problem("value", items[best], request, fact))
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
    return tuple(f for f in breaks(item, facts) if item.value(f.constraint.attribute) is not None)


def _small_talk(turn: _Turn) -> Move:
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

"""The reference solution as a plan: it comes to an end, keeps the budget of calls, and pays for every look-up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.tasks.cart_plan import Need, Step, plan, reference
from ecom_rlve.tasks.task import Event

TOPICS = ("brand", "price", "color", "quantity")


@st.composite
def needs_and_events(draw):
    needs, events = [], []
    for i in range(draw(st.integers(1, 5))):
        variant = draw(st.booleans())
        change = draw(st.sampled_from(["", "gone at the start", "sells out", "switch"]))
        sold_out = draw(st.sampled_from(["product", "variant"] if variant else ["product"])) if "s" in change else ""
        if change == "switch" and any(e.kind == "switch" for e in events):
            change = ""
        needs.append(
            Need(
                unsaid=tuple(draw(st.lists(st.sampled_from(TOPICS), unique=True, max_size=4))),
                visited=draw(st.booleans()),
                variant=variant,
                sold_out=sold_out if change in ("gone at the start", "sells out") else "",
                changed=change == "gone at the start",
                fallback_variant=draw(st.booleans()) if sold_out == "product" else variant,
                switched=draw(st.sampled_from(["quantity", "color"] if variant else ["quantity"]))
                if change == "switch"
                else "",
            )
        )
        if change in ("sells out", "switch"):
            kind = "switch" if change == "switch" else "sell_out"
            events.append(Event(kind, draw(st.integers(1, 9)), i))
    return needs, events, draw(st.integers(1, 11))


@given(needs_and_events())
def test_a_plan_ends_with_every_want_fulfilled_within_the_calls_a_turn(game):
    needs, events, most = game
    turns = plan(needs, events, most)
    for steps in turns:
        calls = [s for s in steps if s.kind not in ("ask", "tell")]
        assert len(calls) <= most
        assert len(steps) == len(calls) or len(steps) == 1, "words stand alone"
        assert len(set(steps)) == len(steps)
    flat = [step for steps in turns for step in steps]
    for i, need in enumerate(needs):
        own = [s for s in flat if s.want == i]
        writes = [s.kind for s in own if s.kind in ("add", "set_quantity", "remove")]
        assert writes
        told = any(s.kind == "tell" for s in own)
        assert told == (bool(need.sold_out) and any(s.kind == "add" and s.changed for s in own))


@given(needs_and_events())
def test_every_unsaid_slot_is_asked_for_and_answered_unless_the_customer_speaks_of_it_first(game):
    needs, events, most = game
    flat = [step for steps in plan(needs, events, most) for step in steps]
    for i, need in enumerate(needs):
        answered = [t for s in flat if s.kind == "ask" and s.want == i and not s.cut_short for t in s.topics]
        assert len(set(answered)) == len(answered)
        assert set(need.unsaid) - {need.switched} <= set(answered) <= set(need.unsaid)


@given(needs_and_events())
def test_look_ups_come_before_what_rests_on_them(game):
    needs, events, most = game
    turns = plan(needs, events, most)
    first = {}
    for number, steps in enumerate(turns):
        for step in steps:
            first.setdefault((step.kind, step.want, step.changed), number)
    for i, need in enumerate(needs):
        added = min((n for (kind, want, _), n in first.items() if kind == "add" and want == i), default=len(turns))
        seen = first.get(("history", -1, False)) if need.visited else first.get(("search", i, False))
        assert seen is not None
        assert seen < added
        if need.variant and ("add", i, False) in first:
            assert seen < first["variants", i, False] < first["add", i, False]


@given(needs_and_events(), st.integers(0, 20))
def test_the_reference_counts_what_the_plan_does(game, unsaid):
    turns = plan(*game)
    found = reference(turns, unsaid)
    assert found.turns == len(turns) + 1
    assert found.calls == sum(s.kind not in ("ask", "tell") for steps in turns for s in steps)
    assert 0 <= found.free <= min(unsaid + 1, found.turns - 1)
    assert found.effective >= 1


@given(needs_and_events())
def test_more_calls_a_turn_never_make_it_longer(game):
    needs, events, most = game
    # With nothing planned: an event that fires at a turn may cut a longer plan at a better place.
    assert len(plan(needs, [], most + 1)) <= len(plan(needs, [], most))
    assert len(plan(needs, events, most)) >= 1


def plain(**more):
    return Need(**{"unsaid": (), "visited": False, "variant": False, **more})


@pytest.mark.parametrize(
    ("needs", "events", "most", "kinds"),
    [
        ([plain()], [], 1, [["search"], ["add"]]),
        ([plain(visited=True)], [], 1, [["history"], ["add"]]),
        ([plain(variant=True)], [], 9, [["search"], ["variants"], ["add"]]),
        ([plain(), plain()], [], 2, [["search", "search"], ["add", "add"]]),
        ([plain(), plain()], [], 1, [["search"], ["add"], ["search"], ["add"]]),
        ([plain(visited=True), plain(visited=True)], [], 2, [["history"], ["add", "add"]]),
        ([plain(unsaid=("brand", "price", "color"))], [], 1, [["ask"], ["ask"], ["search"], ["add"]]),
        (
            [plain(sold_out="product", changed=True)],
            [],
            1,
            [["search"], ["tell"], ["search"], ["add"]],
        ),
        (
            [plain(variant=True, sold_out="variant", changed=True, fallback_variant=True)],
            [],
            1,
            [["search"], ["variants"], ["tell"], ["add"]],
        ),
        (
            [plain(sold_out="product")],
            [Event("sell_out", 9, 0)],
            1,
            [["search"], ["add"], ["tell"], ["search"], ["add"]],
        ),
        ([plain(switched="quantity")], [Event("switch", 9, 0)], 1, [["search"], ["add"], ["set_quantity"]]),
        ([plain(switched="quantity")], [Event("switch", 1, 0)], 1, [["search"], ["add"]]),
        (
            [plain(variant=True, switched="color")],
            [Event("switch", 9, 0)],
            2,
            [["search"], ["variants"], ["add"], ["remove", "add"]],
        ),
    ],
)  # fmt: skip
def test_known_plans(needs, events, most, kinds):
    assert [[s.kind for s in steps] for steps in plan(needs, events, most)] == kinds


def test_a_question_cut_short_settles_nothing_and_is_not_free():
    need = plain(unsaid=("quantity",), switched="quantity")
    turns = plan([need], [Event("switch", 1, 0)], 1)
    assert turns[0] == (Step("ask", 0, topics=("quantity",), cut_short=True),)
    assert reference(turns, 1).free == 0
    again = plan([plain(unsaid=("brand",), switched="quantity")], [Event("switch", 1, 0)], 1)
    assert [s.kind for s in (*again[0], *again[1])] == ["ask", "ask"]
    assert reference(again, 1).free == 1

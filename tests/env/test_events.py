"""Planned changes: each fires at its turn, at the write that would settle it, or at a submission."""

import pytest
from tests.env.play import DONE, add, call, fill, first, turn, verdict
from tests.env.scripted import Script


def one_event(kind, at_least=2):
    def fits(episode):
        return [e.kind for e in episode.waiting] == [kind] and episode.waiting[0].turn >= at_least

    return fits


@pytest.mark.parametrize("kind", ["sell_out", "switch"])
def test_an_event_fires_when_its_turn_ends_and_not_before(catalog, kind):
    env = first(catalog, one_event(kind, 3), user=Script)
    event = env.episode.waiting[0]
    for number in range(1, event.turn + 1):
        assert env.episode.waiting == (event,)
        env.step(turn())
        assert env.episode.turns[-1].fired == ((event,) if number == event.turn else ())
    assert env.episode.waiting == ()


def test_a_sell_out_empties_the_shelf_before_the_write_that_would_settle_it(catalog):
    env = first(catalog, one_event("sell_out"), user=Script)
    event = env.episode.waiting[0]
    old = env.episode.goal.wants[event.request].first
    step = env.step(turn(add(old)))
    assert step.observation.results[0].error == "out_of_stock"
    assert env.episode.turns[-1].fired == (event,)
    assert env.episode.goal.wants[event.request].in_force == env.episode.goal.wants[event.request].fallback


def test_a_write_elsewhere_or_a_read_does_not_fire_it(catalog):
    env = first(catalog, lambda e: one_event("sell_out", 3)(e) and len(e.goal.wants) > 1, user=Script)
    event = env.episode.waiting[0]
    other = next(w.first for i, w in enumerate(env.episode.goal.wants) if i != event.request)
    env.step(turn(add(other), call("catalog.get_product", product_id=event.touches[0])))
    assert env.episode.waiting == (event,)


def test_a_submission_that_meets_an_event_does_not_end_the_episode(catalog):
    for kind in ("switch", "sell_out"):
        script = Script()
        env = first(catalog, one_event(kind), user=lambda script=script: script)
        event = env.episode.waiting[0]
        script.heard.clear()
        step = env.step(DONE)
        assert not env.episode.is_over
        assert env.episode.waiting == ()
        heard = script.heard[-1]
        assert heard.submitted
        about, nobody = (event.request,), ()
        assert (heard.switched, heard.sold_out) == ((about, nobody) if kind == "switch" else (nobody, about))
        assert step.observation.message == "ok"
        env.step(DONE)
        assert env.episode.is_over


def test_a_switch_is_announced_even_if_the_agent_said_nothing(catalog):
    script = Script()
    env = first(catalog, one_event("switch", 1), user=lambda: script)
    event = env.episode.waiting[0]
    for _ in range(event.turn):
        env.step(turn())
    assert [h.switched for h in script.heard] == [(event.request,)]


def test_the_verdict_uses_the_goal_in_force(catalog):
    env = first(catalog, lambda e: one_event("switch", 2)(e) and all(w.fallback is None for w in e.goal.wants))
    event = env.episode.waiting[0]
    stale = env.fork()
    olds = [w.first for w in stale.episode.goal.wants]
    while env.episode.waiting:
        env.step(turn())
        stale.step(turn())
    stale.step(turn(*map(add, olds)))
    stale.step(DONE)
    assert not verdict(stale).is_correct
    assert {f.request for f in verdict(stale).score.faults} == {event.request}
    fill(env)
    env.step(DONE)
    assert verdict(env).is_correct


def test_the_brief_of_a_switch_holds_the_new_facts_and_of_a_sell_out_the_old_ones(catalog):
    for kind in ("switch", "sell_out"):
        env = first(catalog, one_event(kind), user=Script)
        event = env.episode.waiting[0]
        before = env.task.brief(env.episode.goal).requests[event.request]
        env.step(DONE)
        after = env.task.brief(env.episode.goal).requests[event.request]
        assert (after.facts == before.facts) == (kind == "sell_out")
        assert bool(after.fallback) == (kind == "sell_out")


def test_the_budget_is_fixed_at_reset_and_holds_the_events(catalog):
    env = first(catalog, one_event("sell_out", 2), more="")
    budget = env.episode.max_turns
    assert budget >= env.episode.reference.turns + 2
    env.step(turn())
    env.step(turn())
    assert env.episode.max_turns == budget

"""Short words for playing episodes in tests."""

from __future__ import annotations

from tests.env.scripted import Teller

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.cart_building import Answer

ROOMY = "?B_tool=20&T_max=30"


def begin(catalog, spec, user=None, preset="gated"):
    env = Env(catalog, user or Teller(), preset)
    env.reset(spec if "-v" in spec else f"cart_building-v0/{spec}")
    return env


def first(catalog, fits, d=6, user=Teller, more=ROOMY, seeds=400):
    """Begin the first episode whose start fits; without one, the test could not say anything."""
    for seed in range(seeds):
        env = begin(catalog, f"cart_building-v0/d{d}/s{seed}{more}", user())
        if fits(env.episode):
            return env
    raise AssertionError(f"none of {seeds} seeds at d={d} fits")


def call(name, **args):
    return ToolCall(name, args)


def turn(*calls, say="", done=False):
    return Action(say, calls, Answer() if done else None)


DONE = turn(done=True)


def look_up(form, noun=""):
    """The call that shows a wanted product, whatever form it is wanted in."""
    if any(f.slot == "visited" for f in form.facts):
        return call("user.get_visit_history")
    limits = [f.constraint for f in form.facts if f.topic != "quantity"]
    return call("catalog.search", query=noun, filters={c.attribute: {c.op: outside(c)} for c in limits})


def outside(constraint):
    return attribute(constraint.attribute).outside(constraint.value)


def inspect(form):
    return call("catalog.get_variants", product_id=form.product_id)


def add(form, **changed):
    args = {"product_id": form.product_id, "variant_id": form.variant_id, "quantity": form.quantity, **changed}
    return call("cart.add", **{k: v for k, v in args.items() if v is not None})


def fill(env):
    """Look up, inspect and add whatever is wanted now, in one turn; the customer says what they like."""
    forms = [w.in_force for w in env.episode.goal.wants]
    nouns = [w.noun for w in env.episode.goal.wants]
    looks = [look_up(f, n) for f, n in zip(forms, nouns, strict=True)]
    closer = [inspect(f) for f in forms if f.variant_id is not None]
    return env.step(turn(*looks, *closer, *(add(f) for f in forms)))


def verdict(env):
    assert env.episode.verdict is not None, "the episode must be over"
    return env.episode.verdict


def idle(env):
    """Do nothing until the turns run out."""
    step = None
    while not env.episode.is_over:
        step = env.step(turn())
    return step

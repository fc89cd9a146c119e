"""An honest try that ends wrong: the oracle's way, with one thing amiss at the end. The yardstick for cheating.

Whatever cheats or idles must earn less than this. What is amiss follows from the answer's form: another id of the
same kind that was shown, else one unit too many of what was bought last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecom_rlve.agents.answering import product_list, spoilt
from ecom_rlve.agents.oracle import solve_with
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.ids import prefix_of
from ecom_rlve.env.answers import answer_walks
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Step


def nearly(env: Env) -> Step:
    """Play the live episode as the oracle would, but end with one thing amiss."""
    return solve_with(env, lambda action, done: _amiss(env, action, done))


def _amiss(env: Env, action: Action, done: Sequence[Action]) -> Action:
    """Return the submission with one thing amiss; every other action as it is."""
    if action.answer is None:
        return action
    listed = product_list(type(action.answer))
    if listed and getattr(action.answer, listed):
        return replace(action, answer=spoilt(action.answer))
    for name, walk in answer_walks(type(action.answer)):
        given = getattr(action.answer, name)
        for used in list(walk(given))[-1:]:
            other = _other(used, env.episode.shown - set(walk(given)))
            if other is not None:
                changed = other if isinstance(given, str) else type(given)([*given[:-1], other])
                return replace(action, answer=replace(action.answer, **{name: changed}))  # pyright: ignore[reportArgumentType, reportUnknownVariableType] (answers are dataclasses)
    return _one_more(action, done)


def _other(used: str, shown: frozenset[str]) -> str | None:
    return min((i for i in shown if prefix_of(i) == prefix_of(used)), default=None)


def _one_more(action: Action, done: Sequence[Action]) -> Action:
    """Return the submission with one more unit of what was bought last."""
    bought = [call for past in done for call in past.calls if call.name == "cart.add"]
    if not bought:
        return action
    last = dict(bought[-1].args)
    return Action(action.message, (ToolCall("cart.add", {**last, "quantity": 1}),), action.answer)

"""An honest try that ends wrong: the oracle's way, spoilt at the end. The yardstick for cheating.

Whatever cheats or idles must earn less than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecom_rlve.agents.answering import spoilt
from ecom_rlve.agents.oracle import solve_with
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Step


def nearly(env: Env) -> Step:
    """Play the live episode as the oracle would, but end with one unit too many, or without the last product."""
    return solve_with(env, _nearly)


def _nearly(action: Action, done: Sequence[Action]) -> Action:
    """Return the submission spoilt: one more unit of what was bought last, or a list without its last product."""
    if action.answer is None:
        return action
    bought = [call for past in done for call in past.calls if call.name == "cart.add"]
    if not bought:
        return replace(action, answer=spoilt(action.answer))
    last = dict(bought[-1].args)
    return Action(action.message, (ToolCall("cart.add", {**last, "quantity": 1}),), action.answer)

"""An honest try that ends wrong: the oracle's way, with one unit too many at the end. The yardstick for cheating.

Whatever cheats or idles must earn less than this.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecom_rlve.agents.oracle import solve_with
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.env.shell import Step


def nearly(env: Env) -> Step:
    """Play the live episode as the oracle would, but end with one unit more than was wanted."""
    return solve_with(env, _one_more)


def _one_more(action: Action, done: Sequence[Action]) -> Action:
    """Return the submission with one more unit of what was bought last; every other action as it is."""
    bought = [call for past in done for call in past.calls if call.name == "cart.add"]
    if action.answer is None or not bought:
        return action
    last = dict(bought[-1].args)
    return Action(action.message, (ToolCall("cart.add", {**last, "quantity": 1}),), action.answer)

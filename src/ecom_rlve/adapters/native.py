"""A turn as the native calls that play it over a wire. Knows no wire and no episode."""

from __future__ import annotations

from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.env.chat import native_calls
from ecom_rlve.env.parse import MESSAGE


def turn_calls(action: Action, budget: int) -> list[ToolCall]:
    """Return native calls after which the same turn is closed that the JSON action closes.

    A native turn stays open while there is room for calls, a JSON turn never does: whoever plays a plan of JSON turns
    closes each with an empty message, or the customer changes their mind at another turn than planned.

    Args:
        action: One turn.
        budget: Calls after which a turn closes by itself (`B_tool`).
    """
    calls = native_calls(action)
    if action.answer is None and not action.message and 0 < len(action.calls) < budget:
        calls.append(ToolCall(MESSAGE, {"text": ""}))
    return calls

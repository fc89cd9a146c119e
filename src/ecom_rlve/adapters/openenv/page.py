"""An observation as a small piece of HTML for OpenEnv's web interface, and what can be clicked.

Knows no episode: it draws what the observation says. Everything is escaped: the words of a catalogue, of a customer and
of an agent are all somebody's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Final, cast

_STYLE: Final = "font:14px/1.5 system-ui,sans-serif;max-width:60rem"
_CARD: Final = "border:1px solid #d4d4d8;border-radius:8px;padding:.6rem .9rem;margin:.5rem 0"
_MOST: Final = 6000
"""Characters of a result that are drawn."""

Document = Mapping[str, Any]  # Any: an observation as JSON


def rendered(observation: Document) -> str:
    """Return the observation as HTML."""
    parts: list[str] = []
    if observation.get("customer"):
        parts.append(_card("Customer", f"<p style='margin:0'>{_text(observation['customer'])}</p>"))
    result = observation.get("result")
    if observation.get("tool_name") and result and set(result) - {"customer"}:
        inner = cast("Document", result)
        body = inner.get("result", inner) if "customer" in inner else inner
        text = json.dumps(body, ensure_ascii=False, indent=1)
        clipped = text if len(text) <= _MOST else f"{text[:_MOST]}\n… {len(text) - _MOST} more characters"
        parts.append(
            _card(
                _text(observation["tool_name"]), f"<pre style='margin:0;white-space:pre-wrap'>{escape(clipped)}</pre>"
            )
        )
    parts.append(_standing(observation))
    return f"<div style='{_STYLE}'>{''.join(parts)}</div>"


def actions(observation: Document) -> list[tuple[str, dict[str, Any]]]:  # Any: an action as JSON
    """Return what needs no typing, as (label, action); nothing once the episode is over."""
    if observation.get("done"):
        return []
    return [
        ("Ask what else matters", _call("message_user", text="Is there anything else I should know?")),
        ("Visited products", _call("user_get_visit_history")),
        ("Orders", _call("order_list", days=365)),
        ("Cart", _call("cart_view")),
        ("Today", _call("datetime_now")),
    ]


def _standing(observation: Document) -> str:
    if not observation.get("done"):
        return f"<p style='color:#52525b'>{int(observation.get('turns_left') or 0)} turns left</p>"
    if observation.get("invalid"):
        return _card("Invalid", "The environment failed; this episode does not count.")
    reward = observation.get("reward")
    title = "Correct" if observation.get("is_correct") else f"Not correct: {_text(observation.get('cause') or 'over')}"
    number = f"{float(reward):+.3f}" if isinstance(reward, int | float) else "none"
    return _card(title, f"reward <b>{number}</b>. {_text(observation.get('notice') or '')}")


def _card(title: str, body: str) -> str:
    return f"<div style='{_CARD}'><b>{title}</b><br>{body}</div>"


def _text(value: object) -> str:
    return escape(str(value))


def _call(name: str, **arguments: Any) -> dict[str, Any]:  # Any: JSON
    return {"type": "call_tool", "tool_name": name, "arguments": arguments}

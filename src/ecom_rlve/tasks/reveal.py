"""The hidden goal, told to people once an episode is over: facts as text. Knows no environment."""

from __future__ import annotations

from collections.abc import Mapping

from ecom_rlve.core.attributes import attributes, circumstances
from ecom_rlve.core.views import Json
from ecom_rlve.tasks.brief import Brief, Fact

Revealed = Mapping[str, Json]
"""What was wanted in one request: "noun", "facts" (a list of texts), and what else there is to tell."""
_SIGNS = {"eq": "", "in": "one of ", "min": "at least ", "max": "at most "}


def printed(fact: Fact) -> str:
    """Return a fact as text, e.g. "price at most $25.00, withheld"."""
    if fact.slot == "visited":
        return f"looked at {fact.detail} day{'' if fact.detail == 1 else 's'} ago"
    constraint = fact.constraint
    name = constraint.attribute
    about = attributes().get(name) or circumstances().get(name)
    values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    shown = ", ".join(about.show(v) if about else str(v) for v in values)
    label = about.label if about else fact.topic.replace("_", " ")
    text = f"{label} {_SIGNS[constraint.op]}{shown}"
    return f"{text}, withheld at first" if fact.withheld else text


def from_brief(brief: Brief) -> tuple[Revealed, ...]:
    """Return what the brief says of every request; enough where a goal is nothing but its facts."""
    return tuple({"noun": r.noun, "facts": [printed(f) for f in r.facts]} for r in brief.requests)

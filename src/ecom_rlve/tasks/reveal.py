"""The hidden goal, told to people once an episode is over: facts as text. Knows no environment."""

from __future__ import annotations

from collections.abc import Mapping

from ecom_rlve.core.attributes import attribute, attributes
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
    if constraint.attribute not in attributes():
        text = f"{fact.topic.replace('_', ' ')}: {constraint.value}"
        return f"{text}, withheld at first" if fact.withheld else text
    about = attribute(constraint.attribute)
    values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    text = f"{about.label} {_SIGNS[constraint.op]}{', '.join(about.show(v) for v in values)}"
    return f"{text}, withheld at first" if fact.withheld else text


def from_brief(brief: Brief) -> tuple[Revealed, ...]:
    """Return what the brief says of every request; enough where a goal is nothing but its facts."""
    return tuple({"noun": r.noun, "facts": [printed(f) for f in r.facts]} for r in brief.requests)

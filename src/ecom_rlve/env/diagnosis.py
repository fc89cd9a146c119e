"""Why an episode failed, assigned by code (SPEC §12). The order of the checks is the precedence.

Knows no particular task: it reads the verdict's faults against what the trace shows.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from ecom_rlve.core.attributes import attribute, attributes
from ecom_rlve.env.episode import End, Episode
from ecom_rlve.env.grounding import used_in_answer
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.tasks.task import Fault, Score, Task
from ecom_rlve.tools.catalog import VariantPage
from ecom_rlve.tools.toolbox import TOOLS

CAUSES: tuple[str, ...] = (
    "invalid", "format", "invalid_tool", "hallucinated_id", "customer_left", "gave_up", "out_of_turns", "search_miss",
    "not_inspected", "never_asked", "ignored_correction", "wrong_product", "wrong_variant", "wrong_quantity",
    "missing_item", "extra_item", "constraint_ignored", "wrong_order", "wrong_line", "policy_misread",
    "ineligible_write", "collateral_write", "over_budget", "partial_journey",
)  # fmt: skip
DENIED_SEEN_VARIANT = "denied_seen_variant"
_DENIES = re.compile(
    r"\b(?:no|not|isn't|aren't|doesn't|don't|cannot|can't|unavailable|unfortunately|only (?:comes|available))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?\n]+")


def failure_cause(task: Task[Any, Any], episode: Episode, end: End, score: Score) -> str:
    """Return the cause of a failure that a verdict found."""
    if episode.unseen:
        return "hallucinated_id"
    if end == "customer_left":
        return "customer_left"
    if end == "answered" and not _tried(episode) and score.raw == -1.0:
        return "gave_up"
    if end == "out_of_turns":
        return "out_of_turns"
    order = {cause: i for i, cause in enumerate(CAUSES)}
    found = [_told_finely(fault, episode, task.brief(episode.goal)) for fault in score.faults]
    return min(found, key=lambda cause: order[cause])


def flags(episode: Episode, brief: Brief) -> tuple[str, ...]:
    """Return remarks on a failed episode that stand beside its cause."""
    return (DENIED_SEEN_VARIANT,) if _denied_seen_variant(episode, brief) else ()


def _tried(episode: Episode) -> bool:
    """Whether anything was handed in or written at all, however wrong."""
    answers = [turn.action.answer for turn in episode.turns if turn.action.answer is not None]
    return _wrote(episode) or any(any(used_in_answer(answer)) or _says_something(answer) for answer in answers)


def _says_something(answer: object) -> bool:
    """Whether a field of an answer differs from what it is when left out."""
    hints = fields(answer) if is_dataclass(answer) else ()
    return any(f.default is not MISSING and getattr(answer, f.name) != f.default for f in hints)


def _wrote(episode: Episode) -> bool:
    calls = ((c, r) for t in episode.turns for c, r in zip(t.action.calls, t.results, strict=True))
    return any(TOOLS[c.name].writes and r.ok for c, r in calls)


def _told_finely(fault: Fault, episode: Episode, brief: Brief) -> str:
    if fault.product_id is not None and fault.product_id not in episode.shown:
        return "search_miss"
    if fault.target and fault.target not in episode.shown:
        return "search_miss"
    if fault.cause == "wrong_variant" and not _variants_seen(fault, episode):
        return "not_inspected"
    if fault.request >= 0 and _unsaid(fault, episode, brief):
        return "never_asked"
    if _corrected(fault, episode):
        return "ignored_correction"
    return fault.cause


def _variants_seen(fault: Fault, episode: Episode) -> bool:
    views = (r.view for t in episode.turns for r in t.results)
    return any(isinstance(v, VariantPage) and v.product_id == fault.product_id for v in views)


def _unsaid(fault: Fault, episode: Episode, brief: Brief) -> bool:
    replies = [r for r in (episode.opening, *(t.reply for t in episode.turns)) if r is not None]
    said = {slot for reply in replies for slot in reply.said}
    known = {f.topic for f in brief.requests[fault.request].facts}
    return any(topic in known and (fault.request, topic) not in said for topic in fault.topics)


def _corrected(fault: Fault, episode: Episode) -> bool:
    for turn in episode.turns[:-1]:
        if turn.reply is not None and turn.reply.act == "correct":
            about = {request for request, _ in turn.reply.said}
            if not about or fault.request in about or fault.request < 0:
                return True
    return False


def _denied_seen_variant(episode: Episode, brief: Brief) -> bool:
    wanted = {
        attribute(f.constraint.attribute).show(f.constraint.value).casefold()
        for request in brief.requests
        for f in request.facts
        if f.topic not in ("category", "quantity", "title") and isinstance(f.constraint.value, (str, int))
        if f.constraint.attribute in attributes()
    }
    offered: set[str] = set()
    for turn in episode.turns:
        # What this turn's own results show, the agent had not read when it wrote the message beside them.
        for sentence in _SENTENCE.split(turn.action.message):
            if _DENIES.search(sentence) and any(value in sentence.casefold() for value in wanted & offered):
                return True
        for view in (r.view for r in turn.results):
            if isinstance(view, VariantPage):
                in_stock = (v for v in view.variants if v.stock > 0)
                offered.update(option.casefold() for v in in_stock for option in v.options.values())
    return False

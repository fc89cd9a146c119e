"""Grounding: was an id shown before the agent used it? Walked by declared type; words are searched for id patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecom_rlve.core.dialogue import ToolResult
from ecom_rlve.core.ids import ids_in_words
from ecom_rlve.core.views import shown_ids
from ecom_rlve.env.answers import answer_walks


def shown_by(results: Iterable[ToolResult]) -> frozenset[str]:
    """Return the ids that results show."""
    return frozenset(i for r in results if r.ok for i in shown_ids(r.view))


def used_in_answer(answer: object) -> Iterator[str]:
    """Yield the ids in an answer."""
    for name, walk in answer_walks(type(answer)):
        yield from walk(getattr(answer, name))


def still_unseen(unseen: tuple[str, ...], used: Iterable[str], shown: frozenset[str]) -> tuple[str, ...]:
    """Return `unseen` with those of `used` added that were not shown, each once."""
    new = dict.fromkeys(i for i in used if i not in shown and i not in unseen)
    return (*unseen, *new) if new else unseen


def named_in(message: str, shown: frozenset[str]) -> list[str]:
    """Return the shown ids that a message names, in order, each once."""
    return [i for i in dict.fromkeys(ids_in_words(message)) if i in shown]

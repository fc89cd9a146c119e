"""The tool over the shop's policy: finds sections by what they are about. It reads and never writes.

A section's passages come together and in the order in which the policy prints them, so that which of them decides a
case is for the reader to work out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from ecom_rlve.catalog.tokens import tokens
from ecom_rlve.core.ids import PassageId
from ecom_rlve.tools.tool import tool
from ecom_rlve.world.policy import Policy, Section
from ecom_rlve.world.world import World

_EVEN = 24
"""Tokens added to every section's length, so that short ones do not win by being short."""
_TITLE = 3
"""How many times a word of the title counts."""
_ROOT = 6
"""Letters that make a word the same: "refund" finds "refunded" and "refunds"."""
_ASKING = frozenset(
    [
        "what", "which", "who", "how", "when", "where", "why", "do", "does", "did", "i", "me", "mine", "you", "us",
        "we", "will", "would", "can", "could", "may", "might", "shall", "be", "are", "am", "was", "have", "has",
        "had", "get", "got", "if", "there", "then", "so", "any", "some", "much", "many", "one", "thing",
        "something", "its", "over", "as", "than", "about"
    ]
)  # fmt: skip
"""Words of every question."""


@dataclass(frozen=True, slots=True)
class Passage:
    passage_id: PassageId
    chapter: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    passages: tuple[Passage, ...]


@tool("policy.search")
def search(
    world: World,
    query: Annotated[str, MinLen(1), MaxLen(500)],
    top_k: Annotated[int, Ge(1), Le(20)] = 10,
) -> PolicyPage:
    """Search the shop's policy: rules on returns, shipping, warranty, pricing and membership.

    Finds the sections that the query is about, the best first, and shows their passages. A rule may go before others:
    then it decides wherever it applies.

    Args:
        query: What to look up, in plain words.
        top_k: How many passages to return.
    """
    found = [_passage(section, k) for section in ranked(world.policy, query) for k in range(len(section.page))]
    return PolicyPage(tuple(found[:top_k]))


def _passage(section: Section, k: int) -> Passage:
    rule = section.page[k]
    return Passage(rule.id, section.chapter, section.title, rule.text)


def ranked(policy: Policy, query: str) -> list[Section]:
    """Return the sections that share a word with `query`, most relevant first; ties in the policy's order."""
    rarity, counts = _index(policy)
    asked = set(_roots(query))
    scores: dict[str, int] = {}
    for name, words in counts.items():
        weight = sum(rarity[word] * min(words[word], _TITLE) for word in asked if word in words)
        if weight:
            scores[name] = 1000 * weight // (_EVEN + words.total())
    return [policy.sections[name] for name in sorted(scores, key=lambda name: -scores[name])]


def _roots(text: str) -> list[str]:
    return [token[:_ROOT] for token in tokens(text) if token not in _ASKING]


@lru_cache(maxsize=16)
def _index(policy: Policy) -> tuple[Mapping[str, int], Mapping[str, Counter[str]]]:
    """Return how rare each word is among sections (an integer, so that scores are exact), and each section's words."""
    counts = {
        section.name: Counter(_roots(f"{section.title} " * _TITLE + section.keywords))
        for section in policy.sections.values()
    }
    having = Counter(word for words in counts.values() for word in words)
    return {word: (64 * len(counts) // n).bit_length() ** 2 for word, n in having.items()}, counts

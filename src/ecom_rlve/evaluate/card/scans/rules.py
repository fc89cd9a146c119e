"""Brute force for questions about the rules: one passage decides every case that agrees with what is told."""

from __future__ import annotations

from itertools import product

from ecom_rlve.evaluate.card.scans.scan import Drawn, Place, Scanned
from ecom_rlve.world.policy import telling_values


def scan(drawn: Drawn) -> Scanned:
    """Return how many passages could decide, all circumstances that cannot be told tried in every value."""
    told = {topic: fact.constraint.value for topic, fact in drawn.facts().items()}
    section = drawn.world.policy.sections[str(told.pop("question"))]
    clauses = [rule.when for rule in section.rules]
    unknown = [name for name in section.variables if name not in told]
    options = [telling_values(name, clauses) for name in unknown]
    deciding = {
        section.decide({**told, **dict(zip(unknown, values, strict=True))}).id  # pyright: ignore[reportArgumentType] (one value each)
        for values in product(*options)
    }
    faults = () if deciding == {drawn.answer.passage_id} else (f"{len(deciding)} passages could decide",)
    page = [rule.id for rule in section.page]
    places = (Place("passages of the section", page.index(drawn.answer.passage_id), len(page), ""),)
    return Scanned(int(len(deciding) == 1), faults, places)

"""Brute force for journeys: every errand by the scan of its own kind, in the one world that they share."""

from __future__ import annotations

from collections.abc import Mapping

from ecom_rlve.evaluate.card.scans.scan import Drawn, Scan, Scanned


def scan_errands(drawn: Drawn, scans: Mapping[str, Scan]) -> Scanned:
    """Return what all errands come to: the fewest things that would do for one, and all that is wrong with any."""
    found: list[Scanned] = []
    for leg, submitted in zip(drawn.goal.legs, drawn.goal.submitted, strict=True):
        brief = leg.task.brief(leg.goal)
        found.append(scans[leg.task.name](Drawn(leg.task, leg.goal, brief, drawn.world, submitted.answer)))
    faults = tuple(f"errand {i}: {fault}" for i, one in enumerate(found, start=1) for fault in one.faults)
    places = tuple(place for one in found for place in one.places)
    return Scanned(min(one.acceptable for one in found), faults, places)

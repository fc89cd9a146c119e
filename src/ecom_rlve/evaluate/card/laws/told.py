"""V12: everything that can be told leaves something acceptable, and nothing else. Brute force, from the brief alone.

Knows no environment: what to look through is in `scans`.
"""

from __future__ import annotations

from dataclasses import replace

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.card.laws.law import Law, Trial, final_answer, solved
from ecom_rlve.evaluate.card.scans import SCANS, Drawn, Scanned
from ecom_rlve.tasks.registry import AnyTask


def scanned(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Scanned | None:
    """Return what brute force finds for `spec`; None where nobody has written a scan for its kind of goal."""
    scan = SCANS.get(task.name)
    if scan is None:
        return None
    episode = solved(catalog, spec)
    # Everything planned has happened by the end; what the oracle wrote is taken out again.
    world = replace(episode.world, cart=(), returns=())
    return scan(Drawn(task, episode.goal, task.brief(episode.goal), world, final_answer(episode)))


def told_is_enough(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V12: at least one outcome is acceptable, and everything told singles out what the verdict accepts."""
    found = scanned(task, catalog, spec)
    if found is None:
        return Trial()
    faults = found.faults if found.acceptable else (*found.faults, "nothing would do")
    return Trial(1, faults[:1], (("acceptable", float(found.acceptable)),), found.places)


LAWS = (Law("V12", "told", "what can be told leaves something acceptable, and nothing else", told_is_enough),)

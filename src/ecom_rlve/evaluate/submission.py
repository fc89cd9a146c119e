"""A submission: what a run claims, sealed, and its traces beside it. Anybody can play it again without any model.

Knows no surface. A check finds a trace that was changed, even if its digest was renewed, an episode that was left out,
and a figure that does not follow from the episodes. What it cannot find is who chose the actions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import Json
from ecom_rlve.env.replay import replay
from ecom_rlve.env.trace import digest, read_trace
from ecom_rlve.evaluate.journal import read_run, traces_of
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.scores import by_cell, score
from ecom_rlve.evaluate.suites import Trial, suite_of

FILE = "submission.json"
FORMAT = 1
Row = Mapping[str, Any]  # Any: JSON of a file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as the submission says."""

    where: str
    """An episode, a file, or "figures"."""
    what: str


def write_submission(folder: Path) -> Path:
    """Write the submission of a finished run beside its traces, whole or not at all.

    Raises:
        TraceError: There is no run in `folder`, or a trace is missing or was changed.
    """
    identity, outcomes = read_run(folder)
    episodes: list[Json] = []
    for outcome, path in zip(outcomes, traces_of(folder), strict=True):
        trace = read_trace(path)
        episodes.append({**_claim(outcome), "trace": f"traces/{path.name}", "digest": str(trace.end["digest"])})
    content = {
        "format": FORMAT,
        "run": cast("Json", identity),
        "figures": figures(outcomes),
        "episodes": episodes,
    }
    text = dumps({**content, "digest": digest([dumps(content)])})
    write_whole(folder / FILE, text + "\n")
    return folder / FILE


def figures(outcomes: Sequence[Outcome]) -> Json:
    """Return what a run comes to: in all, and by environment and difficulty."""
    cells: list[Json] = []
    for (env, difficulty), group in by_cell(outcomes).items():
        cells.append({"env": env, "difficulty": difficulty, **_figures(group)})
    return {"all": _figures(outcomes), "cells": cells}


def check(path: Path, open_catalog: Callable[[Row], Catalog], progress: Callable[[int, int], Any]) -> list[Fault]:
    """Play every episode of a submission again and return all that is not as it says.

    Args:
        path: Of the submission's file.
        open_catalog: Gives the catalogue that a trace's header names.
        progress: Called with (episodes checked, episodes in all).

    Raises:
        TraceError: It is no submission, or was changed without renewing its seal.
    """
    content = _read(path)
    faults: list[Fault] = []
    outcomes: list[Outcome] = []
    for number, row in enumerate(content["episodes"], start=1):
        found = _check_episode(path.parent, row, content["run"], open_catalog)
        faults.extend([found] if isinstance(found, Fault) else [])
        outcomes.extend([found] if isinstance(found, Outcome) else [])
        progress(number, len(content["episodes"]))
    if not faults or content["run"]["suite"]["bar"] is None:  # What a climb plays follows from its outcomes.
        faults.extend(_missing(content["run"]["suite"], outcomes, content["episodes"]))
    if not faults and dumps(figures(outcomes)) != dumps(content["figures"]):
        faults.append(Fault("figures", "do not follow from the episodes"))
    return faults


def _check_episode(folder: Path, row: Row, run: Row, open_catalog: Callable[[Row], Catalog]) -> Outcome | Fault:
    where = f"{row['episode']}, trial {row['trial']}"
    try:
        trace = read_trace(folder / row["trace"])
        if trace.end["digest"] != row["digest"]:
            return Fault(where, f"its trace has digest {trace.end['digest']}, the submission says {row['digest']}")
        if trace.header["spec"] != row["episode"]:
            return Fault(where, f"its trace is of {trace.header['spec']}")
        if trace.header["catalog"].get("fingerprint") != run["catalog"]["fingerprint"]:
            return Fault(where, "its trace is of another catalogue than the run")
        difference = replay(trace, open_catalog(trace.header["catalog"]))
    except TraceError as error:
        return Fault(where, str(error))
    if difference:
        return Fault(where, difference)
    end, claimed = trace.end, {name: row[name] for name in ("correct", "reward", "cause")}
    found = {"correct": end["correct"], "reward": end["reward"]["total"], "cause": end.get("cause", "")}
    if claimed != found:
        return Fault(where, f"the submission says {claimed}, the episode says {found}")
    return Outcome(
        spec=EpisodeSpec.parse(row["episode"]),
        agent=row["agent"],
        correct=row["correct"],
        reward=row["reward"],
        cause=row["cause"],
        flags=(),
        end=end["end"],
        turns=len(trace.turns),
        calls=0,
        trial=row["trial"],
    )


def _missing(suite: Row, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> list[Fault]:
    """Return episodes of the suite that are not there, or are there without belonging to it."""
    wanted = set(suite_of(suite).wanted(outcomes))
    listed = [Trial(row["episode"], row["trial"]) for row in rows]
    faults = [Fault(t.name, f"trial {t.number} is listed twice") for t in sorted(set(listed)) if listed.count(t) > 1]
    faults += [Fault(t.name, f"trial {t.number} of the suite is missing") for t in sorted(wanted - set(listed))]
    faults += [Fault(t.name, f"trial {t.number} is not of the suite") for t in sorted(set(listed) - wanted)]
    return faults


def _read(path: Path) -> Row:
    try:
        content = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        said = content.pop("digest")
        if content["format"] != FORMAT:
            raise TraceError(f"{path.name}: format {content['format']!r}; this version reads {FORMAT}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TraceError(f"{path}: no submission ({error!r})") from None
    found = digest([dumps(cast("Json", content))])
    if said != found:
        raise TraceError(f"{path.name}: changed: digest is {found}, the submission says {said!r}")
    return content


def _claim(outcome: Outcome) -> dict[str, Json]:
    return {
        "episode": str(outcome.spec), "trial": outcome.trial, "agent": outcome.agent, "correct": outcome.correct,
        "reward": outcome.reward, "cause": outcome.cause,
    }  # fmt: skip


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Json]:
    found = score(outcomes)
    return {
        "episodes": found.tasks, "trials": found.n, "invalid": found.invalid, "correct": found.correct,
        "pass_rate": cast("Json", asdict(found.passed)), "pass_hat": list(found.pass_hat),
        "pass_at": list(found.pass_at), "reward": cast("Json", asdict(found.means["reward"])),
    }  # fmt: skip

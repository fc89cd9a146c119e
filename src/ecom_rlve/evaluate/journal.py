"""A run on disk: what it is, a line for every finished episode, and its traces. Killed at any moment, nothing is lost.

    run.json        what makes two runs the same one: suite, agent, catalogue, preset, version
    results.jsonl   one line an episode, appended when its trace lies in place; the last line of an episode counts
    traces/         one trace an episode

Knows no agent and no statistics.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.errors import SpecError, TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import Json, to_json
from ecom_rlve.env.episode import Reward
from ecom_rlve.env.trace import read_trace, write_trace
from ecom_rlve.evaluate.runs import Outcome, Voiced
from ecom_rlve.evaluate.suites import Trial

try:
    import fcntl
except ImportError:  # pragma: no cover (Windows has no such lock)
    fcntl = None

RUN, RESULTS, TRACES = "run.json", "results.jsonl", "traces"
FORMAT = 1
Row = Mapping[str, Any]  # Any: JSON of a file
_UNSAFE = re.compile(r"[^A-Za-z0-9_.=-]+")
_KEPT = ("agent", "trial", "correct", "reward", "cause", "end", "turns", "calls", "detail")


class Journal:
    """The folder of one run, open for one process at a time. Use as a context manager."""

    def __init__(self, folder: Path, identity: Mapping[str, Json]) -> None:
        """Open or begin a run.

        Args:
            folder: Made if there is none.
            identity: What makes it this run; what lies in `folder` must have the same.

        Raises:
            SpecError: `folder` holds another run, or another process is writing to it.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        _same_run(folder, identity)
        (folder / TRACES).mkdir(exist_ok=True)
        self._file = (folder / RESULTS).open("ab+")
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise SpecError(f"{folder}: another process is writing to this run") from None
        self._cut_torn_line()
        self.done: dict[Trial, Outcome] = {
            trial: o for trial, (o, _) in _rows(folder).items() if not o.usage.unanswered
        }
        """Finished episodes; those whose endpoint did not answer are open again."""

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, outcome: Outcome) -> None:
        """Keep a finished episode: first its trace, whole, then its line."""
        name = f"{TRACES}/{trace_name(outcome)}.jsonl"
        if outcome.lines:
            write_trace(self.folder / name, outcome.lines)
        line = dumps(_row(outcome, name if outcome.lines else "")) + "\n"
        self._file.write(line.encode())
        self._file.flush()
        self.done[Trial(str(outcome.spec), outcome.trial)] = replace(outcome, lines=())

    def _cut_torn_line(self) -> None:
        """Drop the end of a line that a killed process was writing."""
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)


def trace_name(outcome: Outcome) -> str:
    """Return a file name for an outcome's trace."""
    trial = f".t{outcome.trial}" if outcome.trial else ""
    return _UNSAFE.sub(".", f"{outcome.agent}.{outcome.spec}{trial}")


def read_run(folder: Path) -> tuple[Row, list[Outcome]]:
    """Return what a run is, and the outcome of every episode, without its trace, in the order of the trials.

    Raises:
        TraceError: There is no run, or a line of its results is damaged.
    """
    try:
        identity = cast("Row", json.loads((folder / RUN).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise TraceError(
            f"{folder}: no run of `ecom-rlve eval` ({getattr(error, 'strerror', None) or error})"
        ) from None
    rows = _rows(folder)
    return identity, [rows[trial][0] for trial in sorted(rows, key=_order)]


def with_traces(folder: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return outcomes of a run with their traces.

    Raises:
        TraceError: A trace is missing or was changed.
    """
    return [replace(o, lines=read_trace(folder / TRACES / f"{trace_name(o)}.jsonl").lines) for o in outcomes]


def _order(trial: Trial) -> tuple[str, int, int, str, int]:
    spec = trial.spec
    return spec.env, spec.difficulty, spec.seed, trial.name, trial.number


def _same_run(folder: Path, identity: Mapping[str, Json]) -> None:
    path = folder / RUN
    wanted = cast("dict[str, Any]", json.loads(dumps(cast("Json", {"format": FORMAT, **identity}))))
    if not path.exists():
        write_whole(path, json.dumps(wanted, indent=1, ensure_ascii=False) + "\n")
        return
    found = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    for name in dict.fromkeys([*wanted, *found]):
        if wanted.get(name) != found.get(name):
            there, here = _differing(found.get(name), wanted.get(name))
            raise SpecError(f"{folder} holds another run: its {name} is {there!r}, not {here!r}; give another --out")


def _differing(there: Any, here: Any) -> tuple[Any, Any]:  # Any: JSON values
    """Return two values without the entries in which they agree, if both are objects."""
    old, new = (cast("dict[str, Any]", value if isinstance(value, dict) else {}) for value in (there, here))
    if not (old and new):
        return there, here
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {key: old.get(key) for key in keys}, {key: new.get(key) for key in keys}


def _rows(folder: Path) -> dict[Trial, tuple[Outcome, str]]:
    path = folder / RESULTS
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    out: dict[Trial, tuple[Outcome, str]] = {}
    for number, line in enumerate(text[: text.rfind("\n") + 1].splitlines(), start=1):
        try:
            outcome, name = _outcome(cast("Row", json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise TraceError(f"{path}: line {number}: no result ({error!r})") from None
        out[Trial(str(outcome.spec), outcome.trial)] = (outcome, name)
    return out


def _row(outcome: Outcome, trace: str) -> dict[str, Json]:
    kept = {name: getattr(outcome, name) for name in _KEPT}
    worth = {"total": None, **cast("dict[str, Json]", to_json(outcome.worth))}
    usage = {name: value for name, value in asdict(outcome.usage).items() if value}
    voice = {name: value for name, value in asdict(outcome.voice).items() if value}
    return {
        "episode": str(outcome.spec), **kept, "flags": list(outcome.flags), "worth": worth, "usage": usage,
        "voice": voice, "trace": trace,
    }  # fmt: skip


def _outcome(row: Row) -> tuple[Outcome, str]:
    known = {f.name for f in fields(Reward)}
    worth = Reward(**{name: value for name, value in row["worth"].items() if name in known})
    kept = {name: row[name] for name in _KEPT}
    spec, flags = EpisodeSpec.parse(row["episode"]), tuple(row["flags"])
    more = {"worth": worth, "usage": Usage(**row["usage"]), "voice": Voiced(**row["voice"])}
    return Outcome(spec=spec, flags=flags, **more, **kept), str(row["trace"])


def traces_of(folder: Path) -> Iterator[Path]:
    """Yield the trace files of a run, as its results name them."""
    rows = _rows(folder)
    yield from (folder / name for trial in sorted(rows, key=_order) if (name := rows[trial][1]))

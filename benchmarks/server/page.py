"""docs/reliability.md from the figures on record. Says what was run, never what would have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_HEAD = """\
# What the server withstands

Made by `make bench-server` (`benchmarks/server`) from `benchmarks/server/results.json`; do not edit. A real server
process, real sockets. Rewards and answers are compared with what the engine gives in another process to the same calls;
two thirds of the episodes succeed, one third hands in too early. *Lost* counts episodes with another reward than that,
or none, and whatever else should not have been.
"""
_SESSIONS, _OF_EACH, _OVER_TIME = 64, 100, 10_000
"""What the suite is meant to be run with."""
Row = Mapping[str, Any]


def written(out: Mapping[str, Any]) -> str:
    """Return the page: of every part what is on record, or that nothing is."""
    sections: dict[str, Callable[[Any], str]] = {
        "load": _load, "faults": _faults, "fuzz": _fuzz, "memory": _memory, "speed": _speed,
    }  # fmt: skip
    return "\n".join(
        [_HEAD, *(f"## {name.title()}\n\n{_or_missing(write, out.get(name))}\n" for name, write in sections.items())]
    )


def _or_missing(write: Callable[[Any], str], figures: Any) -> str:
    return write(figures) if figures else "**Not on record.**"


def _smaller(what: str, run: int, meant: int) -> str:
    return f" **A smaller run: {run:,} {what} instead of {meant:,}.**" if run < meant else ""


def _load(load: Row) -> str:
    return (
        f"{load['sessions']} concurrent sessions played {load['episodes']:,} episodes ({load['steps']:,} steps): "
        f"**{load['wrong']} lost**; {load['mixed']} answers, first words of customers included, were not letter for "
        f"letter those of the session's own episode. The server took {load['cpu_s']:.1f} s of CPU time, resets "
        f"included ({load['seconds']:.0f} s by the clock, on cores shared with other work)."
        + _smaller("sessions", load["sessions"], _SESSIONS)
        + _smaller("episodes of each", load["of_each"], _OF_EACH)
    )


def _faults(faults: Sequence[Row]) -> str:
    rows = [f"| {f['name']} | {f['injected']} | {f['episodes']} | {f['lost']} | {f['note']} |" for f in faults]
    injected, played, lost = (sum(f[key] for f in faults) for key in ("injected", "episodes", "lost"))
    return "\n".join(
        [
            "| fault | injected | episodes through or after it | lost | |",
            "|---|---:|---:|---:|---|",
            *rows,
            f"| **all** | {injected} | {played} | **{lost}** | |",
        ]
    )


def _fuzz(found: Sequence[Row]) -> str:
    *tried, after = found
    rows = [f"| {f['where']} | {f['inputs']:,} | {f['refused']:,} | {len(f['failures'])} |" for f in tried]
    return "\n".join(
        [
            "| bad inputs | tried | refused with an error | lost |",
            "|---|---:|---:|---:|",
            *rows,
            f"\nAfterwards {after['episodes']} episodes were played on the same server: **{after['wrong']} lost**. "
            "*Lost* "
            "is an input without an answer, one answered with a fault of the server's, and one whose answer shows an "
            "inside (a traceback, a path).",
        ]
    )


def _memory(memory: Row) -> str:
    return (
        f"{memory['sessions']:,} sessions opened, played and closed one after another (16 at once): resident "
        f"{memory['early_mb']:.1f} MiB after a tenth of them, {memory['late_mb']:.1f} MiB after all; "
        f"{memory['wrong']} wrong rewards." + _smaller("sessions", memory["sessions"], _OVER_TIME)
    )


def _speed(speed: Row) -> str:
    served, alone, steps = speed["served"], speed["in_process"], speed["steps"]
    whose = (
        " Without sockets, a step of the served session with its observation written "
        f"takes {1e6 / speed['session']:.0f} µs, of which the engine's part is {1e6 / alone:.0f} µs: of the "
        f"{1e6 / served:.0f} µs of a served step the rest is OpenEnv's and uvicorn's."
        if "session" in speed
        else ""
    )
    return (
        f"One server process takes {served:,.0f} websocket steps in a second of its CPU time, the engine "
        f"alone {alone:,.0f} (`cart.view`, {steps:,} steps, {speed['cores']} shared cores): a served step costs "
        f"{alone / served:.1f} times one in process. CPU time is counted, not the clock; on a machine that many "
        f"share it counts cold caches too.{whose}"
    )

"""docs/reliability.md from the figures on record. Says what was run, never what would have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = """\
# What the server withstands

Made by `make bench-server` (`benchmarks/server`) from `benchmarks/server/results.json`; do not edit. A real server
process, real sockets. Rewards are compared with what the engine pays in another process for the same calls; two thirds
of the episodes succeed, one third hands in too early. *Lost* counts episodes with another reward than that, or none.
"""
_FULL = {"sessions": 64, "episodes": 100, "over_time": 10_000}


def written(out: Mapping[str, Any]) -> str:
    """Return the page."""
    wanted = out["wanted"]
    small = [f"{name} {wanted[name]} instead of {full}" for name, full in _FULL.items() if wanted[name] < full]
    scale = f"\n**On record is a smaller run:** {', '.join(small)}.\n" if small else ""
    parts = [_HEAD, scale, _load(out["load"]), _faults(out.get("faults", [])), _memory(out.get("memory"))]
    return "\n".join([*(part for part in parts if part), _speed(out["speed"], out["cores"])])


def _load(load: Mapping[str, Any]) -> str:
    return (
        "## Load\n\n"
        f"{load['sessions']} concurrent sessions played {load['episodes']:,} episodes ({load['steps']:,} steps): "
        f"**{load['wrong']} lost**; {load['mixed']} answers, first words of customers included, were not letter for "
        f"letter those of the session's own episode. The server took {load['cpu_s']:.1f} s of CPU time, resets "
        f"included ({load['seconds']:.0f} s by the clock, on cores shared with other work).\n"
    )


def _faults(faults: list[Mapping[str, Any]]) -> str:
    if not faults:
        return ""
    rows = [f"| {f['name']} | {f['injected']} | {f['episodes']} | {f['lost']} | {f['note']} |" for f in faults]
    injected, played, lost = (sum(f[key] for f in faults) for key in ("injected", "episodes", "lost"))
    return "\n".join(
        [
            "## Faults\n",
            "| fault | injected | episodes through or after it | lost | |",
            "|---|---:|---:|---:|---|",
            *rows,
            f"| **all** | {injected} | {played} | **{lost}** | |\n",
        ]
    )


def _memory(memory: Mapping[str, Any] | None) -> str:
    if memory is None:
        return (
            "**This run was stopped early:** other faults, and memory over time, are not in it. On a small "
            "scale `tests/adapters/openenv/test_faults.py` tries all of them.\n"
        )
    return (
        "## Memory\n\n"
        f"{memory['sessions']:,} sessions opened, played and closed one after another (16 at once): resident "
        f"{memory['early_mb']:.1f} MiB after a tenth of them, {memory['late_mb']:.1f} MiB after all; "
        f"{memory['wrong']} wrong rewards.\n"
    )


def _speed(speed: Mapping[str, Any], cores: int) -> str:
    served, alone, steps = speed["served"], speed["in_process"], speed["steps"]
    return (
        f"## Speed\n\nOne server process takes {served:,.0f} websocket steps in a second of its CPU time, the engine "
        f"alone {alone:,.0f} (`cart.view`, {steps:,} steps, {cores} shared cores): a served step costs "
        f"{alone / served:.1f} times one in process. CPU time is counted, not the clock.\n"
    )

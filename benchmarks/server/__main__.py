"""`python -m benchmarks.server`: measures, and writes docs/reliability.md and benchmarks/server/results.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.server import faults, fuzz, page
from benchmarks.server.load import load, sessions_over_time, speed
from benchmarks.server.plans import Plan, plans
from benchmarks.server.process import Server, new_server
from benchmarks.server.stalled import stalled_voice

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parents[1] / "docs" / "reliability.md"
Part = Callable[[Server, argparse.Namespace, Sequence[Plan]], Awaitable[Any]]


async def _speed(server: Server, given: argparse.Namespace, known: Sequence[Plan]) -> dict[str, Any]:
    return {**asdict(await speed(server, given.rounds)), "cores": os.cpu_count()}


async def _load(server: Server, given: argparse.Namespace, known: Sequence[Plan]) -> dict[str, Any]:
    return {**asdict(await load(server, given.sessions, given.episodes, known)), "of_each": given.episodes}


async def _faults(server: Server, given: argparse.Namespace, known: Sequence[Plan]) -> list[dict[str, Any]]:
    few = max(2, given.sessions // 4)
    every = (
        faults.killed_clients(server, 2 * given.sessions, known),
        faults.slow_clients(server, few, known),
        faults.oversized(server, 8, known),
        faults.malformed(server, known),
        faults.flood(server, 4 * given.sessions, known),
        faults.killed_server(server, few, known),
        stalled_voice(few, known),
    )
    return [asdict(await fault) for fault in every]


async def _fuzz(server: Server, given: argparse.Namespace, known: Sequence[Plan]) -> list[dict[str, Any]]:
    over_http = await asyncio.to_thread(fuzz.over_http, server, given.inputs)
    over_sockets = await fuzz.over_sockets(server, 5 * given.inputs)
    after = await load(server, min(8, given.sessions), 2, known)
    return [asdict(over_http), asdict(over_sockets), {"episodes": after.episodes, "wrong": after.wrong + after.mixed}]


async def _memory(server: Server, given: argparse.Namespace, known: Sequence[Plan]) -> dict[str, Any]:
    early, late, wrong = await sessions_over_time(server, given.over_time, known[2])
    return {"sessions": given.over_time, "early_mb": early, "late_mb": late, "wrong": wrong}


PARTS: dict[str, Part] = {"speed": _speed, "load": _load, "faults": _faults, "fuzz": _fuzz, "memory": _memory}


async def measure(given: argparse.Namespace, out: dict[str, Any]) -> None:
    """Put the figures of the wanted parts into `out`, which is written after every part, so that nothing is lost."""
    known = plans(48)
    for name in given.only or PARTS:
        server = new_server(sessions=given.sessions).start()
        try:
            out[name] = await PARTS[name](server, given, known)
        finally:
            server.kill()
        RESULTS.write_text(json.dumps(out, indent=1) + "\n")


def main() -> None:
    """Measure and write; `--page` only writes the page again from the figures on record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--episodes", type=int, default=100, help="of each session")
    parser.add_argument("--rounds", type=int, default=20, help="of 100 steps, for the speed")
    parser.add_argument("--inputs", type=int, default=100, help="bad ones, for each operation over HTTP")
    parser.add_argument("--over-time", type=int, default=10_000, help="sessions, for the memory")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="these parts, the others as they are on record")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page again")
    given = parser.parse_args()
    kept = RESULTS.is_file() and (given.page or given.only)
    out: dict[str, Any] = json.loads(RESULTS.read_text()) if kept else {}
    if not given.page:
        asyncio.run(measure(given, out))
    PAGE.write_text(page.written(out))


if __name__ == "__main__":
    main()

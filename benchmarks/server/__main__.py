"""`python -m benchmarks.server`: measures, and writes docs/reliability.md and benchmarks/server/results.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.server import faults, page
from benchmarks.server.load import load, sessions_over_time, speed
from benchmarks.server.plans import plans
from benchmarks.server.process import new_server
from benchmarks.server.stalled import stalled_voice

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parents[1] / "docs" / "reliability.md"


async def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Return all figures; written after every part, so that nothing is lost."""
    known = plans(48)
    server = new_server(sessions=given.sessions).start()
    out: dict[str, Any] = {"cores": os.cpu_count(), "wanted": vars(given)}
    try:
        out["speed"] = asdict(await speed(server, given.rounds))
        out["load"] = asdict(await load(server, given.sessions, given.episodes, known))
        _write(out)
        out["faults"] = []
        few = max(2, given.sessions // 4)
        for fault in (
            faults.killed_clients(server, 2 * given.sessions, known),
            faults.slow_clients(server, few, known),
            faults.oversized(server, 8, known),
            faults.malformed(server, known),
            faults.flood(server, 4 * given.sessions, known),
            faults.killed_server(server, few, known),
            stalled_voice(few, known),
        ):
            out["faults"].append(asdict(await fault))
            _write(out)
        early, late, wrong = await sessions_over_time(server, given.over_time, known[2])
        out["memory"] = {"sessions": given.over_time, "early_mb": early, "late_mb": late, "wrong": wrong}
    finally:
        server.kill()
    return out


def _write(out: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(out, indent=1) + "\n")


def main() -> None:
    """Measure and write; `--page` only writes the page again from the figures on record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--episodes", type=int, default=100, help="of each session")
    parser.add_argument("--rounds", type=int, default=20, help="of 100 steps, for the speed")
    parser.add_argument("--over-time", type=int, default=10_000, help="sessions, for the memory")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    if not given.page:
        _write(asyncio.run(measure(given)))
    if not RESULTS.is_file():
        parser.error(f"{RESULTS} is not there: measure first, without --page")
    PAGE.write_text(page.written(json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()

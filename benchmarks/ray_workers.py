"""Episodes per second of an evaluation on Ray, by the number of workers, beside one process without Ray.

    python -m benchmarks.ray_workers [--workers 1,2] [--seeds 60] [--rounds 3]

Every cluster is started and warmed up (its workers open the catalogue) before the clock runs; rounds take turns, and
the middle one counts. Cores that other programs use are not there: the load is printed. What the driver itself works
for an episode does not depend on that, and says how many workers it can feed at most. Knows no suite and no model.
"""

import argparse
import os
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import ray
from rich.console import Console
from rich.table import Table

from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.suites import Suite

ENVS = ("cart_building-v0", "returns-v0", "product_discovery-v0", "journey-v0")
AGENT = "expert"


@dataclass(frozen=True, slots=True)
class Timing:
    episodes: int
    seconds: float
    driver: float
    """Seconds of a processor that the driving process worked."""

    @property
    def rate(self) -> float:
        """Episodes per second."""
        return self.episodes / self.seconds


def alone(suite: Suite, shop: Shop) -> Timing:
    """Time one process without Ray."""
    shop.open()
    return timed(Setting(suite, AGENT, shop))


def on_ray(suite: Suite, shop: Shop, workers: int) -> Timing:
    """Time a cluster of its own on this machine."""
    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    try:
        # As many batches as workers, so that each of them has the catalogue open.
        timed(Setting(Suite("warm", "", (0,), seeds=16 * workers, envs=ENVS[:1]), AGENT, shop, ray=""))
        return timed(Setting(suite, AGENT, shop, ray=""))
    finally:
        ray.shutdown()


def timed(setting: Setting) -> Timing:
    """Time an evaluation into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        began, worked = perf_counter(), process_time()
        outcomes = evaluate(setting, Path(folder))
        return Timing(len(outcomes), perf_counter() - began, process_time() - worked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", default="1,2", help="numbers of workers, the first one is compared with")
    parser.add_argument("--seeds", type=int, default=60, help="episodes of each environment and difficulty")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    counts = [int(n) for n in given.workers.split(",")]
    shop, suite = Shop(), Suite("bench", "", (0, 6), seeds=given.seeds, envs=ENVS)
    shop.open()
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
    found: dict[int, list[Timing]] = {n: [] for n in (0, *counts)}
    for _ in range(given.rounds):
        for n, timings in found.items():
            timings.append(on_ray(suite, shop, n) if n else alone(suite, shop))
    show(found, counts)


def show(found: dict[int, list[Timing]], counts: list[int]) -> None:
    """Print the table."""
    console, table = Console(), Table("workers", "episodes/s", "ratio", "per added worker", "driver's work, ms/episode")
    rate = {n: statistics.median(t.rate for t in timings) for n, timings in found.items()}
    work = {n: statistics.median(t.driver / t.episodes for t in timings) for n, timings in found.items()}
    for n in found:
        ratio = rate[n] / rate[counts[0]]
        added = f"{(ratio - 1) / (n - counts[0]):.2f}" if n > counts[0] else "–"
        table.add_row(str(n) if n else "no Ray", f"{rate[n]:.1f}", f"{ratio:.2f}", added, f"{1000 * work[n]:.2f}")
    console.print(table)
    most = work[0] / max(work[n] for n in counts)
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    console.print(f"{cores} cores, load {load:.1f}. One driver can feed about {most:.0f} workers of this kind.")


if __name__ == "__main__":
    main()

"""Speed and memory of search, each figure beside its baseline, measured in one run.

Figures are processor time of one thread, so that a busy machine does not blur them; ratios are what to compare.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.catalog.asked import KINDS, asked, misspelled
from benchmarks.catalog.synthetic import DIMENSIONS, queries_near, save_vectors
from rich.console import Console
from rich.table import Table

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.catalog import Catalog, Offer, Sort, embedded
from ecom_rlve.catalog.dense import Dense
from ecom_rlve.catalog.retrieve import relevant, smallest
from ecom_rlve.catalog.semantic import fuse
from ecom_rlve.catalog.vectors import Vectors
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import stream

TOP = 50
OFFER = Offer(0)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of processor time."""

    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p99:.2f}"


def timed(work: Callable[[int], object], count: int) -> Timing:
    """Return how long `work(i)` takes, after a tenth of the calls as warm-up."""
    for i in range(count // 10 + 1):
        work(i)
    took: list[float] = []
    for i in range(count):
        began = time.process_time_ns()
        work(i)
        took.append((time.process_time_ns() - began) / 1e6)
    return Timing(float(np.percentile(took, 50)), float(np.percentile(took, 99)))


def lexical(shop: Catalog, count: int) -> dict[str, Timing]:
    """Return the times of searches by words: kinds of query, filters, sorts, and the look at everything."""
    rng = stream(2, "speed")
    by_kind = {kind: asked(shop, kind, count, rng) for kind in KINDS}
    typed = [one.query for one in by_kind["type, feature"]]
    products = [shop.product(one.row) for one in by_kind["type, feature"]]

    def search(query: str, constraints: Sequence[Constraint] = (), sort: Sort = "relevance") -> object:
        return shop.search(query, constraints, sort=sort, limit=TOP, offer=OFFER)

    def narrow(i: int) -> list[Constraint]:
        price = Constraint("price", "max", products[i].price)
        rating = Constraint("rating", "min", products[i].rating)
        return [Constraint("category", "eq", products[i].category), price, rating]

    def everything(i: int) -> Longs:
        scored = shop.index.score(shop.index.terms(typed[i]), range(len(shop)))
        return smallest(((1 << 17) - scored.scores) << 22 | scored.rows, TOP)

    fresh = [misspelled(f"{query} {i}", rng) for i, query in enumerate(typed)]
    out = {kind: timed(lambda i, kind=kind: search(by_kind[kind][i].query), count) for kind in KINDS}
    out["type, feature: a new typo each time"] = timed(lambda i: search(fresh[i]), count)
    out["type, feature: every row scored (baseline)"] = timed(everything, count)
    out["… in a category, by price and rating"] = timed(lambda i: search(typed[i], narrow(i)), count)
    out["… by price and rating alone"] = timed(lambda i: search(typed[i], narrow(i)[1:]), count)
    out["… cheapest first"] = timed(lambda i: search(typed[i], (), "price"), count)
    out["no words, in a category, by price"] = timed(lambda i: search("", narrow(i)[:2]), count)
    out["near miss (eps_rank), per result"] = timed(
        lambda i: shop.near_miss(by_kind["exact title"][i].row, [], OFFER, set(), stream(i, "near")), count
    )
    return out


def dense(shop: Catalog, folder: Path, count: int) -> tuple[dict[str, Timing], dict[str, str]]:
    """Return times and recalls of searches in synthetic vectors with an index in `folder`."""
    vectors = Vectors(folder, shop.content_fingerprint)
    found, exact = Dense(vectors), Dense(vectors, coarse=False)
    rng = stream(3, "dense")
    near = queries_near(vectors, rng, count)
    queries = asked(shop, "type, feature", count, rng)
    everywhere = [range(len(shop))]
    homes = [[shop.category_rows(shop.leaf(one.row).key)] for one in queries]
    some = [np.asarray(sorted(rng.sample(range(len(shop)), len(shop) // 50)), dtype=np.int64) for _ in range(4)]

    def hybrid(i: int) -> object:
        words = relevant(shop.index, shop.index.terms(queries[i].query), everywhere, None, 200).rows
        return fuse((words, found.nearest(near[i], everywhere, None, 200)))

    times = {
        "nearest of all, exact scan (baseline)": timed(lambda i: exact.nearest(near[i], everywhere, None, 10), count),
        "nearest of all": timed(lambda i: found.nearest(near[i], everywhere, None, 10), count),
        "nearest in a category": timed(lambda i: found.nearest(near[i], homes[i], None, 10), count),
        "nearest of 2 %, scattered": timed(lambda i: found.nearest(near[i], everywhere, some[i % 4], 10), count),
        "hybrid, 200 + 200 fused": timed(hybrid, count),
    }
    recall: dict[str, float] = {"all": 0, "2 %": 0}
    for i in range(count):
        for name, rows in (("all", None), ("2 %", some[i % 4])):
            wanted = set(exact.nearest(near[i], everywhere, rows, 10).tolist())
            recall[name] += len(wanted & set(found.nearest(near[i], everywhere, rows, 10).tolist())) / 10 / count
    return times, {f"recall@10, {name}": f"{share:.3f}" for name, share in recall.items()}


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of some processes that search in one catalogue, all at once."""

    shared_fairly: float
    """Their proportional set size in all: a page that several hold counts once."""
    own: float
    """What the greediest holds for itself alone."""


_SEARCHER = """
import sys
from pathlib import Path
import numpy as np
from ecom_rlve.catalog.catalog import Catalog, Offer

mapped = []
shop = Catalog(Path(sys.argv[1]))
if sys.argv[2] == "whole":  # As if it had been at work so long that it has seen every page.
    for name in shop.path.glob("*.npy"):
        mapped.append(np.load(name, mmap_mode="r"))
        mapped[-1].view(np.uint8).reshape(-1)[::4096].sum() if mapped[-1].size else 0
for row in range(0, len(shop), len(shop) // 200):
    shop.search(shop.title(row), (), sort="relevance", limit=50, offer=Offer(0))
print("ready", flush=True)
sys.stdin.readline()
"""


def memory(path: Path, workers: int, *, whole: bool) -> Memory:
    """Return the memory of `workers` processes that search in a catalogue; `whole`: and have seen all its arrays."""
    command = [sys.executable, "-c", _SEARCHER, str(path), "whole" if whole else "some"]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(workers)]
    try:
        for one in running:
            assert one.stdout is not None
            assert one.stdout.readline().strip() == b"ready"
        rolled = [Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="utf-8") for one in running]
    finally:
        for one in running:
            one.communicate(b"\n")
    return Memory(sum(_mib(text, "Pss:") for text in rolled), max(_mib(text, "Private_") for text in rolled))


def _mib(rolled: str, what: str) -> float:
    return sum(int(line.split()[1]) for line in rolled.splitlines() if line.startswith(what)) / 1024


def measure(shop: Catalog, options: argparse.Namespace, console: Console) -> None:
    """Print the figures of one catalogue."""
    began = time.perf_counter()
    Catalog(shop.path)
    console.print(f"\n{len(shop):,} products; opened in {(time.perf_counter() - began) * 1000:.0f} ms of wall time")
    table = Table("search", header_style="bold")
    table.add_column("p50 / p99 ms", justify="right")
    for name, timing in lexical(shop, options.count).items():
        table.add_row(name, str(timing))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.dense:
            took = save_vectors(shop, Path(folder))
            times, recalls = dense(shop, Path(folder), options.count)
            for name, timing in times.items():
                table.add_row(name, str(timing))
            for name, recall in recalls.items():
                table.add_row(name, recall)
            table.add_row(f"{DIMENSIONS}-d vectors given, indexed: by the clock", f"{took.wall:.0f} s")
            table.add_row("… processor time of all threads", f"{took.cpu:.0f} s")
    console.print(table)
    if options.memory:
        for how, whole in (("after 200 searches", False), ("after every array was seen", True)):
            one, eight = memory(shop.path, 1, whole=whole), memory(shop.path, 8, whole=whole)
            console.print(
                f"Memory (PSS), {how}: one process {one.shared_fairly:.0f} MiB, eight {eight.shared_fairly:.0f} MiB "
                f"({eight.shared_fairly / one.shared_fairly:.2f} ×), at most {eight.own:.0f} MiB its own"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="2000,20000,200000")
    parser.add_argument("--catalog", type=Path, help="this one instead")
    parser.add_argument("--count", type=int, default=200, help="queries of each kind")
    parser.add_argument("--dense", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--memory", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--folder", default=None, help="where temporary files go: 0.5 GB a million products")
    options = parser.parse_args()
    shops = [Catalog(options.catalog)] if options.catalog else [embedded(int(n)) for n in options.sizes.split(",")]
    for shop in shops:
        measure(shop, options, Console(width=110))


if __name__ == "__main__":
    main()

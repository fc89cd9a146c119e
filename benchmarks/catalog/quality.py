"""Quality of search on a labelled set made from the generator's ground truth, by mode and kind of query."""

from __future__ import annotations

import argparse
from math import log2
from pathlib import Path

from benchmarks.catalog.asked import KINDS, Asked, asked, paraphrases
from rich.console import Console
from rich.table import Table

from ecom_rlve.catalog.catalog import Catalog, Offer
from ecom_rlve.catalog.semantic import Settings
from ecom_rlve.core.rng import stream

PAGE = 10


def scored(shop: Catalog, queries: list[Asked]) -> tuple[float, float, float]:
    """Return the share of queries whose first page shows the very product, and mean recall@10 and nDCG@10."""
    very = recall = gain = 0.0
    for one in queries:
        rows = shop.search(one.query, (), sort="relevance", limit=PAGE, offer=Offer(0)).rows
        hits = [row in one.would_do for row in rows]
        most = min(PAGE, len(one.would_do))
        very += one.row in rows
        recall += sum(hits) / most
        gain += sum(hit / log2(i + 2) for i, hit in enumerate(hits)) / sum(1 / log2(i + 2) for i in range(most))
    return very / len(queries), recall / len(queries), gain / len(queries)


def modes(names: list[str]) -> dict[str, Settings]:
    """Return what is compared: words, and each encoder alone and fused with words."""
    out = {"words": Settings()}
    for name in names:
        out[name] = Settings("dense", name)
        out[f"words + {name}"] = Settings("hybrid", name)
    return out


def _percent(figures: tuple[float, ...]) -> str:
    return " ".join(f"{100 * figure:.0f}" for figure in figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path, help="a catalogue in which the encoders' vectors have been made")
    parser.add_argument("--encoders", default="hashed,lsa")
    parser.add_argument("--count", type=int, default=200, help="queries of each kind")
    options = parser.parse_args()
    table = Table(title=f"very product on page 1 / recall@10 / nDCG@10, {options.count} queries a kind")
    table.add_column("query")
    searched = modes([name for name in options.encoders.split(",") if name])
    shops = {name: Catalog(options.catalog, settings) for name, settings in searched.items()}
    for name in shops:
        table.add_column(name, justify="right")
    for kind in KINDS:
        queries = asked(next(iter(shops.values())), kind, options.count, stream(1, "quality", kind))
        table.add_row(kind, *(_percent(scored(shop, queries)) for shop in shops.values()))
    meant = paraphrases(next(iter(shops.values())))
    table.add_row(f"other words ({len(meant)})", *("– " + _percent(scored(shop, meant)[1:]) for shop in shops.values()))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()

"""Your own products: a CSV file and a column map become a shop in which every environment can be played.

`examples/own_shop` is a shop that does not exist; `ecom-rlve catalog build` does the same and prints a report.

python examples/09_your_own_catalogue.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from ecom_rlve import Env
from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.intake.builder import build
from ecom_rlve.catalog.intake.column_map import load_map
from ecom_rlve.catalog.intake.options import Options
from ecom_rlve.catalog.intake.sources import find_sources

SHOP = Path(__file__).parent / "own_shop"
SEEDS = 10


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing: two hundred products take two seconds."""


def main() -> None:
    with TemporaryDirectory() as folder:
        columns = load_map(str(SHOP / "map.toml"))
        sources = [(source, columns) for source in find_sources([str(SHOP / "products.csv")])]
        report = build(sources, Path(folder) / "shop", Options(), silent)
        print(f"{report.rows} rows, {report.products} products, dropped {dict(report.dropped)}")

        env = Env(open_catalog(Path(folder) / "shop"))
        for task in ("product_discovery", "cart_building", "returns", "bundle_planning"):
            passed = 0
            for seed in range(SEEDS):
                observation, _ = env.reset(f"{task}-v0/d0/s{seed}")
                passed += player_named("expert")(env).info["verdict"].is_correct
            print(f"{task:>18}: the expert passes {passed} of {SEEDS}; the last customer: {observation.message[:70]}…")


if __name__ == "__main__":
    main()

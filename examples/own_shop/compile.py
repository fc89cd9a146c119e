"""A private suite out of a shop's products and policy: one folder with both, and a validity card of its own.

Knows no shop: whatever folder it is given holds products.csv, map.toml and policy/*.toml.

python examples/own_shop/compile.py --out private           # with the quick card, some minutes on two cores
python examples/own_shop/compile.py --out private --card "" # without
ecom-rlve play --catalog private/catalog                    # from then on, with every command
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
START = "from ecom_rlve.apps.cli import main; main()"


def main() -> int:
    asked = argparse.ArgumentParser(description="Compile a shop into a private suite.")
    asked.add_argument("--shop", type=Path, default=HERE, help="Folder with products.csv, map.toml and policy/.")
    asked.add_argument("--out", type=Path, required=True, help="Folder of the suite.")
    asked.add_argument("--card", default="policy_qa,returns", help="Environments of the card, or all; empty: no card.")
    given = asked.parse_args()
    shop, catalog = given.shop, given.out / "catalog"
    status = told("catalog", "build", shop / "products.csv", "--map", shop / "map.toml", "--out", catalog, "--replace")
    status = status or told("catalog", "rules", catalog, "--policy", shop / "policy")
    if given.card and not status:
        page = ["--page", given.out / "card.html", "--out", given.out / "card"]
        status = told("certify", given.card, "--catalog", catalog, *page)
    return status


def told(*arguments: str | Path) -> int:
    """Run a command and return its exit status."""
    return subprocess.run([sys.executable, "-c", START, *map(str, arguments)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

"""A private suite out of a shop's products and policy: a catalogue, the rules, and a validity card of its own.

Knows no shop: whatever folder it is given holds products.csv, map.toml and policy/*.toml. Policies are data of the
package and no option, so the suite is a copy of the package in which these chapters take the place of the shipped ones.

python examples/own_shop/compile.py --out private                 # with the quick card, some minutes on two cores
python examples/own_shop/compile.py --out private --card ""       # without
PYTHONPATH=private/lib ecom-rlve play --catalog private/catalog   # from then on, for every command
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import ecom_rlve

HERE = Path(__file__).parent
START = "from ecom_rlve.apps.cli import main; main()"


def main() -> int:
    asked = argparse.ArgumentParser(description="Compile a shop into a private suite.")
    asked.add_argument("--shop", type=Path, default=HERE, help="Folder with products.csv, map.toml and policy/.")
    asked.add_argument("--out", type=Path, required=True, help="Folder of the suite.")
    asked.add_argument("--card", default="policy_qa,returns", help="Environments of the card, or all; empty: no card.")
    given = asked.parse_args()
    overlaid(given.shop / "policy", given.out / "lib" / "ecom_rlve")
    sources = ["catalog", "build", given.shop / "products.csv", "--map", given.shop / "map.toml"]
    status = told(given.out, *sources, "--out", given.out / "catalog", "--replace")
    if status == 0 and given.card:
        page = ["--page", given.out / "card.html", "--out", given.out / "card"]
        status = told(given.out, "certify", given.card, "--catalog", given.out / "catalog", *page)
    return status


def overlaid(policy: Path, package: Path) -> None:
    """Copy the package, and put the shop's chapters in the place of those of the same name."""
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(Path(ecom_rlve.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    chapters = package / "world" / "data" / "policy"
    for chapter in sorted(policy.glob("*.toml")):
        if not (chapters / chapter.name).exists():
            raise SystemExit(f"{chapter}: no chapter of the policy is called that; there are {sorted_names(chapters)}")
        shutil.copy(chapter, chapters / chapter.name)


def sorted_names(folder: Path) -> str:
    """Return the names of the files in a folder."""
    return ", ".join(sorted(path.name for path in folder.glob("*.toml")))


def told(suite: Path, *arguments: str | Path) -> int:
    """Run a command of the suite and return its exit status."""
    path = os.pathsep.join(filter(None, [str(suite / "lib"), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-c", START, *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

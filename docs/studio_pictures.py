"""Takes the screenshots in docs/studio.md: a person-like script in the system's Chromium, at 1440 and at 390 pixels.

python docs/studio_pictures.py            # rewrites docs/studio/; `make studio-pictures` sets everything up first
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.studio import person  # noqa: E402 (after the path)
from tests.studio.talking import running  # noqa: E402 (after the path)

from ecom_rlve.core.spec import EpisodeSpec  # noqa: E402 (after the path)
from ecom_rlve.curriculum.progress import METRICS  # noqa: E402 (after the path)
from ecom_rlve.env.trace import write_trace  # noqa: E402 (after the path)
from ecom_rlve.evaluate.runs import Shop, play  # noqa: E402 (after the path)

FOLDER = Path(__file__).parent / "studio"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        runs = Path(name)
        write_runs(runs)
        with running(runs, "--card", str(ROOT / "docs" / "card.json")) as (address, _), person.browser() as started:
            wide(started, address)
            narrow(started, address)


def write_runs(runs: Path) -> None:
    """Write two small runs of built-in agents, and lay the log of the small reproduction beside them."""
    for agent in ("expert", "first_result"):
        for d in (0, 3):
            for seed in range(4):
                outcome = play(EpisodeSpec("cart_building-v0", d, seed), agent, Shop())
                write_trace(runs / agent / "traces" / f"d{d}s{seed}.jsonl", outcome.lines)
    (runs / "rlve-0").mkdir()
    shutil.copyfile(FOLDER.parent / "training" / "rlve-0.jsonl", runs / "rlve-0" / METRICS)


def wide(started, address) -> None:
    page, _ = person.open_page(started, address)
    person.play_a_cart(page)
    shot(page, "play")
    person.hand_in(page)
    shot(page, "verdict")
    person.watch(page)
    shot(page, "watch")
    person.compare(page, "expert", "first_result")
    shot(page, "compare")
    page.get_by_role("tab", name="Training").click()
    page.locator("#training figure").first.wait_for()
    shot(page, "training")
    page.get_by_role("tab", name="Catalogue").click()
    page.locator("#cat-query").fill("wireless mouse")
    page.locator("#catalogue-list").get_by_role("button", name="Search").click()
    page.locator("#catalogue-list .product").first.wait_for()
    shot(page, "catalogue")
    page.get_by_role("button", name="Light / dark").click()
    page.get_by_role("tab", name="Environments").click()
    page.get_by_role("button", name="Look at cart building").click()
    page.locator("#gallery-example .way").first.wait_for()
    shot(page, "environments-dark")


def narrow(started, address) -> None:
    page, _ = person.open_page(started, address, size=person.NARROW)
    person.play_a_cart(page)
    shot(page, "play-390")


def shot(page, name: str) -> None:
    """Save what is on the screen."""
    page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()

"""Takes the picture of the report in README.md: of the page that `make demo` writes, in a headless Chromium.

python docs/report_picture.py                          # plays the demo first; `make report-picture` does
python docs/report_picture.py runs/demo/report.html    # of a page that is there
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

FOLDER = Path(__file__).parent / "report"
WIDTH, HEIGHT = 1280, 1300
THEMES = {"light": 1, "dark": 0}
"""Chromium's numbers for what a reader prefers."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    if len(sys.argv) > 1:
        take(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        play = "from ecom_rlve.apps.cli import main; main()"
        subprocess.run([sys.executable, "-c", play, "demo", "--out", name], check=True)
        take(Path(name) / "report.html")


def take(page: Path) -> None:
    """Take the top of a page as light and as dark as it comes."""
    browser = which("chromium") or which("chromium-browser") or which("google-chrome")
    if browser is None:
        sys.exit("Chromium is needed to take pictures")
    if not page.is_file():
        sys.exit(f"there is no page {page}")
    for theme, number in THEMES.items():
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [
                    browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--hide-scrollbars",
                    "--no-first-run",
                    f"--user-data-dir={profile}",
                    f"--window-size={WIDTH},{HEIGHT}",
                    "--virtual-time-budget=4000",
                    f"--blink-settings=preferredColorScheme={number}",
                    f"--screenshot={FOLDER / theme}.png",
                    page.resolve().as_uri(),
                ],
                check=True,
                capture_output=True,
                timeout=300,
            )


if __name__ == "__main__":
    main()

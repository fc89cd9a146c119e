"""The report as its reader has it: colours that can be told apart, and what a browser makes of its script."""

import re
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files

import pytest

from ecom_rlve.evaluate.report import write_report
from ecom_rlve.evaluate.report.overview import Played, overview
from ecom_rlve.evaluate.report.story import story
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.evaluate.summary import summarise

NOTES = {"Version": "0"}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def mix(a, b, share):
    parts = (round(int(a[i : i + 2], 16) * share + int(b[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_can_be_read_in_both_themes(theme):
    css = files("ecom_rlve.evaluate.report").joinpath("page.css").read_text()
    found = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", css)
    colours = {name: pair[theme] for name, *pair in found}
    on_page = ["ink", "soft", "accent", "bad", "good", *(f"s{i}" for i in range(10))]
    for text in on_page:
        for ground in ("paper", "card"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text, ground in (("ink", "tint"), ("bad", "badtint"), ("good", "goodtint")):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    hottest = mix(colours["heat"], colours["card"], 0.5)
    assert contrast(colours["ink"], hottest) >= 4.5
    for name in ("up", "down"):
        pair = re.search(rf"--{name}: light-dark\((.+), (color-mix.+)\);", css).groups()
        base, share = re.search(r"var\(--(\w+)\) (\d+)%, var\(--card\)", pair[theme]).groups()
        assert contrast(colours["ink"], mix(colours[base], colours["card"], int(share) / 100)) >= 4.5, name


def browsed(path, tmp_path, anchor="", driver="", *, at_once=False):
    """Return the page as Chromium has it in the end; `driver` is a script that acts as a reader would."""
    if driver:
        # A reader's clicks come from outside; here they come from a script, which the page's own policy would refuse.
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text())
        path = path.with_name("driven.html")
        path.write_text(text.replace("</body>", f"<script>{driver}</script></body>"))
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         *([] if at_once else ["--virtual-time-budget=6000"]),
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{path.as_uri()}{anchor}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


READER = """
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const shown = () => [...document.querySelectorAll("#list > .episode")].filter((e) => !e.hidden);
const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const said = [];
(async () => {
  await wait(300);
  const cell = document.querySelector('.grid-causes a[data-outcome="WANTED"]');
  cell.click(); await wait(50);
  const causes = new Set(shown().map((e) => e.dataset.outcome.split(" ")[1]));
  said.push(`cause ${shown().length} of ${cell.textContent} ${causes.size}`);
  document.querySelector("a[data-pair]").click(); await wait(400);
  said.push(`pair ${shown().length} ${shown().every((e) => e.open && e.querySelector(".verdict"))} ${list.className}`);
  form.reset(); await wait(50);
  ["j", "j", "k"].forEach(press);
  const here = document.activeElement.closest(".episode");
  said.push(`key ${shown().indexOf(here)}`);
  here.open = true; await wait(300);
  ["g", "o"].forEach(press);
  said.push(`open ${here.querySelector(".goal").open} ${[...here.querySelectorAll(".call")].every((c) => c.open)}`);
  const raw = here.querySelector(".raw"); raw.open = true; await wait(200);
  said.push(`raw ${JSON.parse(raw.querySelector("pre").textContent) !== null}`);
  document.title = said.join("; ");
})();
"""


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_reader_goes_from_a_number_to_its_episodes_and_through_them_by_keys(played, tmp_path):
    runs = [Played(agent, [o for o in played if o.agent == agent]) for agent in ("oracle", "only_asks")]
    kept = [o for run in runs for o in run.outcomes]
    path = tmp_path / "report.html"
    write_report(path, "T", summarise(kept), kept, notes=NOTES, overview=overview(runs))
    dom = browsed(path, tmp_path, driver=READER.replace("WANTED", "out_of_turns"))
    title = re.search("<title>(.*?)</title>", dom)[1]
    count = sum(o.cause == "out_of_turns" and o.spec.difficulty == 0 for o in kept)
    assert title == f"cause {count} of {count} 1; pair 2 true pair; key 0; open true true; raw true"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_report_of_1600_episodes_opens_at_once(played, tmp_path):
    many = [replace(o, trial=t) for t in range(1 + 1600 // len(played)) for o in played][:1600]
    path = tmp_path / "report.html"
    write_report(path, "T", summarise(many), many, notes=NOTES)
    took = "addEventListener('load', () => setTimeout(() => { document.title = performance.now().toFixed(0); }));"
    milliseconds = int(re.search("<title>(.*?)</title>", browsed(path, tmp_path, driver=took, at_once=True))[1])
    print(f"{path.stat().st_size / 1e6:.1f} MB, loaded after {milliseconds} ms")
    assert milliseconds < 2000


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_browser_draws_the_episode_that_the_address_names(played, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, "A run", summarise(played), played, notes=NOTES)
    named = story(played[-1])
    dom = browsed(path, tmp_path, f"#{named.key}")
    drawn = re.search(rf'<details[^>]* id="{re.escape(named.key)}"[^>]* open="">(.*?)<script', dom, re.DOTALL)
    assert drawn is not None
    assert "Customer" in drawn[1]
    assert words().causes["out_of_turns"] in drawn[1]
    assert f"{len(played)} of {len(played)}" in dom, "the filters were set up"

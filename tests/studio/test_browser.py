"""The studio in a real Chromium: a person-like script, keyboard only, narrow screens, and what axe says."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.studio import person
from tests.studio.talking import running

from ecom_rlve.apps.studio.metrics import NAME
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.trace import write_trace
from ecom_rlve.evaluate.runs import Shop, play

pytestmark = pytest.mark.browser
TABS = ("Play", "Watch", "Trajectories", "Training", "Environments", "Catalogue")
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    for agent in ("expert", "first_result"):
        for seed in range(3):
            outcome = play(EpisodeSpec("cart_building-v0", 0, seed), agent, Shop())
            write_trace(runs / agent / "traces" / f"{seed}.jsonl", outcome.lines)
    (runs / "training").mkdir()
    steps = ({"step": n, "reward": {"total": n / 10}, "causes": {"search_miss": 1}} for n in range(5))
    (runs / "training" / NAME).write_text("".join(json.dumps(step) + "\n" for step in steps))
    with running(runs) as (address, took):
        print(f"the studio answered after {took:.1f} s")
        yield address


@pytest.fixture(scope="module")
def chromium():
    with person.browser() as started:
        yield started


def violations(page):
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in SERIOUS]


def test_a_person_plays_watches_takes_over_and_compares(chromium, address):
    page, errors = person.open_page(chromium, address)
    person.play_a_cart(page)
    person.hand_in(page)
    task = page.locator("#play-log .verdict .fall").first.get_by_role("row", name="task")
    assert "+1.000" in task.inner_text()
    assert page.locator("#play-log .verdict .mark").first.inner_text() == "passed"
    person.watch(page)
    person.take_over(page)
    assert page.locator("#play-log .turn").count() == 1
    person.compare(page, "expert", "first_result")
    assert page.locator("#runs-reader article").count() == 2
    link = page.locator("#runs-reader").get_by_role("link", name="Link to this episode").get_attribute("href")
    assert errors == []
    # On a page of its own: one that is left in the middle of a stream complains of the stream.
    _, errors = person.open_page(chromium, address + "/" + link, shows="#runs-reader .verdict")
    assert errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_on_any_tab(chromium, address, dark):
    page, _ = person.open_page(chromium, address, dark=dark)
    person.play_a_cart(page)
    found = {}
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.locator("[role=tabpanel]:visible .studio").first.wait_for()
        if wrong := violations(page):
            found[tab] = wrong
    assert found == {}


def test_the_keyboard_is_enough(chromium, address):
    page, _ = person.open_page(chromium, address)
    page.locator("#play-env").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Begin"
    page.keyboard.press("Enter")
    page.locator("#play-log .say.customer").first.wait_for()
    page.locator("#say").focus()
    page.keyboard.type("Is there anything else?")
    page.keyboard.press("Enter")
    page.locator("#play-log .say.agent", has_text="Is there anything else?").wait_for()


def test_nothing_is_wider_than_a_phone(chromium, address):
    page, _ = person.open_page(chromium, address, size=person.NARROW)
    person.play_a_cart(page)
    for tab in TABS[:1]:
        assert page.evaluate("document.documentElement.scrollWidth") <= person.NARROW["width"], tab

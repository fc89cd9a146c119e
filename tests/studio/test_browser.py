"""The studio in a real Chromium: a person-like script, keyboard only, narrow screens, and what axe says."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.studio import person
from tests.studio.talking import running

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.progress import METRICS
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
    (runs / "training" / METRICS).write_text("".join(json.dumps(step) + "\n" for step in steps))
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


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_theme_that_was_chosen_outlives_a_reload(chromium, address, dark):
    page, errors = person.open_page(chromium, address, dark=dark)
    is_dark = "document.body.classList.contains('dark')"
    assert page.evaluate(is_dark) is dark, "the system's, until somebody chooses"
    for chosen in (not dark, dark):
        page.get_by_role("button", name="Light / dark").click()
        assert page.evaluate(is_dark) is chosen
        page.reload()
        page.locator("#play-setup form").wait_for()
        assert page.evaluate(is_dark) is chosen
    assert errors == []


def test_a_slider_moved_quickly_ends_where_it_was_left(chromium, address):
    page, errors = person.open_page(chromium, address)
    page.get_by_role("tab", name="Environments").click()
    page.get_by_role("button", name="Look at cart building").click()
    page.locator("#gallery-example summary", has_text="cart_building-v0/d3/s7").wait_for()
    page.locator("#ex-axis").select_option("H_orders")
    page.locator("#gallery-example h3", has_text="as H_orders grows").wait_for()
    page.locator("#ex-level").focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.locator("label[for=ex-level]").inner_text() == "H_orders as at difficulty 12: 7", "without the server"
    page.locator("#gallery-example summary", has_text="cart_building-v0/d3/s7?H_orders=7").wait_for()
    page.wait_for_timeout(500)
    assert page.locator("#ex-level").input_value() == "12", "no answer moves it back"
    assert page.evaluate("document.activeElement.id") == "ex-level"
    assert "H_orders=7" in page.locator("#gallery-example summary").first.inner_text()
    assert errors == []


def test_nothing_is_wider_than_a_phone_and_axe_finds_nothing_there(chromium, address):
    page, errors = person.open_page(chromium, address, size=person.NARROW)
    person.play_a_cart(page)
    found = {}
    for tab in TABS:
        person.tab(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= person.NARROW["width"], tab
        if wrong := violations(page):
            found[tab] = wrong
    assert found == {}
    assert errors == []

"""What a person does in the studio, in a real browser, step by step: for tests, and for the pictures in the docs."""

from contextlib import contextmanager
from shutil import which

from playwright.sync_api import Page, sync_playwright

WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
PATIENCE = 60_000
"""Milliseconds: the machine may be busy."""


@contextmanager
def browser():
    """Start the system's Chromium."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


def open_page(
    started, address: str, *, size=WIDE, dark: bool = False, shows="#play-setup form"
) -> tuple[Page, list[str]]:
    """Open the studio; returns the page, and a list to which its errors are added."""
    context = started.new_context(viewport=size, color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(address)
    page.locator(shows).first.wait_for()
    return page, errors


def tab(page: Page, name: str) -> None:
    """Go to a tab; those that a narrow screen has no room for are behind "…"."""
    wanted = page.get_by_role("tab", name=name)
    if not wanted.is_visible():
        page.locator(".overflow-menu > button").click()
        wanted = page.locator(".overflow-dropdown button", has_text=name)
    wanted.click()
    page.locator("[role=tabpanel]:visible .studio").first.wait_for()


def play_a_cart(page: Page) -> None:
    """Build the cart of cart_building-v0/d0/s7 up to handing it in."""
    page.locator("#play-setup").get_by_role("button", name="Begin").click()
    page.locator("#play-log .say.customer").first.wait_for()
    page.locator("summary", has_text="user.get_visit_history").click()
    page.get_by_role("button", name="Call user.get_visit_history").click()
    card = page.locator("#play-log .product", has_text="looked at 1 day ago")
    card.get_by_role("button", name="to the cart").click()
    page.locator("#play-world .lines li").first.wait_for()


def hand_in(page: Page) -> None:
    """Hand in, and wait for the verdict."""
    page.locator("summary", has_text="Hand in").click()
    page.get_by_role("button", name="Hand in and be judged").click()
    page.locator("#play-log .verdict").first.wait_for()


def watch(page: Page) -> None:
    """Watch the expert for some turns of a long episode, and pause."""
    tab(page, "Watch")
    page.locator("#watch-d").fill("12")
    page.locator("#watch-setup").get_by_role("button", name="Begin").click()
    controls = page.locator("#watch-controls")
    controls.get_by_role("button", name="Play").click()
    controls.get_by_role("button", name="Pause").wait_for()
    page.locator("#watch-log .turn").nth(1).wait_for()
    controls.get_by_role("button", name="Pause").click()
    controls.get_by_role("button", name="Play").wait_for()


def take_over(page: Page) -> None:
    """Take the expert's place before the second turn."""
    page.get_by_role("button", name="Take over before turn 2").click()
    page.locator("#play-setup .name", has_text="cart_building-v0/d12/s7").wait_for()


def compare(page: Page, first: str, second: str) -> None:
    """Open two runs side by side and read the first episode of the failed ones."""
    tab(page, "Trajectories")
    page.locator("#runs-run").select_option(first)
    page.locator("#runs-with").select_option(second)
    page.locator("#runs-list .tally", has_text=second).wait_for()
    page.locator("#runs-outcome").select_option("passed")
    page.locator("#runs-outcome option[value=passed][selected]").wait_for(state="attached")
    page.locator("#runs-list .line").first.click()
    page.locator("#runs-reader .verdict").nth(1).wait_for()

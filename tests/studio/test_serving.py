"""The studio as a server: nobody sees another's episode, nobody is sent a goal before the end, answers are quick."""

import re
import resource
import statistics
import subprocess
import sys
import time

import pytest
from tests.studio.talking import Person, running

from ecom_rlve.apps.options import env_names
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.watch_tab import _go_on
from ecom_rlve.apps.studio.watching import begin_show
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.runs import Shop

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with running(tmp_path_factory.mktemp("runs"), "--size", "2000") as (address, _):
        yield address


def named(env, d, seed):
    return {"env": env, "difficulty": str(d), "seed": str(seed), "axes": ""}


def secrets(spec):
    """Return what only the goal tells: ids and titles of what is wanted that the opening does not show."""
    env = Env(embedded(2_000))
    env.reset(spec)
    text = repr(env.episode.goal)
    return {found for found in re.findall(r"\b[A-Z]{1,2}[0-9A-Z]{6}\b", text) if any(c.isdigit() for c in found)}


@pytest.mark.parametrize("env", env_names("all"))
def test_nothing_that_is_sent_holds_the_goal_before_the_end(address, env):
    person = Person(address, f"leak-{env}")
    person.ask("play-setup", "begin", named(env, 3, 5))
    person.ask("play-log", "say", {"text": "Is there anything else I should know?"})
    ids = secrets(EpisodeSpec(env, 3, 5))
    sent = "\n".join(person.traffic)
    assert not [i for i in ids if i in sent]
    for word in ("oracle’s way", "Reveal the hidden goal", "What the verdict found wrong"):
        assert word not in sent


def test_the_same_search_for_secrets_finds_them_once_it_is_over(address):
    person = Person(address, "control")
    person.ask("play-setup", "begin", named("cart_building-v0", 3, 5))
    after = person.ask("play-log", "form", {}, tool="submit")["play-log"]
    assert "Reveal the hidden goal" in after
    assert "oracle’s way" in after
    ids = secrets(EpisodeSpec("cart_building-v0", 3, 5))
    assert ids
    assert [i for i in ids if i in after]


def test_ten_people_at_once_do_not_see_each_other(address):
    people = [Person(address, f"person-{n}") for n in range(10)]
    opened = [p.ask("play-setup", "begin", named("cart_building-v0", 0, n))["play-log"] for n, p in enumerate(people)]
    assert len(set(opened)) == 10
    for n, person in enumerate(people):
        person.ask("play-log", "say", {"text": f"This is person number {n} speaking."})
    for n, person in enumerate(people):
        log = person.ask("play-log", "use", tool="datetime.now")["play-log"]
        assert re.findall(r"person number (\d)", log) == [str(n)]


def test_a_turn_is_answered_quickly(address):
    person = Person(address, "quick")
    person.ask("play-setup", "begin", named("cart_building-v0", 6, 1))
    took = []
    for query in ("laptop", "red shirt", "kettle", "usb charger", "tent"):
        began = time.perf_counter()
        person.ask("play-log", "form", {"query": query}, tool="catalog.search")
        took.append(time.perf_counter() - began)
    print(f"a turn takes {1000 * statistics.median(took):.0f} ms in the middle, {1000 * max(took):.0f} ms at most")
    assert min(took) < 0.3


def test_a_show_that_is_paused_and_goes_on_at_once_is_not_played_twice():
    show = begin_show(Shop(2_000), EpisodeSpec("cart_building-v0", 6, 1), "expert", {})
    first = _go_on(Wish("play"), show)
    next(first)
    assert len(list(_go_on(Wish("pause"), show))) == 1
    second = _go_on(Wish("play"), show)
    next(second)
    assert list(first) == [], "who played before the pause has stopped"
    next(second)
    assert len(show.env.episode.turns) == 3


def test_a_pause_is_shown_though_a_turn_was_on_its_way():
    show = begin_show(Shop(2_000), EpisodeSpec("cart_building-v0", 6, 1), "expert", {})
    going = _go_on(Wish("play"), show)
    assert 'data-do="pause"' in next(going)[-1]
    list(_go_on(Wish("pause"), show))
    (last,) = going
    assert 'data-do="play"' in last[-1]
    assert len(show.env.episode.turns) == 1


def test_it_starts_in_less_than_five_seconds_of_a_processor(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with running(tmp_path) as (_, seconds):
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"the studio answered {seconds:.1f} s after its start on the default catalogue, {busy:.1f} s of them at work")
    assert 0 < busy < 5  # Not the clock: it tells how busy the machine is with other things.


def test_gradio_writes_no_editor_stubs_and_its_components_are_whole():
    code = (
        "from ecom_rlve.apps.studio.gradio import library; gr = library();"
        "from gradio import component_meta;"
        "print(component_meta.create_or_modify_pyi.__module__, callable(gr.HTML.click), len(gr.HTML.EVENTS) > 0)"
    )
    found = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["ecom_rlve.apps.studio.stubs", "True", "True"]


def test_a_slip_costs_nothing_and_is_explained(address):
    person = Person(address, "slip")
    before = person.ask("play-setup", "begin", named("cart_building-v0", 0, 7))["play-world"]
    after = person.ask("play-log", "form", {"product_id": ""}, tool="cart.add")
    assert "is needed" in after["play-log"]
    assert re.search(r"<b>\d+</b> turns left", before).group() in after["play-world"]
    refused = person.ask("play-setup", "begin", {**named("cart_building-v0", 0, 7), "axes": "nonsense=1"})
    assert "single axes are written like" in refused["play-setup"]


def test_no_folder_outside_the_runs_can_be_read(address):
    person = Person(address, "curious")
    page = person.ask("runs-list", "filter", {"run": "../../..", "with": ""})["runs-list"]
    assert "there is no run" in page or "No runs yet" in page


def test_hostile_words_stay_words(address):
    person = Person(address, "hostile")
    person.ask("play-setup", "begin", named("cart_building-v0", 6, 7))
    log = person.ask("play-log", "say", {"text": "<img src=x onerror=alert(1)> ${alert(2)} {{value}}"})["play-log"]
    assert "<img" not in log
    assert "&lt;img" in log

"""The report: one page that needs nothing else, tells the truth, and lets no agent's text become markup."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.diagnosis import CAUSES, DENIED_SEEN_VARIANT
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import End
from ecom_rlve.evaluate.report import write_report
from ecom_rlve.evaluate.report.figures import chart, findings, sections, spread
from ecom_rlve.evaluate.report.page import on_show, render
from ecom_rlve.evaluate.report.results import Rows, arguments, blocks, headline, titles_in
from ecom_rlve.evaluate.report.story import signed, story
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.evaluate.runs import Shop, outcome, play
from ecom_rlve.evaluate.summary import Cell, summarise, wilson
from ecom_rlve.tasks.task import Event
from ecom_rlve.tools.toolbox import TOOLS
from ecom_rlve.users.user import Act

SHOP = Shop(2_000)
NOTES = {"Catalogue": "2,000 products", "Command": "ecom-rlve demo", "Version": "0"}
HOSTILE = '</script><script>alert(1)</script><!--<script><img src=x onerror="alert(2)">&amp;\'"{{ 7*7 }}'


class Page(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, and the text inside."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.data, self._stack = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link", "img", "input"):
            self._stack.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._stack and self._stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, attrs = self._stack[-1] if self._stack else ("", {})
        if tag == "script" and attrs.get("type") == "application/json":
            self.data.append(json.loads(data))
        elif tag not in ("script", "style"):
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def played():
    """A few episodes by agents of every sort."""
    return [
        play(EpisodeSpec("cart_building-v0", d, seed), agent, SHOP)
        for agent in ("oracle", "first_result", "everything", "only_asks", "silent")
        for d in (0, 6)
        for seed in range(3)
    ]


@pytest.fixture(scope="module")
def html(played):
    return render("A run", summarise(played), played, notes=NOTES)


def told_by(actions, spec="cart_building-v0/d6/s1"):
    """Return the outcome of an episode in which the agent does just this, then hands in."""
    env = Env(SHOP.open())
    env.reset(spec)
    for action in [*actions, {"answer": {"done": True}}]:
        if not env.episode.is_over:
            env.step(action)
    return outcome(env, "tester", SHOP)


def page_of(episodes, **more):
    return Page(render(more.get("title", "T"), summarise(episodes), episodes, notes=more.get("notes", NOTES)))


def test_every_cause_end_act_and_event_is_explained_and_nothing_else():
    assert set(words().causes) == set(CAUSES)
    assert set(words().flags) == {DENIED_SEEN_VARIANT}
    assert set(words().ends) == set(get_args(End))
    assert set(words().acts) == set(get_args(Act))
    assert set(words().events) == set(get_args(get_type_hints(Event)["kind"]))


def test_the_page_needs_no_network(html):
    page = Page(html)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", html.replace("/*", ""))
    for tag in ("link", "img", "iframe", "object", "embed", "audio", "video", "base"):
        assert page.all(tag) == []
    assert all("src" not in attrs for attrs in page.all("script"))
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")


def test_the_same_run_makes_the_same_bytes(played, html, tmp_path):
    for name in ("a.html", "b/c/d.html"):
        write_report(tmp_path / name, "A run", summarise(played), played, notes=NOTES)
        assert (tmp_path / name).read_bytes() == html.encode()


def test_a_report_is_written_whole_or_not_at_all(played, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the one before")
    broken = [*played[:2], replace(played[2], lines=())]
    with pytest.raises(ValueError, match="has no trace"):
        write_report(path, "T", summarise(broken), broken, notes=NOTES)
    assert path.read_text() == "the one before"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_run_without_anything_to_show_still_makes_a_page():
    page = Page(render("Nothing", [], [], notes={}))
    assert "0 episodes, 0 agents" in page.words
    assert page.data == []


def test_tables_have_headers_and_details_have_summaries(html):
    page = Page(html)
    bodies = [Page(data["body"]) for data in page.data]
    for each in (page, *bodies):
        assert all(attrs.get("scope") in ("col", "row") for attrs in each.all("th"))
        assert len(each.all("details")) == len(each.all("summary"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {attrs["href"][1:] for attrs in page.all("a")}
    assert targets <= set(ids)


def test_what_an_agent_writes_never_becomes_markup():
    episodes = [
        told_by([{"assistant_message": HOSTILE, "tool_calls": [], "answer": None}]),
        told_by([{"tool_calls": [{"name": "catalog.search", "args": {"query": HOSTILE}}]}]),
        told_by([{"tool_calls": [{"name": "cart.remove", "args": {"line_id": HOSTILE}}]}]),
        told_by([HOSTILE]),
        told_by([{"tool_calls": [{"name": HOSTILE, "args": {}}]}]),
    ]
    episodes = [replace(e, agent=f"{HOSTILE} {i}") for i, e in enumerate(episodes)]
    page = page_of(episodes, title=HOSTILE, notes={HOSTILE: HOSTILE})
    plain = page_of([play(EpisodeSpec("cart_building-v0", 0, 0), "silent", SHOP)])
    running = [attrs for attrs in page.all("script") if attrs.get("type") != "application/json"]
    assert len(running) == len([a for a in plain.all("script") if a.get("type") != "application/json"]) == 1
    assert len(page.data) == len(episodes)
    for each in (page, *(Page(data["body"]) for data in page.data)):
        assert each.all("img") == []
        assert not any(name.startswith("on") for _, attrs in each.elements for name in attrs)
    assert all(Page(data["body"]).all("script") == [] for data in page.data)
    for told in (page, *(Page(data["body"]) for data in page.data[:4])):
        assert HOSTILE in told.words
    refusal = page.data[2]["raw"][0][0]["message"]
    assert HOSTILE[:40] in refusal, "raw results quote the agent too"


def test_text_that_no_file_can_hold_does_not_stop_the_report(tmp_path):
    odd = told_by([{"assistant_message": "ok", "tool_calls": [], "answer": None}, '{"answer": "\\ud800"}'])
    lines = [line.replace('"ok"', '"\\ud800"') for line in odd.lines]
    write_report(tmp_path / "r.html", "T", summarise([odd]), [replace(odd, lines=tuple(lines))], notes=NOTES)
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count("<details") > 1


def cell(agent, difficulty, correct, n, reward=0.0, causes=(), invalid=0):
    return Cell(agent, "cart_building-v0", difficulty, n, invalid, correct, reward, 3.0, 4.0, dict(causes))


def test_the_table_shows_rate_interval_and_reward():
    page = Page(render("T", [cell("a", 0, 8, 10, 0.61), cell("b", 3, 0, 0, invalid=2)], [], notes=NOTES))
    low, high = (f"{100 * bound:.0f}" for bound in wilson(8, 10))
    assert (low, high) == ("49", "94")
    assert f"80 % {low}–{high} +0.610" in page.words
    assert page.words.count("not played") == 2
    assert "2 invalid through a fault of ours" in page.words


def test_findings_are_said_in_sentences():
    cells = [cell("a", 0, 9, 10), cell("a", 6, 4, 10), cell("b", 0, 10, 10), cell("b", 6, 10, 10)]
    cells += [cell("c", 0, 0, 10), cell("d", 6, 0, 10), cell("e", 0, 0, 0, invalid=3)]
    (section,) = sections(cells)
    assert section.findings == (
        "a passes 90% at difficulty 0 and 40% at 6.",
        "b passes 100% at every difficulty.",
        "c and d never pass.",
    )
    assert findings(section.rows[2:3]) == ("c never passes.",)


def test_a_better_reward_stands_higher_and_a_harder_level_further_right():
    cells = [cell("a", 0, 5, 5, 0.9), cell("a", 3, 2, 5, 0.1), cell("a", 9, 0, 5, -1.0), cell("b", 3, 0, 5, -0.4)]
    drawn = chart(cells, ["a", "b"], width=900, height=400, label_width=120)
    a, b = drawn.curves
    xs, ys = zip(*a.points, strict=True)
    assert list(xs) == sorted(xs)
    assert xs[1] - xs[0] == pytest.approx((xs[2] - xs[0]) / 3), "the axis is to scale"
    assert ys[0] == pytest.approx(drawn.best_y)
    assert ys == tuple(sorted(ys))
    assert b.points[0][0] == xs[1]
    assert (a.series, b.series) == (0, 1)
    zero = next(y for y, label in drawn.ticks_y if label == "0")
    assert ys[1] < zero < b.points[0][1]


def test_a_single_difficulty_can_be_drawn():
    drawn = chart([cell("a", 4, 1, 2, 0.2)], ["a"], width=300, height=200, label_width=80)
    assert [label for _, label in drawn.ticks_x] == [4]


def test_an_agent_without_a_valid_episode_has_no_line():
    drawn = chart([cell("a", 0, 0, 0, invalid=1), cell("b", 0, 1, 1, 0.9)], ["a", "b"], 300, 200, 80)
    assert [curve.agent for curve in drawn.curves] == ["b"]


@given(st.lists(st.floats(0, 300), max_size=12))
def test_labels_keep_apart_in_their_order_and_inside(heights):
    placed = spread(heights, 15.0, 0.0, 300.0)
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    in_order = [placed[i] for i in order]
    assert all(b - a >= 15.0 - 1e-6 for a, b in pairwise(in_order))
    assert all(-1e-6 <= y <= 300.0 + 1e-6 for y in placed)


def test_labels_that_have_room_stay_where_they_are():
    assert spread([100.0, 10.0, 200.0], 15.0, 0.0, 300.0) == [100.0, 10.0, 200.0]
    assert spread([100.0, 100.0], 10.0, 0.0, 300.0) == [95.0, 105.0]


def test_bars_count_causes_over_all_difficulties():
    (section,) = sections(
        [cell("a", 0, 1, 4, causes={"gave_up": 3}), cell("a", 3, 0, 4, causes={"gave_up": 1, "format": 3})]
    )
    (bars,) = section.bars
    assert (bars.failed, bars.played) == (7, 8)
    assert bars.bars == (("gave_up", 4, 0.5), ("format", 3, 0.375))


def test_an_episode_is_told_in_full(played):
    oracle = next(o for o in played if o.agent == "oracle" and o.spec.difficulty == 6)
    told = story(oracle)
    body = Page(Page(render("T", summarise([oracle]), [oracle], notes=NOTES)).data[0]["body"])
    for line in map(json.loads, oracle.lines[1:-1]):
        said = line["text"] if line["kind"] == "opening" else (line["customer"] or {"text": ""})["text"]
        assert " ".join(said.split()) in body.words
        for call in line.get("action", {}).get("tool_calls", ()):
            assert call["name"] in body.words
    assert body.words.count("hands in") == 1
    assert "Reward +0.900" in body.words
    assert "passed The agent handed in." in body.words
    assert len(told.turns) == oracle.turns
    assert f"ecom-rlve play {oracle.spec} --watch oracle --size 2000" in body.words


def test_cards_are_tables_and_raw_results_stand_beside_them(played):
    oracle = next(o for o in played if o.agent == "oracle" and "catalog.search" in "".join(o.lines))
    page = Page(render("T", summarise([oracle]), [oracle], notes=NOTES))
    recorded = [json.loads(line) for line in oracle.lines[2:-1]]
    assert page.data[0]["raw"] == [[r["result"] for r in turn["results"]] for turn in recorded]
    body = Page(page.data[0]["body"])
    for turn in recorded:
        for result in turn["results"]:
            for card in result["result"].get("results", ()):
                assert f"{card['title']} {card['brand']} ${card['price']} {card['rating']} ★" in body.words


def test_the_cart_is_shown_where_it_changed_and_only_there():
    env = Env(SHOP.open())
    env.reset("cart_building-v0/d6/s1")
    env.step({"tool_calls": [{"name": "catalog.search", "args": {"query": "mug"}}]})
    product = env.episode.turns[0].results[0].view.results[0].product_id
    view, add = ToolCall("cart.view", {}), ToolCall("cart.add", {"product_id": product})
    for calls in ([view], [add], [view], [add, add], [ToolCall("cart.remove", {"line_id": "LN1"})]):
        env.step({"tool_calls": [{"name": c.name, "args": c.args} for c in calls]})
    env.step({"answer": {"done": True}})
    told = story(outcome(env, "tester", SHOP))
    carts = [turn.cart for turn in told.turns]
    assert [cart is not None for cart in carts] == [False, False, True, False, True, True, *[False] * (len(carts) - 6)]
    assert [row[-3] for row in carts[4].rows] == ["3"]
    assert carts[5].rows == ()


def test_what_an_id_stands_for_is_said_where_it_is_used():
    env = Env(SHOP.open())
    env.reset("cart_building-v0/d0/s0")
    env.step({"tool_calls": [{"name": "catalog.search", "args": {"query": "mug"}}]})
    card = env.episode.turns[0].results[0].view.results[0]
    env.step({"tool_calls": [{"name": "catalog.get_product", "args": {"product_id": card.product_id}}]})
    env.step({"answer": {"done": True}})
    told = story(outcome(env, "tester", SHOP))
    assert told.turns[1].calls[0].summary == f"{card.product_id} ({card.title})"
    assert told.turns[0].calls[0].summary == "“mug”"


def test_a_refusal_is_told_with_its_sentence():
    told = story(told_by([{"tool_calls": [{"name": "cart.remove", "args": {"line_id": "LN7"}}]}]))
    (call,) = told.turns[0].calls
    assert (call.headline, call.error, call.blocks) == ("not_found", "There is no line 'LN7' in the cart.", ())


def test_parts_of_the_reward_add_up_to_it(played):
    for each in played:
        told = story(each).verdict
        assert told.parts or each.end == "hard_failure"
        if told.parts:
            assert sum(part.worth for part in told.parts) == pytest.approx(each.reward)
            assert [part.start for part in told.parts] == pytest.approx(
                [sum(p.worth for p in told.parts[:i]) for i in range(3)]
            )


def test_a_hard_failure_has_a_reason_and_no_sum():
    broken = told_by(["not an action"])
    told = story(broken)
    assert (told.verdict.total, told.verdict.parts) == ("−1.000", ())
    assert told.turns[-1].raw == "not an action"
    body = page_of([broken]).data[0]["body"]
    assert "could not be read" in Page(body).words
    assert words().causes["format"] in Page(body).words
    assert told.verdict.detail


def test_an_invalid_episode_is_called_a_fault_of_ours():
    class Broken:
        def __init__(self, real):
            self.open = real.open

        def respond(self, *args):
            raise RuntimeError("a bug of ours")

    env = Env(SHOP.open())
    env.user = Broken(env.user)
    env.reset("cart_building-v0/d0/s0")
    env.step({"assistant_message": "Hello", "tool_calls": [], "answer": None})
    episode = outcome(env, "tester", SHOP)
    told = story(episode)
    assert (told.result, told.verdict.total, told.verdict.parts) == ("invalid", "invalid", ())
    page = page_of([episode])
    assert "1 invalid through a fault of ours" in page.words
    assert "a bug of ours" in Page(page.data[0]["body"]).words


def test_the_hidden_goal_is_revealed_where_the_trace_tells_it(played):
    fixed, *_ = played
    goal = [
        {"noun": "mug", "facts": ["brand Lumera", "at most $20"], "title": "A <Mug>", "variant": "red", "quantity": 2}
    ]
    end = {**json.loads(fixed.lines[-1]), "goal": goal}
    revealing = replace(fixed, lines=(*fixed.lines[:-1], json.dumps(end)))
    body = Page(page_of([revealing]).data[0]["body"])
    assert "Reveal the hidden goal mug : A <Mug>" in body.words.replace("mug:", "mug :")
    for text in ("brand Lumera", "at most $20", "variant red", "units 2"):
        assert text in body.words
    silent = {key: value for key, value in end.items() if key != "goal"}
    without = replace(fixed, lines=(*fixed.lines[:-1], json.dumps(silent)))
    assert "Reveal" not in Page(page_of([without]).data[0]["body"]).words


def test_those_on_show_are_one_that_passed_and_one_that_failed(played):
    shown = on_show([story(each) for each in played])
    assert [told.result for told in shown] == ["passed", "failed"]
    assert all(len(told.turns) <= 9 for told in shown)


def test_every_episode_can_be_addressed_by_a_key_of_its_own(played):
    odd = replace(played[0], spec=EpisodeSpec("cart_building-v0", 0, 0, {"p_oos": 0.5, "eps_rank": 0.1}))
    keys = [story(each).key for each in (*played, odd)]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[\w.=-]+", key) for key in keys)


def test_every_tool_is_shown_without_json():
    env = Env(SHOP.open())
    env.reset("cart_building-v0/d20/s3")
    env.step({"tool_calls": [{"name": "catalog.search", "args": {"query": "mug"}}]})
    product = env.episode.turns[0].results[0].view.results[0].product_id
    args = {"catalog.search": {"query": "lamp"}, "catalog.rerank": {"product_ids": [product], "query": "mug"}}
    args |= {name: {"product_id": product} for name in ("catalog.get_product", "catalog.get_variants", "cart.add")}
    args |= {"cart.set_quantity": {"line_id": "LN1", "quantity": 2}, "cart.remove": {"line_id": "LN1"}}
    for name in TOOLS:
        env.call(ToolCall(name, args.get(name, {})))
    results = {
        r.name: r.json() for r in (*(r for t in env.episode.turns for r in t.results), *env.episode.open_turn.results)
    }
    assert set(results) == set(TOOLS)
    for name, brought in results.items():
        assert "error" not in brought, name
        assert headline(brought), name
        for block in blocks(brought):
            values = [v for row in block.rows for v in row] if isinstance(block, Rows) else [v for _, v in block.pairs]
            assert not any(sign in value for value in values for sign in "{}[]"), name
    assert headline(results["catalog.search"]) == f"{results['catalog.search']['total']} matches, 10 shown"
    assert headline(results["cart.add"]).startswith("1 line, $")


def test_filters_are_written_as_people_write_conditions():
    filters = {
        "price": {"min": 10, "max": 24.5},
        "brand": "Lumera",
        "color": {"in": ["black", "white"]},
        "weight": {"max": 0.3},
    }
    args = {"query": "mug", "filters": filters, "sort": "price"}
    assert arguments(args, {}) == (
        "“mug”, price ≥ $10.00 and price ≤ $24.50, brand = Lumera, color is one of black or white, weight ≤ 0.3 kg, "
        "sort price"
    )


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [[]], {"a": [1, {"b": None}]}, {"results": [{}, {"x": {}}]}])
def test_anything_that_is_json_can_be_shown(value):
    assert isinstance(headline(value), str)
    assert isinstance(blocks(value), tuple)
    assert isinstance(titles_in(value), dict)


def test_rewards_are_written_with_their_sign():
    assert [signed(v) for v in (0.9, -0.9, 0.0, -0.0, -0.0001)] == ["+0.900", "−0.900", "0.000", "0.000", "0.000"]


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


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_browser_draws_the_episode_that_the_address_names(played, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, "A run", summarise(played), played, notes=NOTES)
    named = story(played[-1])
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{path.as_uri()}#{named.key}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    drawn = re.search(rf'<details[^>]* id="{re.escape(named.key)}"[^>]* open="">(.*?)<script', done.stdout, re.DOTALL)
    assert drawn is not None
    assert "Customer" in drawn[1]
    assert words().causes["out_of_turns"] in drawn[1]
    assert f"{len(played)} of {len(played)}" in done.stdout, "the filters were set up"

"""The report: one page that needs nothing else, tells the truth, and lets no agent's text become markup."""

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args, get_type_hints

import pytest

from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.wilson import wilson
from ecom_rlve.env.diagnosis import CAUSES, DENIED_SEEN_VARIANT
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import End
from ecom_rlve.evaluate.report import write_report
from ecom_rlve.evaluate.report.page import on_show, render
from ecom_rlve.evaluate.report.story import signed, story
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.evaluate.runs import Shop, outcome, play
from ecom_rlve.evaluate.summary import Cell, summarise
from ecom_rlve.tasks.task import Event
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
        if tag == "script" and attrs.get("type") == "text/plain":
            self.data.append(json.loads(zlib.decompress(base64.urlsafe_b64decode(data), wbits=-zlib.MAX_WBITS)))
        elif tag not in ("script", "style"):
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


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


def test_the_table_shows_rate_interval_and_reward():
    page = Page(
        render(
            "T",
            [
                Cell("a", "cart_building-v0", 0, 10, 0, 8, 0.61, 3.0, 4.0, {}),
                Cell("b", "cart_building-v0", 3, 0, 2, 0, 0.0, 0.0, 0.0, {}),
            ],
            [],
            notes=NOTES,
        )
    )
    low, high = (f"{100 * bound:.0f}" for bound in wilson(8, 10))
    assert (low, high) == ("49", "94")
    assert f"80 % {low}–{high} +0.610" in page.words
    assert page.words.count("not played") == 2
    assert "2 invalid through a fault of ours" in page.words


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
    running = [attrs for attrs in page.all("script") if attrs.get("type") != "text/plain"]
    assert len(running) == len([a for a in plain.all("script") if a.get("type") != "text/plain"]) == 1
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


def test_rewards_are_written_with_their_sign():
    assert [signed(v) for v in (0.9, -0.9, 0.0, -0.0, -0.0001)] == ["+0.900", "−0.900", "0.000", "0.000", "0.000"]

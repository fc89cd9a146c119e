"""What the studio is made of, without a browser and without Gradio: forms, shelves, seats, shows, charts, readers."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.apps.options import env_names
from ecom_rlve.apps.play.commands import TypingError
from ecom_rlve.apps.studio.forms import form, known_ids, read
from ecom_rlve.apps.studio.library import Filter, Library, episode_key, pairs
from ecom_rlve.apps.studio.live import live, world_shown
from ecom_rlve.apps.studio.metrics import read_training, training_runs
from ecom_rlve.apps.studio.pages import head, render
from ecom_rlve.apps.studio.plot import Series, chart, round_ticks, share_over
from ecom_rlve.apps.studio.seat import answer_form, sit_down, tool_forms
from ecom_rlve.apps.studio.setting import FIRST, Setting, spec_of
from ecom_rlve.apps.studio.shelf import shelf
from ecom_rlve.apps.studio.watching import begin_show
from ecom_rlve.core.errors import EndpointError, SpecError, TraceError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.progress import METRICS
from ecom_rlve.env.trace import write_trace
from ecom_rlve.evaluate.runs import Shop, play
from ecom_rlve.tools.toolbox import TOOLS

SHOP = Shop(2_000)
NAMED = {"env": "cart_building-v0", "difficulty": "0", "seed": "7"}


@pytest.fixture
def seat():
    return sit_down(SHOP, FIRST)


def test_every_tool_and_every_answer_has_a_form_whose_fields_are_explained():
    forms = tool_forms()
    assert [f.name for f in forms] == list(TOOLS)
    for env in env_names("all"):
        forms.append(answer_form(sit_down(SHOP, EpisodeSpec(env, 0, 1)).env))
    assert all(field.hint for each in forms for field in each.fields)


def test_what_is_typed_becomes_arguments_of_the_right_type():
    search = next(f for f in tool_forms() if f.name == "catalog.search")
    typed = {"query": "mouse", "filters": "price<=30 color=black,white", "top_k": "5"}
    args = read(search, typed)
    assert args["filters"] == {"price": {"max": 30.0}, "color": {"in": ["black", "white"]}}
    assert args["top_k"] == 5
    TOOLS["catalog.search"].check(args)
    rerank = next(f for f in tool_forms() if f.name == "catalog.rerank")
    assert read(rerank, {"product_ids": "P1, P2 P3"}) == {"product_ids": ["P1", "P2", "P3"]}
    with pytest.raises(TypingError, match="product ids"):
        read(rerank, {})
    with pytest.raises(TypingError, match="whole number"):
        read(search, {"query": "x", "top_k": "many"})


def test_a_value_may_be_a_number_yes_or_words():
    schema = {"properties": {"value": {"anyOf": [{"type": "string"}, {"type": "boolean"}, {"type": "number"}]}}}
    answer = form("submit", "Hand in", "", schema)
    assert [read(answer, {"value": t})["value"] for t in ("30", "yes", "No", "2.5", "free")] == [
        30,
        True,
        False,
        2.5,
        "free",
    ]


def test_a_cart_is_built_to_the_best_reward(seat):
    seat.use("user.get_visit_history", {})
    shown = shelf(seat.results()[-1])
    assert shown.cards
    assert not shown.blocks
    yesterday = next(c for c in shown.cards if c.note == "looked at 1 day ago")
    assert seat.known()["product_id"][yesterday.id] == yesterday.title
    seat.use("cart.add", {"product_id": yesterday.id})
    seat.fill_in("submit", {})
    assert seat.episode.verdict.reward.r_task == 1.0
    assert seat.oracles_way().reward == pytest.approx(0.9)
    with pytest.raises(TypingError, match="over"):
        seat.say("hello?")


def test_a_step_back_is_the_episode_as_it_stood(seat):
    before = seat.episode
    with pytest.raises(TypingError, match="nothing to take back"):
        seat.step_back()
    seat.use("datetime.now", {})
    seat.say("Anything else?")
    seat.step_back()
    seat.step_back()
    assert seat.episode is before


def test_slips_cost_nothing(seat):
    before = seat.episode
    for slip in (lambda: seat.say(" "), lambda: seat.use("cart.add", {}), lambda: seat.use("cart.steal", {}),
                 lambda: seat.fill_in("no.tool", {}), lambda: seat.hand_in({"nonsense": 1})):  # fmt: skip
        with pytest.raises(TypingError):
            slip()
    assert seat.episode is before


def test_orders_stay_out_of_sight_until_a_tool_shows_them():
    seat = sit_down(SHOP, EpisodeSpec("order_tracking-v0", 3, 1))
    assert seat.episode.world.orders
    assert world_shown(seat.episode.world, seat.episode.shown).orders == ()
    seat.use("order.list", {})
    assert world_shown(seat.episode.world, seat.episode.shown).orders


def test_events_and_acts_are_for_spectators_only():
    show = begin_show(SHOP, EpisodeSpec("cart_building-v0", 9, 3, {"p_switch": 1.0}), "expert", {})
    while not show.env.episode.is_over:
        show.step()
    agents, spectators = live(show.env.episode), live(show.env.episode, spectator=True)
    assert any(t.shown.events for t in spectators.turns)
    assert not any(t.shown.events for t in agents.turns)
    assert not any(t.shown.customer and t.shown.customer.act for t in agents.turns)


@pytest.mark.parametrize("agent", ["expert", "oracle", "random_tool"])
def test_a_show_is_the_episode_the_agent_plays(agent):
    spec = EpisodeSpec("cart_building-v0", 3, 7)
    show = begin_show(SHOP, spec, agent, {})
    while not show.env.episode.is_over:
        show.step()
    assert tuple(show.env.trace(agent, SHOP.json())) == play(spec, agent, SHOP).lines


def test_whoever_takes_over_leaves_the_show_as_it_was():
    show = begin_show(SHOP, EpisodeSpec("cart_building-v0", 3, 7), "expert", {})
    show.step()
    show.step()
    seat = show.take_over(2)
    assert len(seat.episode.turns) == 1
    seat.say("I am somebody else.")
    assert len(show.env.episode.turns) == 2
    assert len(show.take_over(0).episode.turns) == 2


def test_a_model_that_does_not_answer_leaves_the_episode_standing():
    def dead(env):
        def ask():
            raise EndpointError("nobody there")

        return iter(ask, None)

    show = begin_show(SHOP, FIRST, "model", {"model": dead})
    for _ in range(2):
        with pytest.raises(EndpointError):
            show.step()
    assert not show.env.episode.turns
    with pytest.raises(SpecError, match="unknown agent"):
        begin_show(SHOP, FIRST, "nobody", {})


def test_the_form_of_an_episode_says_what_is_wrong():
    assert str(spec_of({**NAMED, "axes": "p_missing=0.5, m=4"})) == "cart_building-v0/d0/s7?m=4&p_missing=0.5"
    for wrong in ({"axes": "x=1"}, {"seed": "many"}, {"env": "../.."}):
        with pytest.raises(SpecError):
            spec_of({**NAMED, **wrong})
    assert "p_missing=0.5" in Setting("play", "Begin").page(spec_of({**NAMED, "axes": "p_missing=0.5"}))


def test_pages_escape_what_an_agent_wrote(seat):
    seat.say("<script>alert(1)</script>")
    page = render(
        "log.html.jinja", live=live(seat.episode), playing=True, player="you", note="<b>", story=None, reference=None
    )
    assert "<script" not in page
    assert "&lt;b&gt;" in page
    assert "</style>" in head()


@pytest.fixture
def library(tmp_path):
    for name, agent in (("a", "expert"), ("deep/b", "first_result")):
        for seed in (1, 2):
            outcome = play(EpisodeSpec("cart_building-v0", 0, seed), agent, SHOP)
            write_trace(tmp_path / name / "traces" / f"{agent}{seed}.jsonl", outcome.lines)
    return Library(tmp_path)


def test_runs_are_filtered_read_and_paired(library):
    assert library.names() == ["a", "deep/b"]
    first, second = library.open("a"), library.open("deep/b")
    assert [o.spec.seed for o in first.episodes] == [1, 2]
    assert first.numbers(Filter(outcome="passed")) == [i for i, o in enumerate(first.episodes) if o.correct]
    found = pairs(first, second, Filter(), differing=False)
    assert [(first.episodes[p.first].spec, second.episodes[p.second].spec) for p in found] == [
        (o.spec, o.spec) for o in first.episodes
    ]
    differing = pairs(first, second, Filter(), differing=True)
    assert all(first.episodes[p.first].correct != second.episodes[p.second].correct for p in differing)
    assert first.find(episode_key(first.episodes[1])) == 1
    assert first.read(1).lines
    for outside in ("..", "/etc", "nothing"):
        with pytest.raises(TraceError, match="no run"):
            library.open(outside)


def test_a_training_run_is_read_as_far_as_it_has_come(tmp_path):
    second = {"difficulty": {"returns-v0": [0, 3]}, "pass": {"returns-v0": {"3": [1, 4]}}, "causes": {"wrong_line": 3}}
    lines = [{"step": 1, "reward": {"total": 0.1}}, {"step": 2, **second}, {"step": 1, "reward": {"total": 0.2}}]
    text = "\n".join(json.dumps(line) for line in lines) + '\nno json\n{"step": 3, "rew'
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / METRICS).write_text(text)
    assert training_runs(tmp_path) == ["run"]
    training = read_training(tmp_path, "run")
    assert [p.step for p in training.points] == [1, 2]
    assert training.unreadable == 1
    assert training.points[0].reward == {"total": 0.2}
    assert training.points[1].passed == {("returns-v0", 3): (1, 4)}
    assert read_training(tmp_path, "..") is None


def test_charts_stay_inside_their_frame_and_keep_the_last_point():
    points = tuple((float(i), float(i * i)) for i in range(1000))
    drawn = chart("t", "a", [Series("x", points), Series("nothing", ())])
    xs = [float(p.split(",")[0]) for p in drawn.drawn[0].line.split()]
    ys = [float(p.split(",")[1]) for p in drawn.drawn[0].line.split()]
    assert len(drawn.drawn) == 1
    assert max(xs) == drawn.right
    assert min(xs) == drawn.left
    assert 0 < min(ys) < max(ys) <= drawn.bottom
    assert chart("t", "a", [Series("nothing", ())]) is None
    assert [s.points for s in share_over([(1, {"a": 3, "b": 1}), (2, {})], 1)] == [((1, 0.75),)]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.booleans())
def test_ticks_span_what_is_drawn_evenly(low, length, whole):
    ticks = round_ticks(low, low + length, whole=whole)
    gaps = [after - before for before, after in pairwise(ticks)]
    assert 2 <= len(ticks) <= 7
    assert max(gaps) == pytest.approx(min(gaps))
    assert low - gaps[0] <= ticks[0] <= low + 1e-6 * gaps[0]
    assert low + length - 1e-6 * gaps[0] <= ticks[-1] <= low + length + gaps[0] * 1.001
    assert not whole or all(tick.is_integer() for tick in ticks)


def test_an_axis_has_round_numbers_and_as_few_decimals_as_they_need():
    windows = chart("t", "a", [Series("x", ((0, 0), (198, 6)))])
    assert [text for _, text in windows.ticks_y] == ["0", "2", "4", "6"]
    assert [text for _, text in windows.ticks_x] == ["0", "50", "100", "150"]
    assert windows.drawn[0].last == "6"
    reward = chart("t", "a", [Series("x", ((0, -0.1), (7, 0.4)))])
    assert [text for _, text in reward.ticks_y] == ["−0.1", "0.0", "0.1", "0.2", "0.3", "0.4"]
    assert reward.drawn[0].last == "0.40"


def test_ids_are_known_by_what_they_stand_for():
    known = known_ids([{"results": [{"product_id": "P1", "title": "Mug"}]}, {"lines": [{"product_id": "P1"}]}])
    assert known == {"product_id": {"P1": "Mug"}}

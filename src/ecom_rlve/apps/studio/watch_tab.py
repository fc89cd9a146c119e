"""The tab in which an agent plays and a person looks on: play, pause, one turn, and take over at any turn.

Shows an episode as `live` tells it; the goal and the verdict only once it is over.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from ecom_rlve.apps.studio import gradio, play_tab
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.live import live, options_of, world_shown
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.apps.studio.setting import FIRST, Setting, spec_of
from ecom_rlve.apps.studio.watching import Mover, Show, begin_show, names
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.evaluate.report.story import story
from ecom_rlve.evaluate.runs import Shop, outcome

PAUSE: Final = 0.8
"""Seconds between two turns: long enough to read a line."""
_SKIPS: Final = 5
Values = tuple[Any, ...]  # Any: values of Gradio components


def watch_tab(shop: Shop, models: dict[str, Mover], table: play_tab.Table, tabs: Any) -> None:
    """Lay out the tab and connect it.

    Args:
        shop: Where it plays.
        models: Models that can be watched, by name.
        table: The tab where somebody who takes over sits down.
        tabs: The tabs, so that they land there.
    """
    gr = gradio.library()
    setting = Setting("watch", "Begin", tuple(names(models)))
    show = gr.State(None)
    setup = gradio.panel(setting.page(), name="watch-setup")
    with gr.Row(elem_classes="table"):
        with gr.Column(scale=3, min_width=260):
            log = gradio.panel(render("watch_welcome.html.jinja"), name="watch-log")
        with gr.Column(scale=2, min_width=260):
            controls = gradio.panel(name="watch-controls")
            world = gradio.panel(name="watch-world")
    own = [show, setup, log, world, controls]
    everything = [*own, *table.all, tabs]
    gradio.on_wish(setup, partial(_begin, shop, models, setting), [], own)
    gradio.on_wish_stream(controls, _go_on, [show], own)
    for source in (log, controls):
        gradio.on_wish(source, _take_over, [show], everything)


def _begin(shop: Shop, models: dict[str, Mover], setting: Setting, wish: Wish) -> Values:
    skip = gradio.library().skip()
    spec = FIRST
    try:
        spec = spec_of(wish.fields)
        show = begin_show(shop, spec, wish.fields.get("agent", ""), models)
    except EcomRlveError as error:
        return skip, setting.page(spec, note=str(error)), skip, skip, skip
    return show, setting.page(spec, begun=True), *_seen(show)[2:]


def _go_on(wish: Wish, show: Show | None) -> Iterator[Values]:
    """Play one turn, or turn after turn until somebody pauses."""
    if show is None or wish.do not in ("play", "pause", "step"):
        return
    show.playing = wish.do == "play"
    show.asked += 1
    mine = show.asked
    if wish.do == "pause":
        yield _seen(show)
        return
    while True:
        note = _step(show)
        goes_on = show.playing = show.playing and not note and not show.env.episode.is_over
        yield _seen(show, note)
        if not goes_on:
            return
        time.sleep(PAUSE)
        if show.asked != mine:  # Somebody paused meanwhile, and perhaps let it go on.
            if not show.playing:
                yield _seen(show)  # What was on its way when they did may have come after their own answer.
            return


def _step(show: Show) -> str:
    """Play one turn and return what hindered it, empty if nothing did."""
    try:
        show.step()
    except EcomRlveError as error:
        return str(error)
    return ""


def _take_over(wish: Wish, show: Show | None) -> Values:
    gr = gradio.library()
    if show is None or wish.do != "take":
        return (gr.skip(),) * (_SKIPS + 7)
    show.playing, show.asked = False, show.asked + 1
    seat = show.take_over(int(wish.about.get("turn", "0")))
    return *_seen(show), *play_tab.shown(seat, anew=True), gr.Tabs(selected="play")


def _seen(show: Show, note: str = "") -> Values:
    """Return what the tab shows of a show; its setup stays as it is."""
    episode = show.env.episode
    finished = episode.is_over
    told = live(episode, spectator=True)
    log = render(
        "log.html.jinja",
        live=told,
        playing=False,
        player=show.agent,
        note=note,
        story=story(outcome(show.env, show.agent, show.shop)) if finished else None,
        reference=None,
    )
    seen = world_shown(episode.world, episode.shown)
    world = render("world.html.jinja", seat=None, live=told, world=seen, options=options_of)
    controls = render("controls.html.jinja", show=show, live=told)
    return show, gradio.library().skip(), log, world, controls

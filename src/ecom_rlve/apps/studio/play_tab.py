"""The tab in which a person is the agent: conversation, tools as forms, the world beside them, and the verdict.

What is shown of an episode comes from `live` while it goes on; the verdict and the goal only once it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ecom_rlve.apps.play.commands import TypingError
from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.live import live, options_of, world_shown
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.apps.studio.seat import Seat, answer_form, sit_down, tool_forms
from ecom_rlve.apps.studio.setting import FIRST, Setting, spec_of
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.report.story import story
from ecom_rlve.evaluate.runs import Shop

SETTING = Setting("play", "Begin")


@dataclass(frozen=True, slots=True)
class Table:
    """The tab's parts, for whoever wants to seat somebody there."""

    seat: Any  # Any: Gradio components, all of them
    setup: Any
    log: Any
    world: Any
    counter: Any
    known: Any

    @property
    def all(self) -> list[Any]:  # Any: Gradio components
        """All of them, in the order of `shown`."""
        return [self.seat, self.setup, self.log, self.world, self.counter, self.known]


def play_tab(shop: Shop) -> Table:
    """Lay out the tab and connect it; must be called inside a Gradio layout."""
    gr = gradio.library()
    seat = gr.State(None)
    setup = gradio.panel(SETTING.page(), name="play-setup")
    with gr.Row(elem_classes="table"):
        with gr.Column(scale=3, min_width=320):
            log = gradio.panel(_welcome(), name="play-log")
        with gr.Column(scale=2, min_width=300):
            world = gradio.panel(name="play-world")
            counter = gradio.panel(name="play-counter")
    known = gradio.panel(name="play-known")
    table = Table(seat, setup, log, world, counter, known)
    gradio.on_wish(setup, partial(_begin, shop), [], table.all)
    for source in (log, world, counter):
        gradio.on_wish(source, _move, [seat], table.all)
    return table


def shown(seat: Seat, note: str = "", *, anew: bool = False) -> tuple[Any, ...]:  # Any: values of components
    """Return everything the tab shows of a seat.

    Args:
        seat: Whose it is.
        note: A sentence about a slip.
        anew: Whether another episode was begun, so that forms must be made again; else what is typed in them stays.
    """
    skip = gradio.library().skip()
    episode = seat.episode
    told = live(episode, spectator=episode.is_over)
    finished = episode.is_over
    log = render(
        "log.html.jinja",
        live=told,
        playing=True,
        player=seat.player,
        note=note,
        story=story(seat.outcome()) if finished else None,
        reference=story(seat.oracles_way()) if finished else None,
    )
    world = world_shown(episode.world, episode.shown)
    beside = render("world.html.jinja", seat=seat, live=told, world=world, options=options_of)
    counter: Any = _counter(seat) if anew else skip
    setup: Any = SETTING.page(episode.spec, begun=True) if anew else skip
    return seat, setup, log, beside, counter, render("known.html.jinja", known=seat.known())


def begin(shop: Shop, spec: EpisodeSpec) -> tuple[Any, ...]:  # Any: values of components
    """Seat somebody at an episode; what cannot be begun is said in the form."""
    try:
        return shown(sit_down(shop, spec), anew=True)
    except EcomRlveError as error:
        return _refused(spec, str(error))


def _begin(shop: Shop, wish: Wish) -> tuple[Any, ...]:  # Any: values of components
    try:
        spec = spec_of(wish.fields)
    except EcomRlveError as error:
        return _refused(FIRST, str(error))
    return begin(shop, spec)


def _refused(spec: EpisodeSpec, why: str) -> tuple[Any, ...]:  # Any: values of components
    skip = gradio.library().skip()
    return skip, SETTING.page(spec, note=why), skip, skip, skip, skip


def _move(wish: Wish, seat: Seat | None) -> tuple[Any, ...]:  # Any: values of components
    skip = gradio.library().skip()
    if seat is None:
        return skip, skip, skip, skip, skip, skip
    note = ""
    was_over = seat.episode.is_over
    try:
        match wish.do:
            case "say":
                seat.say(wish.fields.get("text", ""))
            case "form":
                seat.fill_in(wish.about.get("tool", ""), wish.fields)
            case "use":
                tool = wish.about.get("tool", "")
                seat.use(tool, {name: value for name, value in wish.about.items() if name != "tool"})
            case "back":
                seat.step_back()
            case _:
                return skip, skip, skip, skip, skip, skip
    except TypingError as error:
        note = str(error)
    return shown(seat, note, anew=was_over != seat.episode.is_over)


def _counter(seat: Seat) -> str:
    if seat.episode.is_over:
        return render("over.html.jinja")
    return render("forms.html.jinja", forms=tool_forms(), answer=answer_form(seat.env))


def _welcome() -> str:
    return render("welcome.html.jinja")

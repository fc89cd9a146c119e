"""The tab in which runs are read: filter episodes, read one, compare two runs on the same episodes, link to one.

Everything it shows is over, so goals may be told. Knows no environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.gradio import Visit, Wish
from ecom_rlve.apps.studio.library import Filter, Library, Pair, Run, episode_key, pairs, result_of
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.evaluate.report.story import Story, story
from ecom_rlve.evaluate.runs import Outcome

PAGE: Final = 40
"""Episodes listed at a time."""
Values = tuple[Any, ...]  # Any: values of Gradio components


@dataclass(frozen=True, slots=True)
class View:
    """What a reader has open."""

    run: str = ""
    other: str = ""
    wanted: Filter = field(default_factory=Filter)
    differing: bool = False
    page: int = 0
    reading: str = ""
    """Key of the episode that is open; empty if none is."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    key: str
    outcome: Outcome
    result: str
    other: Outcome | None
    other_result: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    envs: tuple[str, ...]
    agents: tuple[str, ...]
    difficulties: tuple[int, ...]
    causes: tuple[str, ...]


def runs_tab(app: Any, library: Library, tabs: Any) -> None:  # Any: Gradio components
    """Lay out the tab and connect it; `?run=NAME&episode=KEY` in the page's address opens an episode."""
    gr = gradio.library()
    view = gr.State(View())
    shelf = gradio.panel(name="runs-list")
    reader = gradio.panel(name="runs-reader")
    outputs = [view, shelf, reader]
    for source in (shelf, reader):
        gradio.on_wish(source, partial(_asked, library), [view], outputs)
    gradio.on_visit(app, partial(_visited, library), [*outputs, tabs])


def _visited(library: Library, visit: Visit) -> Values:
    gr = gradio.library()
    names = library.names()
    run = visit.query.get("run", "")
    view = View(run or (names[0] if names else ""), visit.query.get("with", ""), reading=visit.query.get("episode", ""))
    return *_shown(library, view), gr.Tabs(selected="runs") if run else gr.skip()


def _asked(library: Library, wish: Wish, view: View) -> Values:
    match wish.do:
        case "filter":
            fields = wish.fields
            wanted = Filter(*(fields.get(n, "") for n in ("env", "agent", "difficulty", "outcome")))
            run = fields.get("run", "")
            if run != view.run:
                wanted = Filter()
            view = View(run, fields.get("with", ""), wanted, "differing" in fields)
        case "page":
            view = replace(view, page=max(0, int(wish.about.get("to", "0"))))
        case "read":
            view = replace(view, reading=wish.about.get("key", ""))
        case "close":
            view = replace(view, reading="")
        case _:
            pass
    return _shown(library, view)


def _shown(library: Library, view: View) -> Values:
    names, note = library.names(), ""
    run = other = None
    try:
        run = library.open(view.run) if view.run else None
        other = library.open(view.other) if view.other else None
    except EcomRlveError as error:
        note = str(error)
    if run is None:
        page = render("runs.html.jinja", names=names, view=view, note=note, root=str(library.root), lines=None)
        return view, page, ""
    found = _pairs(run, other, view)
    pages = max(1, -(-len(found) // PAGE))
    view = replace(view, page=min(view.page, pages - 1))
    lines = [_line(run, other, pair) for pair in found[view.page * PAGE : (view.page + 1) * PAGE]]
    page = render(
        "runs.html.jinja",
        names=names,
        view=view,
        note=note,
        root=str(library.root),
        lines=lines,
        count=len(found),
        pages=pages,
        choices=_choices(run),
        passed=sum(run.episodes[p.first].correct for p in found),
        other_passed=sum(other.episodes[p.second].correct for p in found) if other else 0,
    )
    return view, page, _reading(run, other, view)


def _pairs(run: Run, other: Run | None, view: View) -> list[Pair]:
    if other is not None:
        return pairs(run, other, view.wanted, differing=view.differing)
    return [Pair(number, -1) for number in run.numbers(view.wanted)]


def _line(run: Run, other: Run | None, pair: Pair) -> Listed:
    outcome = run.episodes[pair.first]
    twin = other.episodes[pair.second] if other else None
    return Listed(episode_key(outcome), outcome, result_of(outcome), twin, result_of(twin) if twin else "")


def _choices(run: Run) -> Choices:
    causes = [cause for o in run.episodes for cause in (o.cause, *o.flags) if cause]
    return Choices(
        tuple(dict.fromkeys(o.spec.env for o in run.episodes)),
        tuple(dict.fromkeys(o.agent for o in run.episodes)),
        tuple(sorted({o.spec.difficulty for o in run.episodes})),
        tuple(dict.fromkeys(sorted(causes))),
    )


def _reading(run: Run, other: Run | None, view: View) -> str:
    """Return the episode that is open, beside the same one of the other run."""
    if not view.reading:
        return ""
    number = run.find(view.reading)
    if number is None:
        return render("reader.html.jinja", stories=[], link="", note=f"This run has no episode {view.reading[:80]!r}.")
    told: list[Story] = []
    note = ""
    try:
        told.append(story(run.read(number)))
        if other is not None:
            outcome = run.episodes[number]
            same = pairs(run, other, Filter(outcome.spec.env, outcome.agent), differing=False)
            twin = next((pair.second for pair in same if pair.first == number), None)
            told += [story(other.read(twin))] if twin is not None else []
    except EcomRlveError as error:
        note = str(error)
    about = {"run": view.run, "episode": view.reading, **({"with": view.other} if view.other else {})}
    return render("reader.html.jinja", stories=told, link=f"?{urlencode(about)}", note=note)

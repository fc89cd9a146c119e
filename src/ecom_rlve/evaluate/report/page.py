"""Writing the page: templates filled, episodes folded into data that is only drawn when somebody opens it.

Knows no task. What an agent wrote is hostile: templates escape it, and the page's policy lets no other script run.

An episode's body is drawn here, by the same template that draws the two on show, and kept compressed in a
`<script type="text/plain">`. A browser reads that as one string and builds nothing; so a page of 1,600 episodes
opens like one of two, while all escaping happens in one place, in Python, where it is tested.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate.report.figures import sections
from ecom_rlve.evaluate.report.overview import Overview, span
from ecom_rlve.evaluate.report.story import Story, signed, story
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.statistics import Estimate
from ecom_rlve.evaluate.summary import Cell, summarise
from ecom_rlve.evaluate.templates import environment, pvalue, text_of

FITS = 9
"""Turns of an episode that is not too long to begin with."""


@dataclass(frozen=True, slots=True)
class Folded:
    """An episode as the page carries it: what its line in the list shows, and its body as data."""

    story: Story
    data: Markup


def write_report(
    path: Path,
    title: str,
    cells: Sequence[Cell],
    episodes: Sequence[Outcome],
    *,
    notes: Mapping[str, str],
    overview: Overview | None = None,
) -> None:
    """Write the report whole or not at all: one HTML file that needs nothing else and no network.

    Args:
        path: The file; its folder is made if there is none.
        title: Heading of the page.
        cells: All figures come from these; without any, the page has episodes alone.
        episodes: Those that can be read in full; each must hold its trace. May be fewer than the cells count.
        notes: What was run, e.g. {"Catalogue": …, "Command": …, "Version": …}.
        overview: What an evaluation comes to; without it the page begins with the environments.

    Raises:
        ValueError: An episode was played without its trace.
    """
    text = render(title, cells, episodes, notes=notes, overview=overview)
    write_whole(path, text.encode("utf-8", "replace").decode())  # A model may have written half a surrogate pair.


def render(
    title: str,
    cells: Sequence[Cell],
    episodes: Sequence[Outcome],
    *,
    notes: Mapping[str, str],
    overview: Overview | None = None,
) -> str:
    """Return the page; arguments and errors as for `write_report`."""
    stories = [story(outcome) for outcome in episodes]
    script = _file("page.js")
    return (
        _templates()
        .get_template("page.html.jinja")
        .render(
            title=title,
            notes=notes,
            overview=overview,
            sections=sections(cells),
            total=_total(cells or summarise(episodes)),
            folded=[Folded(each, _data(each)) for each in stories],
            flagged=list(dict.fromkeys(flag for outcome in episodes for flag in outcome.flags)),
            shown=on_show(stories),
            style=Markup(_file("page.css")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def on_show(stories: Sequence[Story]) -> list[Story]:
    """Return up to two episodes that a newcomer should read first: one that passed and one that failed.

    Of each, the one in which most was both said and looked up among those that fit a screen or two.
    """
    shown: list[Story] = []
    for result in ("passed", "failed"):
        fitting = [told for told in stories if told.result == result]
        if fitting:
            shown.append(max(fitting, key=_readable))
    return shown


def _readable(told: Story) -> tuple[bool, int]:
    spoken = sum(bool(turn.message) for turn in told.turns)
    return len(told.turns) <= FITS, min(spoken, sum(len(turn.calls) for turn in told.turns))


@dataclass(frozen=True, slots=True)
class Total:
    """What the whole run comes to."""

    episodes: int
    invalid: int
    agents: tuple[str, ...]
    envs: tuple[str, ...]
    difficulties: tuple[int, ...]


def _total(cells: Sequence[Cell]) -> Total:
    return Total(
        episodes=sum(cell.n + cell.invalid for cell in cells),
        invalid=sum(cell.invalid for cell in cells),
        agents=tuple(dict.fromkeys(cell.agent for cell in cells)),
        envs=tuple(dict.fromkeys(cell.env for cell in cells)),
        difficulties=tuple(sorted({cell.difficulty for cell in cells})),
    )


def _data(told: Story) -> Markup:
    """Return an episode's body and raw results, compressed: base64, which nothing inside can end early."""
    body = _templates().get_template("episode.html.jinja").render(story=told)
    text = json.dumps({"body": body, "raw": told.raw}, ensure_ascii=False, separators=(",", ":"))
    packed = zlib.compress(text.encode("utf-8", "replace"), level=6, wbits=-zlib.MAX_WBITS)
    return Markup(base64.urlsafe_b64encode(packed).decode())


@cache
def _templates() -> Environment:
    own = {"signed": signed, "span": span, "points": points, "points_span": points_span, "pvalue": pvalue}
    return environment(_file, {"words": words()}, **own)


def points(estimate: Estimate) -> str:
    """Write a difference of shares in points, with its sign."""
    return f"{100 * estimate.value:+.0f}".replace("-", "−")


def points_span(estimate: Estimate) -> str:
    """Write its interval."""
    return f"{100 * estimate.low:+.0f} … {100 * estimate.high:+.0f}".replace("-", "−")


def _file(name: str) -> str:
    return text_of(__package__ or "", name)

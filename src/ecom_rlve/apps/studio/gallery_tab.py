"""The tab that shows what there is: every environment with its datasheet, what an axis does to one seed, the card.

Examples are played to their end by a built-in agent, so nothing in them is a secret. Knows no environment by name.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, cast

from ecom_rlve.apps.options import env_names
from ecom_rlve.apps.studio import gradio
from ecom_rlve.apps.studio.gradio import Wish
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.core.difficulty import AXES, MAX_DIFFICULTY, Difficulty
from ecom_rlve.core.errors import EcomRlveError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.report.story import Story, story
from ecom_rlve.evaluate.runs import Shop, play
from ecom_rlve.tasks.registry import task_named

LADDER: Final = (0, 5, 10, 15, 20)
"""Difficulties whose value an axis is compared at."""
ALL_AXES: Final = "difficulty"
PATIENCE: Final = 0.1
"""Seconds after which somebody sees what is there so far."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An environment's datasheet, as its module opens with it."""

    env: str
    summary: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see."""

    env: str
    seed: int = 7
    base: int = 0
    """Difficulty of the other axes."""
    axis: str = ALL_AXES
    level: int = 0
    """The axis has the value it has at this difficulty."""
    agent: str = "expert"

    def spec(self, level: int) -> EpisodeSpec:
        """Return the episode with the axis at `level`."""
        if self.axis == ALL_AXES:
            return EpisodeSpec(self.env, level, self.seed)
        return EpisodeSpec(self.env, self.base, self.seed, {self.axis: self.value(level)})

    def value(self, level: int) -> float:
        """Return the axis's value at `level`."""
        return level if self.axis == ALL_AXES else getattr(Difficulty.at(level), self.axis)


@dataclass(frozen=True, slots=True)
class Step:
    """The same seed at one value of the axis."""

    level: int
    value: str
    opening: str
    turns: int
    """Budget."""
    reference: str
    """What the reference solution takes."""
    outcome: Story


@dataclass(slots=True)
class Newest:
    """Which wish of a session came last. Mutable on purpose: it is the session's."""

    number: int = 0

    def take(self) -> int:
        """Return the number of a wish that has just come."""
        self.number += 1
        return self.number


def gallery_tab(shop: Shop, card: Path | None) -> None:
    """Lay out the tab and connect it."""
    panel = gradio.panel(render("sheets.html.jinja", sheets=sheets()), name="gallery")
    form = gradio.panel(name="gallery-form")
    example = gradio.panel(name="gallery-example")
    newest = gradio.library().State(Newest())
    gradio.on_wish_stream(panel, partial(_opened, shop, card), [newest], [form, example])
    # The form stays as it is: an answer must not take the slider out of somebody's hand.
    gradio.on_wish_stream(form, partial(_shown, shop, card), [newest], [example])


def sheets() -> list[Sheet]:
    """Return the datasheets of all environments."""
    return [sheet(env) for env in env_names("all")]


def sheet(env: str) -> Sheet:
    """Return the datasheet of one environment: the first lines of its module's documentation."""
    doc = sys.modules[type(task_named(env)).__module__].__doc__ or ""
    head, _, rest = doc.partition("\n\n")
    facts: list[tuple[str, str]] = []
    for line in rest.partition("\n\n")[0].splitlines():
        if line[:1].isspace() and facts:
            facts[-1] = (facts[-1][0], f"{facts[-1][1]} {line.strip()}")
        else:
            name, _, text = line.partition(" ")
            facts.append((name, text.strip()))
    return Sheet(env, " ".join(head.split()).partition(": ")[2] or head, tuple(facts))


def _opened(shop: Shop, card: Path | None, wish: Wish, newest: Newest) -> Iterator[tuple[object, object]]:
    """Yield the form of an environment at once, and then its example as it is played."""
    asked, skip = _asked(wish), gradio.library().skip()
    if asked is None:
        return
    yield _form(asked), _page(asked, [], None, None)
    for page in _shown(shop, card, wish, newest):
        yield skip, page


def _shown(shop: Shop, card: Path | None, wish: Wish, newest: Newest) -> Iterator[str]:
    """Yield the page of what was asked for: now and then while its episodes are played, and when all are.

    Ends early when something else was asked for meanwhile.
    """
    asked, mine = _asked(wish), newest.take()
    if asked is None:
        return
    about = _card(card, asked.env) if card else None
    steps: list[Step] = []
    since = time.monotonic()
    try:
        for level in LADDER:
            steps.append(_step(shop, asked, level))
            if newest.number != mine:
                return
            if time.monotonic() - since > PATIENCE:
                yield _page(asked, steps, None, about)
                since = time.monotonic()
        example = _step(shop, asked, asked.level)
        if newest.number == mine:
            yield _page(asked, steps, example, about)
    except EcomRlveError as error:
        yield _page(asked, steps, None, about, note=str(error))


def _asked(wish: Wish) -> Asked | None:
    fields = {**wish.fields, **wish.about}
    env, axis = fields.get("env", ""), fields.get("axis", ALL_AXES)
    if env not in env_names("all"):
        return None
    return Asked(
        env,
        seed=_whole(fields.get("seed", ""), 7, 10**9),
        base=_whole(fields.get("base", ""), 3, MAX_DIFFICULTY),
        axis=axis if axis in AXES else ALL_AXES,
        level=_whole(fields.get("level", ""), 3, MAX_DIFFICULTY),
    )


def _form(asked: Asked) -> str:
    axes = (ALL_AXES, *AXES)
    values = {a: [_printed(replace(asked, axis=a).value(d)) for d in range(MAX_DIFFICULTY + 1)] for a in axes}
    return render("asked.html.jinja", asked=asked, sheet=sheet(asked.env), values=values, most=MAX_DIFFICULTY)


def _page(asked: Asked, steps: Sequence[Step], example: Step | None, card: CardShown | None, note: str = "") -> str:
    return render(
        "example.html.jinja",
        asked=asked,
        steps=steps,
        missing=0 if note else len(LADDER) - len(steps),
        example=example,
        note=note,
        card=card,
    )


def _step(shop: Shop, asked: Asked, level: int) -> Step:
    told, reference = _played(shop, str(asked.spec(level)), asked.agent)
    value = _printed(asked.value(level))
    return Step(level, value, told.opening.text, told.max_turns, reference, told)


@lru_cache(maxsize=256)
def _played(shop: Shop, spec: str, agent: str) -> tuple[Story, str]:
    outcome = play(EpisodeSpec.parse(spec), agent, shop)
    taken = json.loads(outcome.lines[0])["reference"]
    return story(outcome), f"{taken['turns']} turns, {taken['calls']} calls"


@dataclass(frozen=True, slots=True)
class CardRow:
    agent: str
    rates: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class CardShown:
    """What the validity card says of one environment."""

    difficulties: tuple[int, ...]
    rows: tuple[CardRow, ...]
    checks: tuple[Mapping[str, Any], ...]  # Any: JSON of the card


def _card(path: Path, env: str) -> CardShown | None:
    """Return what the card says of an environment; None if there is no card, or it says nothing of it."""
    try:
        found = cast("Mapping[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    cells: Sequence[Mapping[str, Any]] = [c for c in found.get("cells", ()) if c["env"] == env]
    if not cells:
        return None
    levels = tuple(sorted({int(c["difficulty"]) for c in cells}))
    rate = {(c["agent"], c["difficulty"]): c["correct"] / c["n"] for c in cells if c["n"]}
    rows = tuple(
        CardRow(agent, tuple(rate.get((agent, d)) for d in levels))
        for agent in dict.fromkeys(c["agent"] for c in cells)
    )
    return CardShown(levels, rows, tuple(c for c in found.get("checks", ()) if c.get("env") == env))


def _printed(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _whole(text: str, otherwise: int, most: int) -> int:
    return min(int(text), most) if text.isdecimal() and len(text) < 12 else otherwise

"""The tab that shows what there is: every environment with its datasheet, what an axis does to one seed, the card.

Examples are played to their end by a built-in agent, so nothing in them is a secret. Knows no environment by name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def gallery_tab(shop: Shop, card: Path | None) -> None:
    """Lay out the tab and connect it."""
    panel = gradio.panel(render("sheets.html.jinja", sheets=sheets()), name="gallery")
    example = gradio.panel(name="gallery-example")
    for source in (panel, example):
        gradio.on_wish(source, partial(_asked, shop, card), [], [example])


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


def _asked(shop: Shop, card: Path | None, wish: Wish) -> str:
    fields = {**wish.fields, **wish.about}
    env = fields.get("env", "")
    if env not in env_names("all"):
        return ""
    axis = fields.get("axis", ALL_AXES)
    asked = Asked(
        env,
        seed=_whole(fields.get("seed", ""), 7, 10**9),
        base=_whole(fields.get("base", ""), 3, MAX_DIFFICULTY),
        axis=axis if axis in AXES else ALL_AXES,
        level=_whole(fields.get("level", ""), 3, MAX_DIFFICULTY),
    )
    note, steps, example = "", list[Step](), None
    try:
        steps = [_step(shop, asked, level) for level in LADDER]
        example = _step(shop, asked, asked.level)
    except EcomRlveError as error:
        note = str(error)
    return render(
        "example.html.jinja",
        asked=asked,
        sheet=sheet(env),
        axes=(ALL_AXES, *AXES),
        steps=steps,
        example=example,
        note=note,
        most=MAX_DIFFICULTY,
        card=_card(card, env) if card else None,
        printed=_printed,
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

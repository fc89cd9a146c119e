"""The card as one self-contained HTML page: templates filled from its JSON. Measures nothing and knows no environment.

What a section lacks is printed as "not measured"; nothing that is missing is ever shown as a pass.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment
from markupsafe import Markup

from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate.card.charts import Chart, Multiple, multiples, pass_rates
from ecom_rlve.evaluate.templates import environment, text_of

Row = Mapping[str, Any]  # Any: JSON of a card
Mark = Literal["holds", "broken", "no case", "not measured"]
ASIDE: Mapping[str, str] = {
    "mutation": "mutated verifiers: make mutants",
    "axes": "whether every axis bites: ecom-rlve certify --section axes",
    "customer": "the customer's figures: ecom-rlve certify --section customer",
    "exploits": "cheating policies: ecom-rlve certify --section exploits",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one law stands in one environment, or over all of them."""

    mark: Mark
    said: str
    """What was measured, for whoever points at it."""


@dataclass(frozen=True, slots=True)
class LawRow:
    """One law across the environments."""

    id: str
    title: str
    why: str
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class EnvPart:
    """What the page shows of one environment."""

    env: str
    charts: tuple[Chart, ...]
    checks: tuple[Row, ...]
    expert: str
    episodes: int
    redraws: tuple[Row, ...]
    axes: tuple[Multiple, ...]


def write_page(path: Path, card: Row) -> None:
    """Write the page whole or not at all; `card` as `read_card` gives it."""
    write_whole(path, render(card))


def render(card: Row) -> str:
    """Return the page."""
    envs = list(dict.fromkeys(str(cell["env"]) for cell in card["cells"]))
    rows = law_rows(card, envs)
    checks: Sequence[Row] = card["checks"]
    template = _templates().get_template("page.html.jinja")
    return template.render(
        card=card,
        envs=[_part(card, env) for env in envs],
        rows=rows,
        counts={
            "holds": sum(check["passed"] is True for check in checks),
            "broken": sum(check["passed"] is False for check in checks),
            "open": sum(check["passed"] is None for check in checks),
        },
        episodes=sum(cell["n"] + cell["invalid"] for cell in card["cells"]),
        missing=[(name, says) for name, says in ASIDE.items() if card.get(name) is None],
        general=[check for check in checks if check["env"] not in envs],
        style=Markup(_report("page.css") + _file("page.css")),
    )


def law_rows(card: Row, envs: Sequence[str]) -> list[LawRow]:
    """Return every law of the specification with how it stands in each environment."""
    return [
        LawRow(id_, law["title"], law["why"], tuple(_standing(card, id_, env) for env in envs))
        for id_, law in _laws().items()
    ]


def _standing(card: Row, law: str, env: str) -> Standing:
    mine = [c for c in card["checks"] if c["id"] == law and c["env"] in (env, "")]
    said = "; ".join(f"{c['law']}: {c['measured']}" for c in mine)
    if any(c["passed"] is False for c in mine):
        return Standing("broken", said)
    if any(c["passed"] for c in mine):
        return Standing("holds", said)
    # A law that was tried and met no case is another thing than one that nobody tried.
    return Standing("no case" if mine else "not measured", said or "not measured")


def _part(card: Row, env: str) -> EnvPart:
    cells = [cell for cell in card["cells"] if cell["env"] == env]
    expert = sorted((c for c in cells if c["agent"] == "expert" and c["n"]), key=lambda c: c["difficulty"])
    rates = [f"{c['correct'] / c['n']:.0%} at d = {c['difficulty']}" for c in (*expert[:1], *expert[-1:])]
    return EnvPart(
        env=env,
        charts=(pass_rates(cells, 900, 300, 110), pass_rates(cells, 358, 270, 84)),
        checks=tuple(check for check in card["checks"] if check["env"] == env),
        expert=" and ".join(dict.fromkeys(rates)),
        episodes=sum(cell["n"] + cell["invalid"] for cell in cells),
        redraws=tuple(row for row in card["redraws"] if row["env"] == env),
        axes=tuple(multiples(card.get("axes") or [], env)),
    )


@cache
def _laws() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_file("laws.toml"))


@cache
def _templates() -> Environment:
    return environment(_file, plain=_plain)


def _plain(value: object) -> str:
    """Print a figure of somebody else's section: short numbers, words as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "–" if value is None else str(value)


def _file(name: str) -> str:
    return text_of(__package__ or "", name)


def _report(name: str) -> str:
    return text_of("ecom_rlve.evaluate.report", name)

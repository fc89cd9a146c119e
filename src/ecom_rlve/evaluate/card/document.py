"""The card as one JSON document: what was measured where and with what, section by section.

Sections that others measure (mutation, axes, customer, exploits) are files of their own beside the results; one that is
missing is null in the document, and whoever shows the card says "not measured". Knows no page.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import ecom_rlve
from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate.card.check import Check
from ecom_rlve.evaluate.card.examined import spreads, terms
from ecom_rlve.evaluate.card.grid import Grid
from ecom_rlve.evaluate.card.run import Results
from ecom_rlve.evaluate.card.store import code_digest
from ecom_rlve.evaluate.runs import Shop

FORMAT: Final = 2
SECTIONS: Final = ("mutation", "axes", "customer", "exploits")
"""What is measured apart from the grid."""
_LIBRARIES: Final = ("numpy", "pyarrow", "pydantic", "rapidfuzz")
Section = Any  # Any: JSON of a file; its form is its owner's business


def put_section(folder: Path, name: str, data: Section, checks: Sequence[Check] = ()) -> None:
    """Keep a section for every card that is written from `folder` later on.

    Args:
        folder: Where the results of cards are kept.
        name: One of `SECTIONS`.
        data: JSON values.
        checks: Lines of the card that follow from it.
    """
    if name not in SECTIONS:
        raise ValueError(f"unknown section {name!r}: known are {', '.join(SECTIONS)}")
    content = {"code": code_digest(), "data": data, "checks": [asdict(check) for check in checks]}
    write_whole(_file(folder, name), json.dumps(content, indent=1))


def document(results: Results, grid_name: str, grid: Grid, shop: Shop, folder: Path) -> dict[str, Section]:
    """Return the card, with the sections that `folder` holds."""
    sections = {name: _read(_file(folder, name)) for name in SECTIONS}
    checks = [asdict(check) for check in results.checks]
    for section in sections.values():
        checks.extend([] if section is None else section["checks"])
    envs = list(dict.fromkeys(cell.env for cell in results.cells))
    return {
        "format": FORMAT,
        "package": ecom_rlve.__version__,
        "code": code_digest(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "catalog": {**shop.json(), "fingerprint": shop.open().fingerprint},
        "grid": {"name": grid_name, **asdict(grid)},
        "checks": checks,
        "cells": [asdict(cell) for cell in results.cells],
        "terms": [
            {"env": env, "term": name, "lowest": low, "highest": high}
            for env in envs
            for name, (low, high) in terms(results.laws, "attained", env).items()
        ],
        "places": [{"env": env, **asdict(spread)} for env in envs for spread in spreads(results.laws, env)],
        "redraws": [{**asdict(found), "rate": found.rate} for found in results.redraws],
        **{name: None if section is None else section["data"] for name, section in sections.items()},
        "stale": [name for name, s in sections.items() if s is not None and s["code"] != code_digest()],
    }


def write_card(path: Path, card: Mapping[str, Section]) -> None:
    """Write the card whole or not at all."""
    write_whole(path, _text(card))


def read_card(path: Path) -> dict[str, Section]:
    """Read a card.

    Raises:
        TraceError: It is missing, no JSON, or of another format.
    """
    try:
        card: dict[str, Section] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TraceError(f"{path.name}: cannot be read: {error}") from None
    if card.get("format") != FORMAT:
        raise TraceError(f"{path.name}: format {card.get('format')!r}; this version reads {FORMAT}")
    return card


def _text(card: Mapping[str, Section]) -> str:
    """Return the card as JSON with one row of a table a line, so that two cards can be compared line by line."""
    parts: list[str] = []
    for name, value in card.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in value)  # pyright: ignore[reportUnknownVariableType] (JSON)
            parts.append(f' "{name}": [\n{rows}\n ]' if rows else f' "{name}": []')
        else:
            parts.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _file(folder: Path, name: str) -> Path:
    return folder / f"section-{name}.json"


def _read(path: Path) -> dict[str, Section] | None:
    if not path.exists():
        return None
    try:
        section: dict[str, Section] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TraceError(f"{path.name}: no JSON ({error}); delete the file") from None
    return section

"""The customer's part of `ecom-rlve certify`: figures and checks as section `customer` of the card's JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ecom_rlve.core.files import write_whole
from ecom_rlve.evaluate.certify import Check
from ecom_rlve.evaluate.customer import Figures

CUSTOMERS: Final[Mapping[str, int]] = MappingProxyType({"quick": 4, "full": 25})
"""Seeds per environment, difficulty and agent, by the grid of the card."""


def add_to_card(path: Path, found: Figures, held: list[Check]) -> None:
    """Write the figures and their checks into the card at `path`; those of an earlier run are replaced."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["customer"] = found.json()
    ids = {check.id for check in held}
    content["checks"] = [row for row in content["checks"] if row["id"] not in ids] + [asdict(c) for c in held]
    write_whole(path, json.dumps(content, indent=1))

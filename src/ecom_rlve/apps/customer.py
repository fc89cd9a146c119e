"""The customer's part of `ecom-rlve certify`: measured, and kept as section `customer` of the card (V14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.evaluate.card import put_section
from ecom_rlve.evaluate.customer import checks, figures
from ecom_rlve.evaluate.runs import Shop

CUSTOMERS: Final[Mapping[str, int]] = MappingProxyType({"quick": 4, "full": 25})
"""Seeds per environment, difficulty and agent, by the grid of the card."""


def measure_customer(
    shop: Shop, grid: str, envs: Sequence[str], folder: Path, progress: Callable[[str], Any] | None = None
) -> str:
    """Measure the customer in `envs`, keep the section in `folder`, and return what to tell of it."""
    found = figures(shop, CUSTOMERS[grid], envs, progress=progress)
    put_section(folder, "customer", found.json(), checks(found))
    return f"Customer: {found.overall.turns:,} replies read back, p50 {found.overall.p50_us:.0f} µs a reply."

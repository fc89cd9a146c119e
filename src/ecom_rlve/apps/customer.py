"""The customer's part of `ecom-rlve certify`: measures the customer, writes its section, shows what is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rich.console import Console

from ecom_rlve.evaluate.card import put_section
from ecom_rlve.evaluate.customer import checks, figures
from ecom_rlve.evaluate.runs import Shop

CUSTOMERS: Final[Mapping[str, int]] = MappingProxyType({"quick": 4, "full": 25})
"""Seeds per environment, difficulty and agent, by the grid of the card."""


def customer(console: Console, envs: Sequence[str], grid: str, shop: Shop, out: Path, workers: int) -> bool:
    """Measure the customer into `out`, show it, and return whether every figure is as it must be; in one process."""
    with console.status("asking the customer") as status:
        found = figures(
            shop, CUSTOMERS[grid], envs, progress=lambda env: status.update(f"asking the customer of {env}")
        )
    held = checks(found)
    put_section(out, "customer", found.json(), held)
    console.print(f"{found.overall.turns:,} replies read back, p50 {found.overall.p50_us:.0f} µs each.")
    for check in held:
        mark = "[green]holds[/]" if check.passed else "[bold red]BROKEN[/]"
        console.print(f"{mark} {check.env}: {check.law}: {check.measured}")
    return all(check.passed for check in held)

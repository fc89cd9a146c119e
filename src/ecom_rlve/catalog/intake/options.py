"""How a catalogue is built: the few choices there are. Knows no data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BATCH: Final = 20_000
"""Rows of a chunk."""
SMALL_CATEGORY: Final = 12
"""Products below which a category of the source's own is not worth one."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a catalogue is built."""

    fewest: int = SMALL_CATEGORY
    """Products that a category of the source's own needs."""
    batch: int = BATCH
    """Rows cleaned at a time: no influence on the result."""
    workers: int = 1
    """Processes that clean rows."""
    replace: bool = False
    """Whether a catalogue that is already there may be replaced."""

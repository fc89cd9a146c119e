"""One line of the card: a law, where it was looked at, what was measured, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the card."""

    id: str
    """Which of the laws V1 … V16 (SPEC §11) it belongs to."""
    law: str
    env: str
    """Versioned name; empty for what concerns all environments at once."""
    passed: bool | None
    """None: nothing could be measured, and `measured` says why. Never shown as a pass."""
    measured: str
    broken: tuple[str, ...] = ()
    """Episodes or cases that break it, the first few, so that each can be played again."""

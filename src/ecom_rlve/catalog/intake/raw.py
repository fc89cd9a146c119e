"""One row of a foreign file as it was read, before anything is understood. Knows no column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

Record = Mapping[str, object]
"""Column to whatever the file holds: the edge where data are not ours yet."""
TEXT_MOST: Final = 100_000
"""Characters of one text that are looked at: a title of ten megabytes must not be carried around."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One row, or what could not be read as one."""

    number: int
    """Its place in its source, from 0."""
    record: Record
    """Empty where the row could not be read."""
    fault: str = ""
    """Why it could not be read: "broken_row"; empty where it could."""
    repaired: str = ""
    """What had to be mended to read it: "encoding"; empty if nothing."""
    excerpt: str = ""
    """The beginning of a row that could not be read."""


def bounded(value: object) -> object:
    """Return a value without the far end of any text in it, down to three levels."""
    return _bounded(value, 3)


def _bounded(value: object, levels: int) -> object:
    if isinstance(value, str):
        return value if len(value) <= TEXT_MOST else value[:TEXT_MOST]
    if levels and isinstance(value, Mapping):
        table = cast("Mapping[object, object]", value)
        return {str(key)[:TEXT_MOST]: _bounded(one, levels - 1) for key, one in table.items()}
    if levels and isinstance(value, (list, tuple)):
        return [_bounded(one, levels - 1) for one in cast("Sequence[object]", value)]
    return value

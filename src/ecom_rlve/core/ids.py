"""Ids: what names a product, a variant, a line, an order, a return, a passage; and how they look in running text.

Knows no values behind the ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NewType

ProductId = NewType("ProductId", str)
VariantId = NewType("VariantId", str)
LineId = NewType("LineId", str)
OrderId = NewType("OrderId", str)
PassageId = NewType("PassageId", str)
ReturnId = NewType("ReturnId", str)

ID_TYPES: Final[tuple[object, ...]] = (ProductId, VariantId, LineId, OrderId, PassageId, ReturnId)
"""The types whose values have to be shown by the world before an agent may use them."""

PREFIXES: Final[Mapping[object, str]] = MappingProxyType(
    {ProductId: "P", VariantId: "V", LineId: "LN", OrderId: "O", PassageId: "RULE", ReturnId: "R"}
)
"""What an id of each type begins with."""

IN_WORDS: Final = re.compile(r"\b(?:[PVOR](?=[A-Z]*\d)[0-9A-HJKMNP-TV-Z]{6}|LN\d{1,4}|RULE\d{1,4})\b")
"""An id inside a sentence. At least one digit, so that PACKAGE in capitals is none."""


def prefix_of(text: str) -> str:
    """Return what kind of id `text` is, as its prefix; the longest one that fits."""
    return max((p for p in PREFIXES.values() if text.startswith(p)), key=len, default="")


def ids_in_words(text: str) -> list[str]:
    """Return what looks like an id in `text`, in order, repeats included."""
    return IN_WORDS.findall(text)

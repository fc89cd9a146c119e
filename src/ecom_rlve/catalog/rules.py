"""A shop's own rules beside its products: texts in the catalogue's folder, under a check sum, part of its fingerprint.

Knows no rule: what the texts say is the business of those who read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from ecom_rlve.core.errors import CatalogError

FILE: Final = "rules.json"
Chapters = tuple[tuple[str, str], ...]
"""Names and texts, sorted by name."""


def read_rules(catalog: Path) -> Chapters:
    """Return the rules that the catalogue in a folder brings; none where it brings none.

    Raises:
        CatalogError: The file is damaged.
    """
    file = catalog / FILE
    if not file.is_file():
        return ()
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        chapters = _sorted(held["chapters"])
        found, said = _check(chapters), str(held["check"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CatalogError(f"{file} cannot be read ({error!r}); set it anew with `ecom-rlve catalog rules`") from error
    if found != said:
        raise CatalogError(f"{file} is damaged: its check sum is {found}, not {said}; set it anew with `catalog rules`")
    return chapters


def save_rules(catalog: Path, chapters: Mapping[str, str]) -> None:
    """Give the catalogue in a folder rules of its own, from its next opening on; none takes them away."""
    file = catalog / FILE
    if not chapters:
        file.unlink(missing_ok=True)
        return
    held = {"chapters": dict(chapters), "check": _check(_sorted(chapters))}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    os.replace(fresh, file)


def mixed(fingerprint: str, chapters: Chapters) -> str:
    """Return a catalogue's fingerprint with its rules in it; as it is where it brings none."""
    if not chapters:
        return fingerprint
    return blake2b(f"{fingerprint}\n{_check(chapters)}".encode(), digest_size=8).hexdigest()


def _check(chapters: Chapters) -> str:
    return blake2b("".join(f"{name}\0{text}\0" for name, text in chapters).encode(), digest_size=8).hexdigest()


def _sorted(chapters: Mapping[str, Any]) -> Chapters:  # Any: JSON values
    return tuple(sorted((name, str(text)) for name, text in chapters.items()))

"""Results on disk, one JSON line each, appended whole, so that a stopped run goes on where it was.

Knows no result: how one is read from JSON and what names it comes from outside. A file belongs to one catalogue and one
state of the code: what was measured of other code is never taken for a measurement of this one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from ecom_rlve.core.errors import TraceError

T = TypeVar("T")
_FLOORS: Final = ("core", "catalog", "world", "tools", "tasks", "users", "env", "agents")
"""Packages that an episode is made of; a change above them changes no result."""


@cache
def code_digest() -> str:
    """Return 12 hex digits over all code and data that an episode is made of."""
    digest = hashlib.blake2b(digest_size=6)
    for floor in _FLOORS:
        for name, content in _sources(files("ecom_rlve").joinpath(floor), floor):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            found.extend(_sources(entry, path))
        elif entry.name.endswith((".py", ".toml", ".json")):
            found.append((path, entry.read_bytes()))
    return found


class Store(Generic[T]):
    """Results of one kind in one file."""

    def __init__(self, file: Path, read: Callable[[Mapping[str, Any]], T], key: Callable[[T], Hashable]) -> None:
        """Open `file`, made on the first `put`.

        Raises:
            TraceError: A line is no result; the message names it.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file, self._key = file, key
        self._all: dict[Hashable, T] = {}
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        for number, line in enumerate(lines, start=1):
            try:
                result = read(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                raise TraceError(f"{file.name}: line {number}: no result ({error}); delete the file") from None
            self._all[key(result)] = result

    def get(self, key: Hashable) -> T | None:
        """Return the result of this key, or None."""
        return self._all.get(key)

    def put(self, result: T) -> None:
        """Keep a result."""
        self._all[self._key(result)] = result
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")  # pyright: ignore[reportArgumentType] (results are dataclasses)

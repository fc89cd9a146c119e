"""Replies by request, in one SQLite file: what was paid for once is not paid for again, killed or not.

Knows no protocol: a request and a reply are JSON.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any, cast

from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.views import Json


class ReplyCache:
    """A table of replies. Safe to kill at any moment and to share between processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID")

    def get(self, key: bytes) -> Any | None:  # Any: JSON of a server
        """Return the reply kept under `key`, or None."""
        row = cast("tuple[str] | None", self._db.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone())
        return None if row is None else json.loads(row[0])

    def put(self, key: bytes, reply: object) -> None:
        """Keep a reply; the first one under a key stays."""
        text = json.dumps(reply, ensure_ascii=True, separators=(",", ":"))
        self._db.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, text))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def request_key(url: str, body: object, trial: int) -> bytes:
    """Return the key of a request: trials with the same words are different ones, or pass^k would be made up."""
    text = dumps(cast("Json", {"url": url, "body": body, "trial": trial}))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()

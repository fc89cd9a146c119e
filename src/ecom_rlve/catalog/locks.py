"""Locks that end with the process that holds them, however that ends. Knows no content.

Where the system has no such locks (outside POSIX), every lock is granted: what they protect are leftovers and courtesy.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(file: Path) -> Generator[bool]:
    """Hold `file`, which comes and goes with the lock; yield whether it was free."""
    with file.open("a") as stream:
        mine = locked(stream.fileno())
        # Its last holder may have taken the name away between our opening and our locking it.
        mine = mine and file.exists() and file.stat().st_ino == os.fstat(stream.fileno()).st_ino
        try:
            yield mine
        finally:
            if mine:
                file.unlink(missing_ok=True)


def locked(descriptor: int) -> bool:
    """Lock an open file or folder for as long as it is open; False if another process has it."""
    try:
        import fcntl  # noqa: PLC0415 (POSIX only)
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

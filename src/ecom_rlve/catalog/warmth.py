"""Reading a catalogue ahead: its files into memory before the first episode needs them.

Knows no format. A big catalogue on a slow or remote disk is read in order at the disk's full speed, instead of page by
page while agents wait; the memory is the system's cache, which all processes share and which it takes back when needed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 8 << 20


def read_ahead(path: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Read every file of the folder `path` and of those in it once, biggest first; return how many bytes that were.

    Args:
        path: A catalogue's folder.
        progress: Called with the bytes read so far and the bytes in all.
    """
    files = sorted((file for file in path.rglob("*") if file.is_file()), key=lambda f: (-f.stat().st_size, f.name))
    total, done = sum(file.stat().st_size for file in files), 0
    buffer = bytearray(_AT_ONCE)
    for file in files:
        with file.open("rb", buffering=0) as stream:
            while got := stream.readinto(buffer):
                done += got
                if progress is not None:
                    progress(done, total)
    return done

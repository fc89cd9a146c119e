"""Tables of strings as two memory-mapped arrays: offsets and UTF-8 bytes, read one at a time.

Knows no meaning of the strings. Sorted tables find a string in O(log n) without being loaded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Longs

Bytes = npt.NDArray[np.uint8]


class Texts(Sequence[str]):
    """Strings in bytes on disk."""

    __slots__ = ("_data", "_offsets")

    def __init__(self, offsets: Longs, data: Bytes) -> None:
        self._offsets = memoryview(offsets)  # pyright: ignore[reportArgumentType] (arrays are buffers; the stub knows it from 3.12 on)
        self._data = memoryview(data)  # pyright: ignore[reportArgumentType] (arrays are buffers; the stub knows it from 3.12 on)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(f"text {index} of {len(self)}")
        return str(self._data[self._offsets[index] : self._offsets[index + 1]], "utf-8")

    def find(self, text: str) -> int:
        """Return the place of `text` in a sorted table, or −1."""
        # Bytes of UTF-8 are ordered as the strings are; nothing is decoded on the way.
        data, offsets, wanted = self._data, self._offsets, text.encode(errors="surrogatepass")
        low, high = 0, len(offsets) - 1
        while low < high:
            middle = (low + high) // 2
            found = data[offsets[middle] : offsets[middle + 1]].tobytes()
            if found == wanted:
                return middle
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return -1

    def span(self, prefix: str) -> range:
        """Return the places of all strings that begin with `prefix` in a sorted table."""
        return range(bisect_left(self, prefix), bisect_left(self, prefix + "\U0010ffff"))


def packed(strings: Iterable[str]) -> tuple[Longs, Bytes]:
    """Return offsets and bytes of `strings`."""
    pieces = [text.encode() for text in strings]
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces)), out=offsets[1:])
    return offsets, np.frombuffer(b"".join(pieces), dtype=np.uint8)

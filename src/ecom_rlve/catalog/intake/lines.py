"""Text files as rows: JSON lines, one JSON list, CSV; plain or gzipped; UTF-8, or what older programs wrote.

Knows no column and no map. Reads in bounded memory whatever the file's size.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ecom_rlve.catalog.intake.raw import TEXT_MOST, Raw, bounded
from ecom_rlve.core.errors import CatalogError

LINE_MOST: Final = 64 << 20
"""Bytes of a line above which it is no row but a mistake."""
_BLOCK: Final = 1 << 20
_BLANK: Final = re.compile(r"[\ufeff \t\r\n]*")
_BETWEEN: Final = re.compile(r"[ \t\r\n,]*")
_SHOWN: Final = 80


def opened(path: Path) -> BinaryIO:
    """Open a file for reading bytes, unpacked where its name ends in .gz."""
    try:
        # GzipFile is one in all that is used of it here.
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # pyright: ignore[reportReturnType]
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror or error}") from None


def decoded(data: bytes) -> tuple[str, bool]:
    """Return bytes as text, and whether they were no UTF-8 and were read as Windows-1252 instead."""
    try:
        return data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), True
    except UnicodeDecodeError:
        # Latin-1 gives the five bytes that Windows-1252 leaves open a meaning: it cannot fail.
        return data.decode("latin-1"), True


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file; one above 64 MiB comes as its beginning only.

    Raises:
        CatalogError: The packed file is damaged or cut off; the message says after how many lines.
    """
    count = 0
    with opened(path) as file:
        try:
            while line := file.readline(LINE_MOST):
                whole = line
                while len(line) == LINE_MOST and not line.endswith(b"\n"):
                    line = file.readline(LINE_MOST)
                yield whole
                count += 1
        except (OSError, EOFError) as error:
            raise CatalogError(f"{path} is damaged behind line {count}: {error}") from None


def json_lines(path: Path, start: int) -> Iterator[Raw]:
    """Yield the rows of a file of JSON objects, one a line, from row `start`; empty lines are no rows."""
    number = 0
    for line in lines_of(path):
        if not line.strip():
            continue
        if number >= start:
            yield _json_row(number, line)
        number += 1


def _json_row(number: int, line: bytes) -> Raw:
    text, repaired = decoded(line)
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return Raw(number, {}, "broken_row", excerpt=text[:_SHOWN])
    return _of_json(number, value if len(line) <= TEXT_MOST else bounded(value), repaired=repaired)


def _of_json(number: int, found: object, *, repaired: bool) -> Raw:
    if not isinstance(found, dict):
        return Raw(number, {}, "broken_row", excerpt=str(found)[:_SHOWN])
    return Raw(number, found, repaired="encoding" if repaired else "")  # pyright: ignore[reportUnknownArgumentType] (foreign data)


def json_list(path: Path, start: int) -> Iterator[Raw]:
    """Yield the objects of a file that is one JSON list, from object `start`, without loading it.

    Raises:
        CatalogError: It is no list, or breaks off; what comes behind a mistake cannot be told apart.
    """
    with opened(path) as file:
        items = _JsonItems(path, file)
        for number, (value, repaired) in enumerate(items.values()):
            if number >= start:
                yield _of_json(number, bounded(value), repaired=repaired)


class _JsonItems:
    """The items of a JSON list, read block by block."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._text, self._at, self._repaired = "", 0, False

    def values(self) -> Iterator[tuple[object, bool]]:
        decoder, count = json.JSONDecoder(), 0
        self._more()
        self._at = _BLANK.match(self._text).end()  # pyright: ignore[reportOptionalMemberAccess] (it matches always)
        if self._text[self._at : self._at + 1] != "[":
            raise CatalogError(f"{self._path} is no JSON list; name it .jsonl if it has one object a line")
        self._at += 1
        while True:
            self._at = _BETWEEN.match(self._text, self._at).end()  # pyright: ignore[reportOptionalMemberAccess] (as above)
            if self._text.startswith("]", self._at):
                return
            try:
                value, self._at = decoder.raw_decode(self._text, self._at)
            except ValueError:
                if len(self._text) - self._at > LINE_MOST or not self._more():
                    shown = self._text[self._at : self._at + _SHOWN]
                    raise CatalogError(f"{self._path}: no JSON behind object {count}: {shown!r}") from None
                continue
            yield value, self._repaired
            count, self._repaired = count + 1, False

    def _more(self) -> bool:
        # Up to the end of a line where there is one near, so that no letter is cut in two.
        block = self._file.read(_BLOCK) + self._file.readline(_BLOCK)
        text, old = decoded(block)
        self._text, self._at = self._text[self._at :] + text, 0
        self._repaired = self._repaired or old
        return bool(block)


def csv_rows(path: Path, start: int) -> Iterator[Raw]:
    """Yield the rows of a CSV or TSV file with a header line, from row `start`.

    A row with more fields than the header is broken; one with fewer lacks the last ones.
    """
    csv.field_size_limit(LINE_MOST)
    odd: list[bool] = [False]

    def texts() -> Iterator[str]:
        for line in lines_of(path):
            text, repaired = decoded(line)
            odd[0] = odd[0] or repaired
            yield text.replace("\0", "")

    reader = csv.reader(texts(), dialect="excel-tab" if ".tsv" in path.suffixes else "excel")
    header = [name.strip() for name in next(reader, list[str]())]
    if not any(header):
        raise CatalogError(f"{path} has no header line")
    number = 0
    while True:
        odd[0] = False
        try:
            fields = next(reader, None)
        except csv.Error as error:
            fields = [f"{error}"] * (len(header) + 1)
        if fields is None:
            return
        if not any(fields):
            continue
        if number >= start:
            yield _csv_row(number, header, fields, repaired=odd[0])
        number += 1


def _csv_row(number: int, header: list[str], fields: list[str], *, repaired: bool) -> Raw:
    if len(fields) > len(header):
        return Raw(number, {}, "broken_row", excerpt=",".join(fields)[:_SHOWN])
    record = {name: bounded(value) for name, value in zip(header, fields, strict=False)}
    return Raw(number, record, repaired="encoding" if repaired else "")

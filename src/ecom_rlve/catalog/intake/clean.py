"""From one raw row to one product, or to the reason why there is none: every decision about a single row.

Knows no other row: duplicates, brands and sizes of categories are settled when all rows are known (`merge`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Final, cast

from ecom_rlve.catalog.intake.column_map import ColumnMap
from ecom_rlve.catalog.intake.extract import Found, Notes, Told, attributes_of, details_of, options_of, text_of
from ecom_rlve.catalog.intake.kinds import kind_of, our_leaf, path_of
from ecom_rlve.catalog.intake.markup import BRAND_MOST, DESCRIPTION_MOST, TITLE_MOST, plain, shortened, without_ids
from ecom_rlve.catalog.intake.prices import Price, parse_price
from ecom_rlve.catalog.intake.raw import Raw, Record
from ecom_rlve.catalog.intake.vocabulary import key_of, property_names

MISSING: Final = -1
NO_BRAND: Final = "Unbranded"
_STARS: Final = re.compile(r"^\s*(\d(?:[.,]\d+)?)\s*(?:(?:out of|/)\s*5.*|stars?)?\s*$", re.IGNORECASE)
_COUNT: Final = re.compile(r"^\s*(\d{1,3}(?:,\d{3})*|\d+)(?:\.0+)?\s*(?:ratings?|reviews?)?\s*$", re.IGNORECASE)
_STORE: Final = re.compile(r"^(?:visit the\s+(.*?)\s+store|brand:\s*(.*)|by\s+(.*))$", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")
COUNT_MOST, STOCK_MOST, DAYS_MOST = 10_000_000, 100_000, 14


@dataclass(frozen=True, slots=True)
class Item:
    """One product as its row gives it. `MISSING` stands for figures that the row does not give."""

    source_id: str
    """Its id in the source."""
    listing: int
    """63 bits over brand, title and price: equal for what is listed twice."""
    kind: str
    plural: str
    """What several of its kind are called, where that is a category of the source's own."""
    denied: bool
    title: str
    description: str
    brand: str
    price: int
    rating: int
    rating_count: int
    stock: int
    delivery_days: int
    attributes: Mapping[str, Found]
    axis: str
    """The attribute of its first option with several values; empty if it has none."""
    by_title: bool
    """Whether only its title says what it is."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why a row became no product."""

    reason: str
    excerpt: str


class Cleaner:
    """Cleans the rows of one source."""

    def __init__(self, columns: ColumnMap, notes: Notes) -> None:
        self._map = columns
        self._notes = notes
        self._mended: list[str] = []

    def clean(self, raw: Raw) -> tuple[Item | Dropped, tuple[str, ...]]:
        """Return the product in a row, or why there is none; and what had to be mended."""
        self._mended = [raw.repaired] if raw.repaired else []
        if raw.fault:
            return Dropped(raw.fault, raw.excerpt), ()
        for column, wanted in self._map.keep.items():
            if column in raw.record and text_of(raw.record[column]).casefold() not in wanted:
                return Dropped("not_wanted", f"{column}={text_of(raw.record[column])[:40]}"), ()
        item = self._item(raw.record)
        return item, tuple(self._mended)

    def _item(self, record: Record) -> Item | Dropped:
        cells = _Cells(record, self._map.columns)
        title = self._title(cells.texts("title"))
        if not _LETTER.search(title):
            return Dropped("no_title", str(record)[:60])
        kind = kind_of(path_of(cells.value("category")), title, self._map.categories)
        if kind.fault:
            return Dropped(kind.fault, f"{' > '.join(path_of(cells.value('category')))[:40]} | {title[:40]}")
        price = self._price(cells)
        if price.fault:
            return Dropped(price.fault, f"{str(cells.value('price'))[:30]} | {title[:40]}")
        brand = self._brand(cells.texts("brand"))
        told = self._told(cells, title, brand)
        return Item(
            source_id=self._source_id(cells, title, brand),
            listing=number_of(f"{key_of(brand)}\0{key_of(title)}\0{price.cents}"),
            kind=kind.key,
            plural=kind.plural,
            denied=kind.denied,
            title=title,
            description=self._description(cells, told.features),
            brand=brand,
            price=price.cents or MISSING,
            rating=self._rating(cells.value("rating")),
            rating_count=_whole(cells.value("rating_count"), 1, COUNT_MOST),
            stock=_whole(cells.value("stock"), 0, STOCK_MOST),
            delivery_days=_whole(cells.value("delivery_days"), 1, DAYS_MOST),
            attributes=attributes_of(told, our_leaf(kind.key), self._notes),
            axis=_axis(told.options),
            by_title=kind.by_title,
        )

    def _source_id(self, cells: _Cells, title: str, brand: str) -> str:
        # A parent stands for all its variants: those that follow are found to be duplicates of the first.
        found = cells.texts("parent") or cells.texts("id")
        if not found:
            self._mended.append("id_made_up")
            return f"unnamed-{number_of(f'{title}|{brand}'):016x}"
        return found[:TITLE_MOST]

    def _title(self, text: str) -> str:
        short = shortened(text, TITLE_MOST)
        if len(short) < len(text):
            self._mended.append("title_shortened")
        return self._safe(short)

    def _safe(self, text: str) -> str:
        safe = without_ids(text)
        if safe != text:
            self._mended.append("id_like_word")
        return safe

    def _price(self, cells: _Cells) -> Price:
        columns = self._map
        found = parse_price(cells.value("price"), currency=columns.currency, rate=columns.rate, decimal=columns.decimal)
        if found.fault == "price_missing" and columns.missing_price == "synthesise":
            return Price(0)
        if found.ranged:
            self._mended.append("price_range")
        return found

    def _brand(self, text: str) -> str:
        store = _STORE.match(text)
        name = next((part for part in store.groups() if part), "") if store else text
        if not _LETTER.search(name) or len(name) > BRAND_MOST or key_of(name) in _NO_BRANDS:
            return NO_BRAND
        return self._safe(name.strip(" ,.;:-"))

    def _rating(self, value: object) -> int:
        text = text_of(value)
        found = _STARS.match(text)
        if found is None:
            if text and text.casefold() not in ("n.a.", "n/a", "na"):
                self._mended.append("rating_unreadable")
            return MISSING
        tenths = int((Decimal(found[1].replace(",", ".")) * 10).to_integral_value())
        return tenths if 10 <= tenths <= 50 else MISSING

    def _told(self, cells: _Cells, title: str, brand: str) -> Told:
        stated = {name: cells.first(columns) for name, columns in self._map.attributes.items()}
        features = cells.value("features")
        listed = cast("Sequence[object]", features) if isinstance(features, (list, tuple)) else [features]
        lines = [text for one in listed for text in _lines(one)]
        columns = {name: text for name, text in stated.items() if text}
        return Told(columns, cells.table("details"), options_of(cells.value("options")), lines[:40], title, brand)

    def _description(self, cells: _Cells, features: Sequence[str]) -> str:
        text = cells.texts("description")
        if len(text) < 40:
            sentences = [line if line.endswith((".", "!", "?")) else f"{line}." for line in features[:6]]
            text = " ".join([*([text] if text else []), *sentences])
        return self._safe(shortened(text, DESCRIPTION_MOST))


_NO_BRANDS: Final = frozenset(("", "unbranded", "generic", "n a", "na", "none", "unknown", "no brand", "null", "nan"))


_NOTHING: Final[Mapping[str, str]] = {}


class _Cells:
    """The fields of one row, found by the map."""

    def __init__(self, record: Record, columns: Mapping[str, Sequence[str]]) -> None:
        self._record = record
        self._columns = columns
        self._tables: dict[str, Mapping[str, str]] = {}

    def value(self, field: str) -> object:
        """Return what the first column of a field that holds something holds; None if none does."""
        for column in self._columns.get(field, ()):
            found = self._look_up(column)
            if found not in (None, "", [], {}):
                return found
        return None

    def texts(self, field: str) -> str:
        """Return the text of the first column of a field that has any letters or digits."""
        return self.first(self._columns.get(field, ()))

    def first(self, columns: Sequence[str]) -> str:
        """Return the text of the first of `columns` that has any; empty if none has."""
        return next((text for column in columns if (text := text_of(self._look_up(column)))), "")

    def table(self, field: str) -> Mapping[str, str]:
        """Return the properties in the first column of a field that has any."""
        tables = (self._table(column) for column in self._columns.get(field, ()))
        return next((found for found in tables if found), _NOTHING)

    def _look_up(self, column: str) -> object:
        if column in self._record:
            return self._record[column]
        table, dot, key = column.partition(".")
        return self._table(table).get(key) if dot else None

    def _table(self, column: str) -> Mapping[str, str]:
        if column not in self._tables:
            self._tables[column] = details_of(self._record.get(column))
        return self._tables[column]


def _lines(value: object) -> list[str]:
    """Return the lines of a text with its list items and paragraphs apart."""
    if not isinstance(value, str):
        text = text_of(value)
        return [text] if text else []
    parts = re.split(r"\n|\r|<br[^>]*>|</(?:p|li|div)>|\s[•·]\s", value)
    return [text for part in parts if (text := plain(part))]


@lru_cache(maxsize=4096)
def _label(name: str) -> str:
    return property_names().get(key_of(name), "")


def _axis(options: Mapping[str, Sequence[str]]) -> str:
    return next((_label(name) for name, values in options.items() if len(values) > 1 and _label(name)), "")


def _whole(value: object, low: int, high: int) -> int:
    """Return a whole number that a cell holds, between `low` and `high`; `MISSING` where it holds none."""
    found = _COUNT.match(text_of(value))
    if found is None:
        return MISSING
    number = int(found[1].replace(",", ""))
    return min(number, high) if number >= low else MISSING


def number_of(text: str) -> int:
    """Return 63 bits that stand for a text, the same everywhere."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1

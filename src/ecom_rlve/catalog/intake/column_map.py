"""Column maps: which column of a foreign file says what, as data. Read from TOML and checked once.

Knows no row. Maps that are shipped lie in `catalog/data/maps`; `docs/catalog.md` describes the format.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ecom_rlve.catalog.intake.kinds import our_leaf
from ecom_rlve.catalog.intake.vocabulary import key_of
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.errors import CatalogError

Policy = Literal["drop", "synthesise"]
Decimals = Literal[".", ","]
FIELDS: Final = (
    "id", "parent", "title", "brand", "price", "rating", "rating_count", "category", "description", "features",
    "details", "stock", "delivery_days", "options",
)  # fmt: skip
"""What [columns] may name. `category` is a path, a list or a text; `details` is a table of properties, perhaps as JSON
text; `options` is a table from the name of an option to its values."""
_TABLES: Final = frozenset(("about", "columns", "attributes", "missing", "price", "keep", "group", "categories"))


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows that together are one product, as in a Shopify export; they follow each other."""

    by: str
    """Column that is equal in all of them."""
    options: tuple[tuple[str, str], ...]
    """Pairs of columns: name of an option, its value in this row."""
    add_up: tuple[str, ...]
    """Columns of whole numbers whose sum counts: units on the shelf."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How the rows of one schema are read."""

    name: str
    about: str
    columns: Mapping[str, tuple[str, ...]]
    """Field to columns; the first that holds something counts. "details.Brand" looks inside a table."""
    attributes: Mapping[str, tuple[str, ...]]
    """Attribute to columns that state it directly."""
    missing_price: Policy
    missing_rating: Policy
    currency: str
    """What prices without a sign are in, and the only other sign than $ that is understood."""
    rate: Decimal
    """US dollars for one unit of `currency`."""
    decimal: Decimals
    """The decimal sign of prices."""
    keep: Mapping[str, tuple[str, ...]]
    """Column to the values, in lower case, of rows that are wanted."""
    group: Grouping | None
    categories: Mapping[str, str]
    """Further names of source categories, as keys, and the leaf category of ours that each stands for."""
    digest: str
    """8 hex digits over the text of the map."""


def shipped_maps() -> dict[str, str]:
    """Return the names of the maps that come with the package, and what each is for."""
    folder = files("ecom_rlve.catalog").joinpath("data/maps")
    names = sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    return {name: load_map(name).about for name in names}


def load_map(name: str | Path) -> ColumnMap:
    """Return the map that ships under `name`, or that the TOML file `name` holds.

    Raises:
        CatalogError: There is none, or it breaks the format; the message names the map and the rule.
    """
    shipped = files("ecom_rlve.catalog").joinpath(f"data/maps/{name}.toml")
    if str(name).isidentifier() and shipped.is_file():
        return parse_map(str(name), shipped.read_text(encoding="utf-8"))
    try:
        text = Path(name).read_text(encoding="utf-8")
    except OSError:
        known = ", ".join(f.name.removesuffix(".toml") for f in _shipped())
        raise CatalogError(f"no column map {str(name)!r}: neither a file nor one of {known}") from None
    return parse_map(Path(name).stem, text)


def _shipped() -> list[Any]:  # Any: a Traversable, whose type has no public name on 3.11
    folder = files("ecom_rlve.catalog").joinpath("data/maps")
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def parse_map(name: str, text: str) -> ColumnMap:
    """Return the map that `text` holds; errors as for `load_map`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"column map {name}: not TOML: {error}") from None
    try:
        return _parsed(name, table, blake2b(text.encode(), digest_size=4).hexdigest())
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise CatalogError(f"column map {name}: {error}") from None


def _parsed(name: str, table: dict[str, Any], digest: str) -> ColumnMap:  # Any: a TOML table
    _known(f"column map {name}", table, _TABLES)
    columns = {field: _names(value) for field, value in table["columns"].items()}
    _known("[columns]", columns, FIELDS)
    stated = {field: _names(value) for field, value in table.get("attributes", {}).items()}
    able = [one.name for one in attributes().values() if one.filterable and one.name not in FIELDS]
    _known("[attributes]", stated, able)
    if "title" not in columns:
        raise ValueError("[columns] must name the title")
    missing = {"price": "drop", "rating": "synthesise", **table.get("missing", {})}
    _known("[missing]", missing, ("price", "rating"))
    price = table.get("price", {})
    _known("[price]", price, ("currency", "rate", "decimal"))
    return ColumnMap(
        name=name,
        about=str(table.get("about", "")),
        columns=columns,
        attributes=stated,
        missing_price=_one_of(missing["price"], get_args(Policy)),
        missing_rating=_one_of(missing["rating"], get_args(Policy)),
        currency=str(price.get("currency", "USD")),
        rate=_rate(price.get("rate", "1")),
        decimal=_one_of(price.get("decimal", "."), get_args(Decimals)),
        keep={column: tuple(v.lower() for v in _names(values)) for column, values in table.get("keep", {}).items()},
        group=_grouping(table["group"]) if "group" in table else None,
        categories=_categories(table.get("categories", {})),
        digest=digest,
    )


def _grouping(row: dict[str, Any]) -> Grouping:  # Any: a TOML table
    _known("[group]", row, ("by", "options", "add_up"))
    pairs = tuple((str(a), str(b)) for a, b in row.get("options", []))
    return Grouping(str(row["by"]), pairs, _names(row.get("add_up", [])))


def _categories(row: Mapping[str, str]) -> dict[str, str]:
    for leaf in row.values():
        if our_leaf(leaf) is None:
            raise ValueError(f"[categories] {leaf!r} is no category of ours; `ecom-rlve catalog info` lists them")
    return {key_of(name): leaf for name, leaf in row.items()}


def _rate(value: str | float) -> Decimal:
    rate = Decimal(str(value))
    if not 0 < rate < 10_000:
        raise ValueError(f"[price] rate is a positive number of US dollars, got {value!r}")
    return rate


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:  # Any: one of the literals in `allowed`
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(map(repr, allowed))}")
    return value


def _known(where: str, table: Mapping[str, object], names: frozenset[str] | tuple[str, ...] | list[str]) -> None:
    strange = [key for key in table if key not in names]
    if strange:
        raise ValueError(f"{where} has {strange[0]!r}, which is none of {', '.join(sorted(names))}")

"""How products of a category are made up: weights, price tables, titles and sentences, read from TOML.

Knows no random draw: `rows` and `wording` draw from what is here. Read and checked once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
from ecom_rlve.core.attributes import Value, attribute, attributes
from ecom_rlve.core.errors import CatalogError

QUANTILES: Final = (0, 100, 250, 500, 750, 900, 1000)
"""Where the seven numbers of a price, rating or count table stand, in thousandths."""
MIN_FORMS: Final = 3
MAKERS: Final = (
    *("arrays", "blocks", "brands", "generate", "index", "recipe"),
    *("rows", "table", "texts", "tokens", "wording"),
)
"""Modules on which the bytes of a generated catalogue depend."""
SLOT: Final = re.compile(r"\{([A-Za-z_ ]+)\}")
FIXED_SLOTS: Final = frozenset(("brand", "line", "noun", "plural"))


@dataclass(frozen=True, slots=True)
class Ingredient:
    """How one attribute is drawn."""

    name: str
    values: tuple[Value, ...]
    weights: tuple[int, ...]
    given: int
    """How many of 100 products state it."""
    tilt: int
    """How closely, of 100, later values go with higher prices; negative: with lower ones."""


@dataclass(frozen=True, slots=True)
class Department:
    """What all categories of a department share."""

    name: str
    sister: str
    """Department whose bigger brands also live here; empty if none."""
    sound: str
    """Key of the syllables and line names of its brands in names.toml."""
    delivery: Mapping[int, int]
    """Days until it arrives, with weights."""
    closing: tuple[str, ...]
    """Last sentences of a description."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the products of one leaf category are made."""

    leaf: Leaf
    department: Department
    share: int
    """Its size relative to other categories."""
    ingredients: tuple[Ingredient, ...]
    price: tuple[int, ...]
    """Cents at `QUANTILES`."""
    rating: tuple[int, ...]
    """Tenths of a star at `QUANTILES`."""
    popularity: tuple[int, ...]
    """Numbers of ratings at `QUANTILES`."""
    stock: tuple[int, ...]
    """Units on the shelf at `QUANTILES`, for those not sold out."""
    titles: tuple[str, ...]
    opening: tuple[str, ...]
    facts: tuple[str, ...]
    pieces: bool
    """Whether a pack size counts the pieces of one set ("500 Pieces") and not copies ("3-Pack")."""


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return every recipe in the order of the taxonomy.

    Raises:
        CatalogError: A data file breaks a rule; the message names the category and the rule.
    """
    found: list[Recipe] = []
    for file in _files():
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        department = _department(table["department"])
        found += [_recipe(name, row, department) for name, row in table["leaf"].items()]
    return tuple(sorted(found, key=lambda recipe: recipe.leaf.key))


def taxonomy() -> Taxonomy:
    """Return the taxonomy of the generated catalogue."""
    return Taxonomy.of([recipe.leaf for recipe in recipes()])


@cache
def names() -> Mapping[str, Any]:
    """Return names.toml as it stands: syllables, words, model lines (a JSON edge: checked by `brands`)."""
    return tomllib.loads(_data().joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def digest() -> str:
    """Return 8 hex digits over the data files and the code that turns them into products.

    It is part of the name of a cached catalogue, so that none outlives the recipe it was made by.
    """
    code = [files("ecom_rlve.catalog").joinpath(f"{module}.py") for module in MAKERS]
    parts = [*_files(), _data().joinpath("names.toml"), _data().joinpath("wording.toml"), *code]
    hashed = blake2b(digest_size=4)
    for part in parts:
        hashed.update(part.read_bytes())
    hashed.update(repr(attributes()).encode())
    return hashed.hexdigest()


def _data() -> Traversable:
    return files("ecom_rlve.catalog").joinpath("data")


def _files() -> list[Traversable]:
    found = [file for file in _data().joinpath("taxonomy").iterdir() if file.name.endswith(".toml")]
    return sorted(found, key=lambda file: file.name)


def _department(row: Mapping[str, Any]) -> Department:
    delivery = {int(days): weight for days, weight in row["delivery"].items()}
    return Department(
        row["name"], row.get("sister", ""), row["sound"], MappingProxyType(delivery), tuple(row["closing"])
    )


def _recipe(name: str, row: Mapping[str, Any], department: Department) -> Recipe:
    key = f"{department.name}/{name}"
    given, tilt = row.get("given", {}), row.get("tilt", {})
    ingredients = tuple(
        _ingredient(key, attr, values, given.get(attr, 100), tilt.get(attr, 0))
        for attr, values in row["values"].items()
    )
    leaf = Leaf(
        key=key,
        noun=row["noun"],
        plural=row["plural"],
        synonyms=tuple(row["synonyms"]),
        counted_as=row.get("counted_as", ""),
        attributes=MappingProxyType({one.name: one.values for one in ingredients}),
        variant=tuple(row["variant"]),
        denied=row.get("denied", False),
        hygiene=row.get("hygiene", False),
        final_sale_share=row.get("final_sale_share", 4),
    )
    recipe = Recipe(
        leaf=leaf,
        department=department,
        share=row.get("share", 10),
        ingredients=ingredients,
        price=tuple(round(100 * price) for price in row["price"]),
        rating=tuple(row.get("rating", (24, 36, 40, 43, 46, 48, 50))),
        popularity=tuple(row.get("popularity", (1, 5, 24, 118, 640, 2900, 23000))),
        stock=tuple(row.get("stock", (1, 4, 12, 35, 90, 220, 600))),
        titles=tuple(row["titles"]),
        opening=tuple(row["opening"]),
        facts=tuple(row["facts"]),
        pieces=row.get("pieces", False),
    )
    _check(recipe, [*given, *tilt])
    return recipe


def _ingredient(key: str, name: str, values: Mapping[str, int], given: int, tilt: int) -> Ingredient:
    if name not in attributes():
        raise CatalogError(f"{key}: there is no attribute {name!r} in attributes.toml")
    parsed = tuple(attribute(name).parse(value) for value in values)
    if attribute(name).kind == "number" and list(parsed) != sorted(parsed):
        raise CatalogError(f"{key}: the values of {name} are not in rising order: {list(values)}")
    if len(parsed) < 2 or min(values.values()) < 1 or len(set(parsed)) < len(parsed):
        raise CatalogError(f"{key}: {name} needs two or more different values with weights of 1 or more")
    return Ingredient(name, parsed, tuple(values.values()), given, tilt)


def _check(recipe: Recipe, named: list[str]) -> None:
    leaf = recipe.leaf
    strange = [name for name in (*leaf.variant, *named) if name not in leaf.attributes]
    if strange:
        raise CatalogError(f"{leaf.key}: names {strange}, which is not in its schema {list(leaf.attributes)}")
    first = leaf.variant[0]
    always = {one.name for one in recipe.ingredients if one.given == 100}
    if first not in always or any(len(leaf.attributes[name]) < MIN_FORMS for name in leaf.variant):
        raise CatalogError(f"{leaf.key}: variants need {MIN_FORMS} values, and {first} must always be given")
    _check_patterns(recipe)
    for table in (recipe.price, recipe.rating, recipe.popularity, recipe.stock):
        if len(table) != len(QUANTILES) or list(table) != sorted(table) or table[0] < 1:
            raise CatalogError(f"{leaf.key}: a table needs {len(QUANTILES)} rising positive numbers, got {table}")


def slots(pattern: str) -> list[str]:
    """Return the slots of a title or sentence in order: "a color" and "Color" are the slot "color"."""
    found = [slot.removeprefix("a ").removeprefix("A ") for slot in SLOT.findall(pattern)]
    return [slot[0].lower() + slot[1:] for slot in found]


def _check_patterns(recipe: Recipe) -> None:
    key, known = recipe.leaf.key, FIXED_SLOTS | set(recipe.leaf.attributes)
    for pattern in (*recipe.titles, *recipe.opening, *recipe.facts, *recipe.department.closing):
        if not set(slots(pattern)) <= known or "{" in SLOT.sub("", pattern):
            raise CatalogError(f"{key}: {pattern!r} has a slot that is not in the schema {sorted(known)}")
    for title in recipe.titles:
        if slots(title)[:2] != ["brand", "line"] or "noun" not in slots(title):
            raise CatalogError(f"{key}: a title begins with brand and line and names the noun, got {title!r}")
    for pattern in (*recipe.opening, *recipe.department.closing):
        if not set(slots(pattern)) <= FIXED_SLOTS:
            raise CatalogError(f"{key}: {pattern!r} mentions an attribute, which need not be given")

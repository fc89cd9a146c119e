"""Generating a catalogue: categories one after the other, vectorised, in bounded memory.

Knows no command line and no cache. Same size, seed and recipe: the same bytes and fingerprint on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Longs, mix
from ecom_rlve.catalog.brands import Brand, line_name, real_names, roster
from ecom_rlve.catalog.index import TITLE_WEIGHT, Field, IndexBuilder, field_of
from ecom_rlve.catalog.recipe import MIN_FORMS, Department, Recipe, digest, names, recipes, taxonomy
from ecom_rlve.catalog.rows import LeafRows, brands_needed, leaf_rows
from ecom_rlve.catalog.storage import FORMAT, TABLE, Meta, check_space, new_folder, save_array, save_meta, save_texts
from ecom_rlve.catalog.table import TableWriter
from ecom_rlve.catalog.wording import title_text, word_rows
from ecom_rlve.core.attributes import attribute, attributes
from ecom_rlve.core.errors import CatalogError

GENERATOR: Final = 1
"""Version of the code that makes rows and words; part of a catalogue's name."""
OWN_COLUMNS: Final = ("category", "brand", "price", "rating", "rating_count", "delivery_days", "stock", "variant")
NO_COLUMN: Final = frozenset({*OWN_COLUMNS, "in_stock", "title", "quantity"})
MIN_SIZE, MAX_SIZE = 1000, 4_000_000
"""Above this a row no longer fits its place in a sort key (`planner`)."""
BYTES_A_PRODUCT: Final = 1_400
"""On disk while it is made (1,253 measured at two million); a third less is left in the end."""
Progress = Callable[[str, int, int], None]


def generate(size: int, seed: int, path: Path, progress: Progress | None = None) -> Path:
    """Write a catalogue of `size` products to `path` and return it.

    Args:
        size: How many products, 1,000 … 4,000,000.
        seed: 0 ≤ seed < 2**48; another seed is another shop.
        path: The folder to make; a sound catalogue that is already there stays, a damaged one is replaced.
        progress: Called with (stage, done, total).

    Raises:
        CatalogError: A size out of range, `path` is in the way, or the disk is too small.
    """
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise CatalogError(f"a catalogue has {MIN_SIZE} … {MAX_SIZE} products, got {size}")
    tell = progress or _silent
    check_space(path.parent, size * BYTES_A_PRODUCT)
    sizes = leaf_sizes(recipes(), size)
    brands, living = _brands(sizes, seed)
    schema = [a.name for a in attributes().values() if a.filterable and a.name not in NO_COLUMN]
    dictionary = _dictionary(schema)
    with new_folder(path) as folder:
        table = TableWriter(folder, [*OWN_COLUMNS, *schema])
        index = IndexBuilder(folder)
        groups: list[tuple[Longs, Longs]] = []
        done = 0
        for code, recipe in enumerate(recipes()):
            rows = leaf_rows(recipe, sizes[code], living[recipe.department.name], brands, seed)
            starts = np.flatnonzero(np.append(True, rows.brand[1:] != rows.brand[:-1]))
            groups.append((rows.brand[starts], starts + done))
            titles = _append(table, rows, code, brands, dictionary, schema, seed)
            index.add(titles, _fields(rows, brands))
            done += len(rows)
            tell("products", done, size)
        tell("index", 0, 1)
        index.finish()
        tell("index", 1, 1)
        tree = taxonomy().dumps()
        meaning = [tree, *(brand.name for brand in brands), *(word for words in dictionary.values() for word in words)]
        fingerprint = table.finish(folder / TABLE, meaning)
        save_groups(folder, groups, sizes, size)
        save_texts(folder, "brands", [brand.name for brand in brands])
        (folder / "taxonomy.json").write_text(tree, encoding="utf-8")
        meta = Meta(
            FORMAT,
            f"generated-v{GENERATOR}-{digest()}",
            size,
            seed,
            fingerprint,
            (*OWN_COLUMNS, *schema),
            dictionary,
            {},
        )
        save_meta(folder, meta)
    return path


def _silent(stage: str, done: int, total: int) -> None:
    """Take no notice."""


def leaf_sizes(all_recipes: Sequence[Recipe], size: int) -> list[int]:
    """Return how many products each category gets: in proportion to its share, at least 8, `size` in total."""
    total = sum(recipe.share for recipe in all_recipes)
    spare = size - 8 * len(all_recipes)
    ends, share = [0], 0
    for recipe in all_recipes:
        share += recipe.share
        ends.append(spare * share // total)
    return [8 + after - before for before, after in pairwise(ends)]


def _brands(sizes: Sequence[int], seed: int) -> tuple[list[Brand], dict[str, list[int]]]:
    """Return all brands sorted by name, and the codes of those that live in each department."""
    per_department: dict[str, list[int]] = {}
    departments: dict[str, Department] = {}
    for recipe, n in zip(recipes(), sizes, strict=True):
        departments[recipe.department.name] = recipe.department
        per_department.setdefault(recipe.department.name, []).append(n)
    taken = set(real_names())
    homes = {
        name: roster(departments[name], max(brands_needed(max(ns)), sum(ns) // 30), seed, taken)
        for name, ns in per_department.items()
    }
    ordered = sorted((brand for home in homes.values() for brand in home), key=lambda brand: brand.name)
    code = {brand.name: i for i, brand in enumerate(ordered)}
    living: dict[str, list[int]] = {}
    for name, home in homes.items():
        guests = homes.get(departments[name].sister, ())
        living[name] = [code[brand.name] for brand in (*home, *guests[: len(home) // 8])]
    return ordered, living


def _dictionary(schema: Sequence[str]) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for name in schema:
        if attribute(name).kind == "word":
            found = {value for recipe in recipes() for value in recipe.leaf.attributes.get(name, ())}
            words[name] = tuple(sorted(str(value) for value in found))
    return words


def _append(
    table: TableWriter,
    rows: LeafRows,
    code: int,
    brands: Sequence[Brand],
    dictionary: dict[str, tuple[str, ...]],
    schema: Sequence[str],
    seed: int,
) -> list[str]:
    """Write the rows of one category and return their titles."""
    recipe = rows.recipe
    columns: dict[str, Longs] = {
        "category": np.full(len(rows), code, dtype=np.int64),
        "brand": rows.brand,
        "price": rows.price,
        "rating": rows.rating,
        "rating_count": rows.rating_count,
        "delivery_days": rows.delivery_days,
        "stock": rows.stock,
        "variant": _variant_column(rows, schema),
    }
    for positions, one in zip(rows.positions, recipe.ingredients, strict=True):
        place = {value: i for i, value in enumerate(dictionary.get(one.name, ()))}
        codes = [place[value] if isinstance(value, str) else value for value in one.values]
        columns[one.name] = np.asarray([*codes, -1], dtype=np.int64)[positions]
    lines = _lines(rows, brands)
    wording = word_rows(rows, [brands[int(b)].name for b in rows.brand], lines, seed)
    table.append(columns, {"title": wording.titles, "description": wording.descriptions}, len(rows))
    return wording.titles


def _lines(rows: LeafRows, brands: Sequence[Brand]) -> list[str]:
    sound = names()["sound"][rows.recipe.department.sound]
    key = mix(int.from_bytes(rows.recipe.leaf.key.encode(), "big") % 2**64)
    made: dict[tuple[int, int], str] = {}
    pairs: list[tuple[int, int]] = list(zip(rows.brand.tolist(), rows.line.tolist(), strict=True))
    for pair in pairs:
        if pair not in made:
            made[pair] = line_name(brands[pair[0]], key, pair[1], sound)
    return [made[pair] for pair in pairs]


def _variant_column(rows: LeafRows, schema: Sequence[str]) -> Longs:
    """Return 256 · (place of the variant attribute in the schema) + (place of the own value in the leaf's list)."""
    names_here = [one.name for one in rows.recipe.ingredients]
    out = np.full(len(rows), -1, dtype=np.int64)
    for name in rows.recipe.leaf.variant:
        i = names_here.index(name)
        wide = len(rows.recipe.ingredients[i].values) >= MIN_FORMS
        free = (out < 0) & (rows.positions[i] >= 0) & wide
        out = np.where(free, 256 * schema.index(name) + rows.positions[i], out)
    return out


def _fields(rows: LeafRows, brands: Sequence[Brand]) -> list[Field]:
    leaf = rows.recipe.leaf
    everywhere = np.zeros(len(rows), dtype=np.int64)
    # The noun is said again: a product *is* a charger, it does not merely mention one.
    fields = [
        Field(TITLE_WEIGHT, everywhere, [leaf.noun]),
        Field(1, everywhere, [" ".join((leaf.plural, *leaf.synonyms))]),
        field_of(1, rows.brand, [brand.name for brand in brands]),
    ]
    for positions, one in zip(rows.positions, rows.recipe.ingredients, strict=True):
        texts = [f"{attribute(one.name).show(value)} {title_text(one.name, value)}" for value in one.values]
        fields.append(Field(1, positions, texts))
    return fields


def save_groups(folder: Path, groups: Sequence[tuple[Longs, Longs]], sizes: Sequence[int], size: int) -> None:
    """Store where categories and (category, brand) groups begin; both tables end with the number of rows."""
    counts = [len(brand) for brand, _ in groups]
    save_array(folder, "categories.rows", np.append(0, np.cumsum(sizes)).astype(np.int64))
    save_array(folder, "categories.groups", np.append(0, np.cumsum(counts)).astype(np.int64))
    save_array(folder, "groups.brand", np.concatenate([brand for brand, _ in groups]).astype(np.int32))
    starts = np.concatenate([start for _, start in groups])
    save_array(folder, "groups.rows", np.append(starts, size).astype(np.int64))

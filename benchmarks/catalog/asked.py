"""What people ask for, made from the products themselves, and which products would do: ground truth without a judge.

Knows no way of searching.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.rng import Stream

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the product somebody had in mind, and all that answer the words equally well."""

    query: str
    row: int
    would_do: frozenset[int]


def misspelled(text: str, rng: Stream) -> str:
    """Return `text` with one edit (loss, replacement, addition, swap) in one word of four letters or more."""
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.below(len(words[i]) - 1)
    letter = rng.choice(LETTERS)
    edits = (word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :], word[:at] + letter + word[at:])
    words[i] = rng.choice((*edits, word[:at] + word[at + 1] + word[at] + word[at + 2 :]))
    return " ".join(words)


def asked(shop: Catalog, kind: str, count: int, rng: Stream) -> list[Asked]:
    """Return `count` queries of a kind: one of `KINDS`."""
    return [KINDS[kind](shop, row, rng) for row in rng.sample(range(len(shop)), count)]


def _with(shop: Catalog, row: int, name: str, rows: range) -> frozenset[int]:
    column = shop.column(name)
    return frozenset((np.flatnonzero(column[rows.start : rows.stop] == column[row]) + rows.start).tolist())


def _feature(shop: Catalog, row: int, rng: Stream) -> tuple[str, str]:
    product = shop.product(row)
    name = rng.choice(list(product.attributes))
    return name, attribute(name).show(product.attributes[name])


def _title(shop: Catalog, row: int, rng: Stream) -> Asked:
    title = shop.title(row)
    same = frozenset(other for other in shop.rivals(row) if shop.title(other) == title)
    return Asked(title, row, same)


def _typo(shop: Catalog, row: int, rng: Stream) -> Asked:
    exact = _title(shop, row, rng)
    return Asked(misspelled(exact.query, rng), row, exact.would_do)


def _described(shop: Catalog, row: int, rng: Stream) -> Asked:
    name, said = _feature(shop, row, rng)
    return Asked(
        f"{shop.product(row).brand} {shop.leaf(row).noun} {said}", row, _with(shop, row, name, shop.rivals(row))
    )


def _described_typo(shop: Catalog, row: int, rng: Stream) -> Asked:
    exact = _described(shop, row, rng)
    return Asked(misspelled(exact.query, rng), row, exact.would_do)


def _type_feature(shop: Catalog, row: int, rng: Stream) -> Asked:
    name, said = _feature(shop, row, rng)
    leaf = shop.leaf(row)
    return Asked(f"{leaf.noun} {said}", row, _with(shop, row, name, shop.category_rows(leaf.key)))


def _synonym(shop: Catalog, row: int, rng: Stream) -> Asked:
    name, said = _feature(shop, row, rng)
    leaf = shop.leaf(row)
    word = rng.choice(leaf.synonyms) if leaf.synonyms else leaf.plural
    return Asked(f"{said} {word}", row, _with(shop, row, name, shop.category_rows(leaf.key)))


def _sentence(shop: Catalog, row: int, rng: Stream) -> Asked:
    exact = _described(shop, row, rng)
    product, leaf = shop.product(row), shop.leaf(row)
    said = exact.query.removeprefix(f"{product.brand} {leaf.noun} ")
    return Asked(f"I'm looking for a {leaf.noun} with {said}, from {product.brand} please", row, exact.would_do)


def paraphrases(shop: Catalog) -> list[Asked]:
    """Return what is asked for without the shop's own words; every product of the category would do."""
    said = tomllib.loads((Path(__file__).parent / "paraphrases.toml").read_text(encoding="utf-8"))
    rows = {key: shop.category_rows(key) for key in said.values() if key in shop.taxonomy.leaves}
    return [Asked(query, rows[key].start, frozenset(rows[key])) for query, key in said.items() if key in rows]


KINDS = {
    "exact title": _title,
    "title, one typo": _typo,
    "brand, type, feature": _described,
    "the same, one typo": _described_typo,
    "type, feature": _type_feature,
    "feature, synonym": _synonym,
    "a whole sentence": _sentence,
}

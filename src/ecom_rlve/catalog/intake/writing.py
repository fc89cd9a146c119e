"""From staged rows to a catalogue's files: category by category, in memory bounded by the biggest one.

Knows no foreign column. The rows' order, and so every id, depends on the products alone, never on batches or files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.generate import OWN_COLUMNS, save_groups
from ecom_rlve.catalog.index import TITLE_WEIGHT, Field, IndexBuilder, field_of
from ecom_rlve.catalog.intake.categories import leaf_of
from ecom_rlve.catalog.intake.deciding import Decided
from ecom_rlve.catalog.intake.extract import Found
from ecom_rlve.catalog.intake.filling import FIGURES, FLAGS, fill, roll
from ecom_rlve.catalog.intake.provenance import ProvenanceWriter
from ecom_rlve.catalog.intake.report import REPORT, BuildReport, Count
from ecom_rlve.catalog.intake.staging import Chunk, Rows, rows_of
from ecom_rlve.catalog.intake.tally import Tally
from ecom_rlve.catalog.intake.vocabulary import schema
from ecom_rlve.catalog.recipe import recipes
from ecom_rlve.catalog.storage import FORMAT, TABLE, Meta, save_meta, save_texts
from ecom_rlve.catalog.table import TableWriter
from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
from ecom_rlve.core.attributes import attribute

BUILDER: Final = 1
"""Version of the rules that turn foreign rows into products; part of what tells builds apart."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Category:
    """The products of one category, sorted by brand and price."""

    leaf: Leaf
    code: int
    rows: Rows
    attributes: Sequence[Mapping[str, Found]]
    brand: Longs
    figures: Mapping[str, Longs]
    flags: Longs
    variant: Longs


class CatalogFiles:
    """Writes the catalogue into an empty folder."""

    def __init__(self, folder: Path, decided: Decided, words: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._decided = decided
        self._schema = schema()
        self._words = _dictionary(self._schema, words, decided.sizes)
        self._brands = sorted(set(decided.brands.values()))
        self._codes = {name: i for i, name in enumerate(self._brands)}
        self._spelled = {spelling: self._codes[name] for spelling, name in decided.brands.items()}
        self._recipes = {one.leaf.key: one for one in recipes()}

    def write(
        self, chunks: Sequence[Chunk], sources: Sequence[tuple[str, str]], tally: Tally, progress: Progress
    ) -> BuildReport:
        """Write all files but meta.json's check; return the report."""
        sizes = self._decided.sizes
        size = sum(sizes.values())
        table = TableWriter(self._folder, [*OWN_COLUMNS, *self._schema])
        index, provenance, count = IndexBuilder(self._folder), ProvenanceWriter(self._folder), Count()
        groups: list[tuple[Longs, Longs]] = []
        leaves: list[Leaf] = []
        done = 0
        for code, kind in enumerate(sizes):
            one = self._category(kind, code, rows_of(kind, chunks, self._decided.keep))
            starts = np.flatnonzero(np.append(True, one.brand[1:] != one.brand[:-1]))
            groups.append((one.brand[starts], starts + done))
            leaves.append(one.leaf)
            titles = self._append(table, one)
            index.add(titles, self._fields(one))
            provenance.add(one.rows.texts["source_id"], one.flags, self._confidences(one))
            count.add(one.leaf, one.attributes, one.flags.tolist())
            done += len(titles)
            progress("products", done, size)
        progress("index", 0, 1)
        index.finish()
        provenance.finish()
        progress("index", 1, 1)
        tree = Taxonomy.of(leaves).dumps()
        meaning = [tree, *self._brands, *(word for words in self._words.values() for word in words)]
        fingerprint = table.finish(self._folder / TABLE, meaning)
        save_groups(self._folder, groups, list(sizes.values()), size)
        save_texts(self._folder, "brands", self._brands)
        (self._folder / "taxonomy.json").write_text(tree, encoding="utf-8")
        report = count.report(sources, tally, len(self._brands))
        (self._folder / REPORT).write_text(report.dumps(), encoding="utf-8")
        columns = (*OWN_COLUMNS, *self._schema)
        save_meta(self._folder, Meta(FORMAT, f"built-v{BUILDER}", size, 0, fingerprint, columns, self._words, {}))
        return report

    def _category(self, kind: str, code: int, rows: Rows) -> _Category:
        attributes = rows.attributes()
        leaf = leaf_of(kind, self._decided.plurals.get(kind, ""), attributes, denied=rows.denied)
        keys = rows.numbers["key"]
        filled = fill({name: rows.numbers[name] for name in FIGURES}, keys, self._recipes.get(kind))
        brand = np.asarray([self._spelled[name] for name in rows.texts["brand"]], dtype=np.int64)
        variant, own = self._variants(leaf, attributes, rows.texts["axis"], keys)
        flags = filled.flags | np.where(own, 0, FLAGS["variants"])
        order = np.lexsort((rows.numbers["order"], filled.figures["price"], brand))
        places: list[int] = order.tolist()
        return _Category(
            leaf=leaf,
            code=code,
            rows=Rows(
                {name: values[order] for name, values in rows.numbers.items()},
                {name: [texts[i] for i in places] for name, texts in rows.texts.items()},
                rows.denied,
            ),
            attributes=[attributes[i] for i in places],
            brand=brand[order],
            figures={name: values[order] for name, values in filled.figures.items()},
            flags=flags[order],
            variant=variant[order],
        )

    def _variants(
        self, leaf: Leaf, rows: Sequence[Mapping[str, Found]], axes: Sequence[str], keys: Longs
    ) -> tuple[Longs, Longs]:
        """Return the variant column, and whether the product has a value of its own there.

        As `generate` packs it: 256 · (place of the attribute in the schema) + (place of the value in the leaf's list).
        """
        places = {name: {value: i for i, value in enumerate(leaf.attributes[name])} for name in leaf.variant}
        first = leaf.variant[0]
        drawn = roll("form", keys, len(places[first])).tolist()
        packed: list[int] = []
        own: list[bool] = []
        for row, axis, place in zip(rows, axes, drawn, strict=True):
            # What the source offers it in comes first, then what is most natural.
            name = next((name for name in (axis, *leaf.variant) if name in places and name in row), "")
            own.append(bool(name))
            found = places[name][row[name].value] if name else place
            packed.append(256 * self._schema.index(name or first) + found)
        return np.asarray(packed, dtype=np.int64), np.asarray(own, dtype=np.int64)

    def _append(self, table: TableWriter, one: _Category) -> list[str]:
        n = len(one.rows)
        columns: dict[str, Longs] = {
            "category": np.full(n, one.code, dtype=np.int64),
            "brand": one.brand,
            **one.figures,
            "variant": one.variant,
        }
        for name in one.leaf.attributes:
            columns[name] = self._codes_of(name, one.attributes)
        titles = one.rows.texts["title"]
        table.append(columns, {"title": titles, "description": one.rows.texts["description"]}, n)
        return titles

    def _codes_of(self, name: str, rows: Sequence[Mapping[str, Found]]) -> Longs:
        place = {word: i for i, word in enumerate(self._words.get(name, ()))}
        found = (row.get(name) for row in rows)
        codes = (-1 if f is None else f.value if isinstance(f.value, int) else place[f.value] for f in found)
        return np.fromiter(codes, dtype=np.int64, count=len(rows))

    def _fields(self, one: _Category) -> list[Field]:
        leaf, everywhere = one.leaf, np.zeros(len(one.rows), dtype=np.int64)
        fields = [
            Field(TITLE_WEIGHT, everywhere, [leaf.noun]),
            Field(1, everywhere, [" ".join((leaf.plural, *leaf.synonyms))]),
            field_of(1, one.brand, self._brands),
        ]
        for name, values in leaf.attributes.items():
            place = {value: i for i, value in enumerate(values)}
            found = (row.get(name) for row in one.attributes)
            codes = np.fromiter((-1 if f is None else place[f.value] for f in found), np.int64, count=len(one.rows))
            fields.append(Field(1, codes, [attribute(name).show(value) for value in values]))
        return fields

    def _confidences(self, one: _Category) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        out = np.zeros((len(one.rows), len(self._schema)), dtype=np.uint8)
        for i, row in enumerate(one.attributes):
            for name, found in row.items():
                if name in one.leaf.attributes:
                    out[i, self._schema.index(name)] = found.confidence
        return out


def _dictionary(
    names: Sequence[str], words: Mapping[str, Sequence[str]], kinds: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Return the words of every word attribute: those met, and those that forms come in."""
    leaves = [one.leaf for one in recipes() if one.leaf.key in kinds]
    out: dict[str, tuple[str, ...]] = {}
    for name in names:
        if attribute(name).kind == "word":
            forms = {str(v) for leaf in leaves if name in leaf.variant for v in leaf.attributes.get(name, ())}
            out[name] = tuple(sorted({*words.get(name, ()), *forms}))
    return out


def rules_digest() -> str:
    """Return 8 hex digits over the data that decide what a foreign row becomes."""
    from importlib.resources import files  # noqa: PLC0415 (only here)

    hashed = blake2b(f"{BUILDER}".encode(), digest_size=4)
    for name in ("categories", "filling", "nouns", "properties", "units", "values"):
        hashed.update(files("ecom_rlve.catalog").joinpath(f"data/foreign/{name}.toml").read_bytes())
    hashed.update(repr([one.leaf for one in recipes()]).encode())
    return hashed.hexdigest()

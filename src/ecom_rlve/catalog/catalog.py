"""Catalog: the products of a shop, immutable, memory-mapped, found by id, by condition and by words.

Knows no episode: what is sold out today or ranked badly on purpose is the world's and the tools' business.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ecom_rlve.catalog import ids, similarity
from ecom_rlve.catalog.arrays import Flags, Ints, Longs
from ecom_rlve.catalog.codes import Codes
from ecom_rlve.catalog.filters import Rows, mask, standing_forms
from ecom_rlve.catalog.groups import BrandNames, Groups
from ecom_rlve.catalog.planner import Sort, best, beyond, spans
from ecom_rlve.catalog.retrieve import Filter
from ecom_rlve.catalog.rules import Chapters, mixed, read_rules
from ecom_rlve.catalog.search import Index
from ecom_rlve.catalog.semantic import Retriever, Settings, read_settings
from ecom_rlve.catalog.storage import open_folder
from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
from ecom_rlve.catalog.variants import Offer, forms_of
from ecom_rlve.catalog.warmth import read_ahead
from ecom_rlve.core.attributes import Value
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.core.product import Constraint, Product, ProductId, Variant
from ecom_rlve.core.rng import Stream

__all__ = ["Catalog", "Hits", "Offer", "Sort", "embedded", "open_catalog"]

NEIGHBOURS: Final = 200
"""How many rows of its category to either side a near miss is looked for."""
_PAGES: Final = 1 << 9
"""Pages kept: enough for what one episode looks at again. More would make small catalogues faster and no others."""


_FORMS: Final = 1 << 8
"""Attributes of categories whose standing forms are kept: 300 KiB each in a shop of two million products."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found."""

    total: int
    """How many products match in all."""
    rows: tuple[int, ...]
    """The best of them, best first."""


class Catalog:
    """The products of a shop. Cheap to share among threads; pickled by its path.

    Rows are sorted by category, brand, price; `range`s and arrays of rows are how sets of products are named.
    """

    def __init__(self, path: Path, settings: Settings | None = None) -> None:
        """Open the catalogue in `path`; a `CatalogError` says what is wrong with it.

        Args:
            path: Its folder.
            settings: How to search in it; left out, as the folder says. Another one is not pickled along.
        """
        folder = open_folder(path)
        self.path: Path = folder.path
        self.taxonomy: Taxonomy = Taxonomy.loads((path / "taxonomy.json").read_text(encoding="utf-8"))
        self.codes: Codes = Codes(folder, self.taxonomy)
        self.groups: Groups = Groups(folder, self.taxonomy)
        self._columns = folder.columns
        self._titles = folder.titles
        self._descriptions = folder.descriptions
        self.content_fingerprint: str = folder.meta.fingerprint
        """16 hex digits over the content alone: what vectors are made for."""
        self.index: Index = Index(folder)
        self._retriever = Retriever(path, folder.meta.fingerprint, self.index, settings or read_settings(path))
        self.rules: Chapters = read_rules(path)
        """Chapters of the shop's policy that it brings along, in the place of the shipped ones."""
        self.fingerprint: str = mixed(self._retriever.fingerprint, self.rules)
        """16 hex digits over the content, over encoded vectors where the search uses any, and over rules of its own."""
        self._vectors: similarity.Vectors = folder.array("vectors")
        self._size = folder.meta.size
        self._pages = lru_cache(maxsize=_PAGES)(self._read)
        self._forms = lru_cache(maxsize=_PAGES)(self._read_forms)
        self._varying = lru_cache(maxsize=None)(self._any_varying)
        self.standing_forms = lru_cache(maxsize=_FORMS)(self._other_forms)
        """The codes, shape (2, rows), in which a category's products are on standing offer beside their own, by the
        attribute (one of those that forms differ in); −1 for products whose forms differ in something else."""

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<Catalog of {self._size:,} products, {self.fingerprint}>"

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_catalog, (self.path,)

    def prefault(self) -> int:
        """Read all its files into memory now, and return their bytes; what the system shares among its processes."""
        return read_ahead(self.path)

    def id_of(self, row: int) -> ProductId:
        """Return the id of the product in `row`."""
        self._check(row)
        return ids.product_id(row)

    def row_of(self, product_id: str) -> int | None:
        """Return the row of a product, or None where the shop has no such id."""
        row = ids.row_of_id(product_id)
        return row if row is not None and row < self._size else None

    def product(self, row: int) -> Product:
        """Return the product in `row`; an IndexError where there is none."""
        return self._pages(row)

    def leaf(self, row: int) -> Leaf:
        """Return the leaf category of the product in `row`, without reading its page."""
        self._check(row)
        return self.codes.leaves[int(self._columns["category"][row])]

    def title(self, row: int) -> str:
        """Return only the title of the product in `row`."""
        return self._titles[row]

    def _other_forms(self, category: int, attribute: str) -> Ints:
        return standing_forms(self, self.groups.category(self.codes.leaves[category].key), attribute)

    def _read(self, row: int) -> Product:
        self._check(row)
        columns = self._columns
        leaf = self.codes.leaves[int(columns["category"][row])]
        attributes: dict[str, Value] = {}
        for name in leaf.attributes:
            code = int(columns[name][row])
            if code >= 0:
                attributes[name] = self.codes.value(name, code)
        return Product(
            id=ids.product_id(row),
            title=self._titles[row],
            category=leaf.key,
            brand=self.codes.brands[int(columns["brand"][row])],
            price=int(columns["price"][row]),
            rating=int(columns["rating"][row]),
            rating_count=int(columns["rating_count"][row]),
            stock=int(columns["stock"][row]),
            delivery_days=int(columns["delivery_days"][row]),
            attributes=attributes,
            description=self._descriptions[row],
        )

    def variants(self, row: int, offer: Offer) -> tuple[Variant, ...]:
        """Return the three forms in which a product is on offer, in the order of its page."""
        return self._forms(row, offer)

    def _read_forms(self, row: int, offer: Offer) -> tuple[Variant, ...]:
        # Columns instead of the page: most of it is not needed, and in big shops it is seldom in the cache.
        product_id, columns = self.id_of(row), self._columns
        name, own = self.codes.variant(int(columns["variant"][row]))
        values = self.leaf(row).attributes[name]
        price, stock = int(columns["price"][row]), int(columns["stock"][row])
        return tuple(
            Variant(
                id=ids.variant_id(offer.seed, row, position),
                product_id=product_id,
                options={name: values[form.index]},
                price=price,
                stock=0 if form.sold_out else stock,
            )
            for position, form in enumerate(forms_of(row, own, len(values), offer))
        )

    def variant_attribute(self, row: int) -> str:
        """Return the attribute in which the forms of a product differ."""
        self._check(row)
        return self.codes.variant(int(self._columns["variant"][row]))[0]

    def varying(self, category: str) -> frozenset[str]:
        """Return the attributes in which the forms of any product of a category differ; looked up once a category."""
        return self._varying(category)

    def _any_varying(self, category: str) -> frozenset[str]:
        return frozenset(self.variant_attributes(self.category_rows(category)))

    def variant_attributes(self, rows: range) -> set[str]:
        """Return the attributes in which the forms of any of `rows` differ."""
        return {
            self.codes.variant(packed)[0] for packed in set(self._columns["variant"][rows.start : rows.stop].tolist())
        }

    def category_rows(self, category: str) -> range:
        """Return the rows of a leaf category; a `CatalogError` names one that does not exist."""
        return self.groups.category(category)

    def brand_rows(self, category: str, brand: str) -> range:
        """Return the rows of a brand in a category, cheapest first; empty where it has none."""
        return self.groups.brand(category, self.codes.brands.find(brand))

    def rivals(self, row: int) -> range:
        """Return the rows of the same brand and category as `row`, itself included, without reading any page."""
        return self.groups.brand(self.leaf(row).key, int(self._columns["brand"][row]))

    def brand_ranges(self, brand: str) -> list[range]:
        """Return the rows of a brand in all categories. Looks at every (category, brand) pair once."""
        return self.groups.everywhere(self.codes.brands.find(brand))

    def brands(self, category: str) -> BrandNames:
        """Return the names of the brands present in a category, sorted, read one by one as they are asked for."""
        return self.groups.names(category)

    def column(self, attribute: str) -> Ints:
        """Return the codes of an attribute for all rows, −1 where not given; `stock` and `rating_count` included."""
        try:
            return self._columns[attribute]
        except KeyError:
            raise CatalogError(f"no column {attribute!r}; there are {', '.join(self._columns)}") from None

    def code(self, attribute: str, value: Value) -> int:
        """Return the stored code of a value, −2 where no product can have it."""
        return self.codes.code(attribute, value)

    def value(self, attribute: str, code: int) -> Value:
        """Return the value that a code ≥ 0 stands for."""
        return self.codes.value(attribute, code)

    def values_of(self, category: str, attribute: str) -> tuple[Value, ...]:
        """Return the values an attribute takes in a category; empty where the category does not have it."""
        return self.taxonomy.leaf(category).attributes.get(attribute, ())

    def mask(self, rows: Rows, constraints: Sequence[Constraint], offer: Offer) -> Flags:
        """Return which of `rows` meet all `constraints`: exact, the forms on offer included."""
        return mask(self, rows, constraints, offer)

    def matching(self, constraints: Sequence[Constraint], offer: Offer, moved: Set[int] = frozenset()) -> Longs:
        """Return all rows that meet `constraints`, sorted. Without a category or brand it looks at whole columns."""
        title = next((c.value for c in constraints if c.attribute == "title" and c.op == "eq"), None)
        found: list[Longs] = []
        for span in spans(self, constraints):
            rows = span if not isinstance(title, str) else self.index.holders(title, span)
            kept = np.flatnonzero(mask(self, rows, beyond(constraints), offer, moved))
            found.append(kept + rows.start if isinstance(rows, range) else rows[kept].astype(np.int64))
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def search(
        self,
        query: str,
        constraints: Sequence[Constraint],
        *,
        sort: Sort,
        limit: int,
        offer: Offer,
        moved: Set[int] = frozenset(),
    ) -> Hits:
        """Return what matches any word of `query` and all `constraints`, best first.

        Args:
            query: What was typed; without any letter or digit, everything that meets the conditions matches, the
                most often rated first.
            constraints: Conditions that every hit meets.
            sort: What comes first; equals are ordered by score, then row.
            limit: How many rows to return, ≥ 0.
            offer: Which forms are on offer.
            moved: Rows that are sold out here though not in the catalogue, or the other way round.
        """
        if not any(character.isalnum() for character in query):
            rows = self.matching(constraints, offer, moved)
            return Hits(len(rows), best(self, rows, None, sort, limit))
        ranges = spans(self, constraints)
        meets = self._filter(constraints, offer, moved)
        if sort == "relevance":
            found = self._retriever.relevant(query, ranges, meets, limit)
            return Hits(found.total, tuple(found.rows.tolist()))
        terms = self.index.terms(query)
        rows = self._retriever.matching(query, ranges, meets)
        return Hits(len(rows), best(self, rows, lambda some: self.index.scores(terms, some), sort, limit))

    def _filter(self, constraints: Sequence[Constraint], offer: Offer, moved: Set[int]) -> Filter | None:
        """Return the test of conditions, or None where the ranges of rows that are looked at answer them all."""
        further = beyond(constraints)
        return (lambda rows: mask(self, rows, further, offer, moved)) if further else None

    def near_miss(
        self, row: int, constraints: Sequence[Constraint], offer: Offer, exclude: Set[int], rng: Stream
    ) -> int | None:
        """Return a row of the same category that differs from `row` in few attributes, at least one, or None.

        It meets all `constraints` and is not in `exclude`. Only neighbours are looked at: the same brand, then a
        bounded window of the category. Prices and ratings do not count as attributes.
        """
        home = self.codes.leaves[int(self._columns["category"][row])]
        category = self.groups.category(home.key)
        brand = self.groups.brand(home.key, int(self._columns["brand"][row]))
        window = range(max(category.start, row - NEIGHBOURS), min(category.stop, row + NEIGHBOURS + 1))
        for span in (brand, window):
            differs = np.zeros(len(span), dtype=np.int64)
            for name in ("brand", *home.attributes):
                column = self._columns[name]
                differs += column[span.start : span.stop] != column[row]
            fit = differs > 0
            fit[[other - span.start for other in exclude if other in span]] = False
            if not fit.any():
                continue
            fit &= mask(self, span, constraints, offer)
            if fit.any():
                nearest = np.flatnonzero(fit & (differs == differs[fit].min()))
                return span.start + rng.choice(nearest.tolist())
        return None

    def similarity(self, row: int, others: similarity.Rows) -> list[int]:
        """Return how alike `row` is to each of `others`, 0 … 1000."""
        alike = self._retriever.likeness
        return alike.similarity(row, others) if alike else similarity.similarity(self._vectors, row, others)

    def similarities(self, rows: similarity.Rows, others: similarity.Rows) -> Longs:
        """Return how alike each of `rows` is to each of `others`, 0 … 1000, shape (rows, others)."""
        alike = self._retriever.likeness
        return alike.similarities(rows, others) if alike else similarity.similarities(self._vectors, rows, others)

    def query_similarity(self, query: str, others: Sequence[int]) -> list[int]:
        """Return how well a query fits each of `others`, 0 … 1000."""
        alike = self._retriever.likeness
        if alike:
            return alike.query_similarity(query, others)
        return similarity.query_similarity(self._vectors, self.index, query, others)

    def _check(self, row: int) -> None:
        if not 0 <= row < self._size:
            raise IndexError(f"row {row} of {self._size} products")


def open_catalog(path: Path | str) -> Catalog:
    """Return the catalogue in the folder `path`, opened once per process."""
    from ecom_rlve.catalog.cache import opened  # noqa: PLC0415 (cache opens Catalogs)

    return opened(Path(path))


def embedded(size: int = 20_000, seed: int = 0) -> Catalog:
    """Return the generated catalogue of `size` products, made on first use and kept in the user's cache folder."""
    from ecom_rlve.catalog.cache import generated  # noqa: PLC0415 (cache opens Catalogs)

    return generated(size, seed)

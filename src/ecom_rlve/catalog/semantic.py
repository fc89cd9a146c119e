"""Search by meaning: a catalogue's vectors, the encoder of its queries, and what both are used for.

Knows no words' scores; which kind of search a catalogue does stands in its `search.json`, written by an embedding
build, so that whoever opens the folder searches alike. Without that file a catalogue searches by words alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from ecom_rlve.catalog.arrays import Longs
from ecom_rlve.catalog.dense import Dense
from ecom_rlve.catalog.encoders.encoder import Encoder, preset
from ecom_rlve.catalog.encoders.hashed import Hashed
from ecom_rlve.catalog.encoders.lsa import Lsa
from ecom_rlve.catalog.encoders.neural import open_neural
from ecom_rlve.catalog.encoders.remote import RemoteEncoder
from ecom_rlve.catalog.retrieve import Filter, Matches, matching, relevant
from ecom_rlve.catalog.search import Index
from ecom_rlve.catalog.similarity import cosine_table
from ecom_rlve.catalog.vectors import Rows, Vectors
from ecom_rlve.core.errors import CatalogError

Mode = Literal["lexical", "dense", "hybrid"]
SETTINGS: Final = "search.json"
ENCODERS: Final = "encoders"
PROJECTION: Final = "projection.npy"
SOCKET_VARIABLE: Final = "ECOM_RLVE_ENCODER"
"""Where the encoder of this host listens (`ecom-rlve catalog encoder`); unset: every process has its own."""
DEPTH: Final = 200
"""How many rows of either kind are fused, at least."""
FUSION: Final = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke & Büttcher 2009)."""
_QUERIES: Final = 4096


@dataclass(frozen=True, slots=True)
class Settings:
    """How a catalogue searches: what search.json holds."""

    mode: Mode = "lexical"
    encoder: str = ""
    """Name of the encoder whose vectors are searched; empty where only words are."""
    similarity: str = ""
    """Name of the encoder by whose vectors products are compared; empty: the hashed ones that every catalogue has."""

    def __post_init__(self) -> None:
        """Refuse a mode that does not exist or lacks its encoder."""
        if self.mode not in get_args(Mode):
            raise CatalogError(f"unknown search mode {self.mode!r}: known are {', '.join(get_args(Mode))}")
        if self.mode != "lexical" and not self.encoder:
            raise CatalogError(f"search mode {self.mode} needs an encoder")


def read_settings(catalog: Path) -> Settings:
    """Return how the catalogue in a folder searches."""
    file = catalog / SETTINGS
    if not file.is_file():
        return Settings()
    try:
        return Settings(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CatalogError(f"{file} cannot be read ({error!r}); set it anew with `ecom-rlve catalog use`") from error


def save_settings(catalog: Path, settings: Settings) -> None:
    """Set how the catalogue in a folder searches, from its next opening on."""
    file = catalog / SETTINGS
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(settings)) + "\n", encoding="utf-8")
    os.replace(fresh, file)


def folder_of(catalog: Path, encoder: str) -> Path:
    """Return where the vectors of an encoder are kept in a catalogue's folder."""
    return catalog / ENCODERS / encoder.replace("/", "_").replace(":", "_")


class Meaning:
    """The vectors of one encoder over one catalogue, and the encoder itself, opened when a query first needs it."""

    def __init__(self, path: Path, fingerprint: str, index: Index, name: str) -> None:
        self.vectors: Vectors = Vectors(folder_of(path, name), fingerprint)
        self._index = index
        self._dense = Dense(self.vectors)
        self._encoder: Encoder | None = None
        self.vector = lru_cache(maxsize=_QUERIES)(self._vector)
        """The quantised vector of a query, remembered."""

    def _vector(self, query: str) -> Longs:
        if self._encoder is None:
            self._encoder = open_encoder(self.vectors.about.encoder, self._index, self.vectors.folder)
        vector = self.vectors.quantised(self._encoder.queries([query])[0])
        vector.flags.writeable = False
        return vector

    def nearest(self, query: str, spans: Sequence[range], rows: Longs | None, limit: int) -> Longs:
        """Return the allowed rows nearest to a query, best first."""
        return self._dense.nearest(self.vector(query), spans, rows, limit)

    def similarity(self, row: int, others: Rows) -> list[int]:
        """Return the likeness of `row` to each of `others`, 0 … 1000."""
        return self.similarities([row], others)[0].tolist()

    def similarities(self, rows: Rows, others: Rows) -> Longs:
        """Return the likeness of each of `rows` to each of `others`, 0 … 1000, shape (rows, others)."""
        return cosine_table(self.vectors.signed(rows), self.vectors.signed(others))

    def query_similarity(self, query: str, others: Rows) -> list[int]:
        """Return the likeness of a query to each of `others`, 0 … 1000."""
        return cosine_table(self.vector(query)[None].astype(np.float64), self.vectors.signed(others))[0].tolist()


def open_encoder(name: str, index: Index, folder: Path) -> Encoder:
    """Return the encoder called `name` for a catalogue.

    Args:
        name: A preset or a model of one's own.
        index: The catalogue's, whose vocabulary hashed and LSA encoders share.
        folder: Where what was fitted on the catalogue is kept.
    """
    one = preset(name)
    if one.kind == "hashed":
        return Hashed(index)
    if one.kind == "lsa":
        return Lsa(index, np.load(folder / PROJECTION, mmap_mode="r"))
    socket = os.environ.get(SOCKET_VARIABLE)
    return RemoteEncoder(Path(socket), name) if socket else open_neural(one)


class Retriever:
    """Ranks rows for a query in the way that a catalogue's settings name."""

    def __init__(self, path: Path, fingerprint: str, index: Index, settings: Settings) -> None:
        self.settings = settings
        self._index = index
        names = {name for name in (settings.encoder, settings.similarity) if name}
        self._meanings = {name: Meaning(path, fingerprint, index, name) for name in sorted(names)}
        self.likeness: Meaning | None = self._meanings.get(settings.similarity)
        """What products are compared by; None: the hashed vectors of every catalogue."""
        self.fingerprint: str = self._mixed(fingerprint)
        """That of the catalogue, with the settings and the vectors in use where there are any."""

    def _mixed(self, fingerprint: str) -> str:
        if not self._meanings:
            return fingerprint
        used = [f"{name}={one.vectors.about.digest}" for name, one in self._meanings.items()]
        parts = [fingerprint, *map(str, asdict(self.settings).values()), *used]
        return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()

    def relevant(self, query: str, spans: Sequence[range], meets: Filter | None, limit: int) -> Matches:
        """Return the best rows for a query, by the catalogue's mode.

        By words, a match has any of them. By meaning everything that meets the conditions is one, more or less alike.
        In hybrid search matches are counted by words, or the rows returned where these are more.
        """
        terms = self._index.terms(query)
        if self.settings.mode == "lexical":
            return relevant(self._index, terms, spans, meets, limit)
        rows = None if meets is None else _meeting(spans, meets)
        depth = max(DEPTH, limit)
        near = self._meanings[self.settings.encoder].nearest(query, spans, rows, depth)
        if self.settings.mode == "dense":
            total = sum(map(len, spans)) if rows is None else len(rows)
            return Matches(total, near[:limit], np.zeros(len(near[:limit]), dtype=np.int64))
        words = relevant(self._index, terms, spans, meets, depth)
        fused, scores = fuse((words.rows, near))
        return Matches(max(words.total, len(fused)), fused[:limit], scores[:limit])

    def matching(self, query: str, spans: Sequence[range], meets: Filter | None) -> Longs:
        """Return all rows that have any of the words and meet the conditions, in rising order, in every mode."""
        return matching(self._index, self._index.terms(query), spans, meets)


def _meeting(spans: Sequence[range], meets: Filter) -> Longs:
    found = [np.flatnonzero(meets(span)) + span.start for span in spans]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def fuse(lists: Sequence[Longs]) -> tuple[Longs, Longs]:
    """Return the rows of ranked lists by the sum of 1 / (60 + rank), equals in rising order, and the sums · 10⁹."""
    rows = np.concatenate(lists)
    parts = np.concatenate([1_000_000_000 // (FUSION + 1 + np.arange(len(one))) for one in lists])
    found, where = np.unique(rows, return_inverse=True)
    sums = np.zeros(len(found), dtype=np.int64)
    np.add.at(sums, where, parts)
    order = np.lexsort((found, -sums))
    return found[order].astype(np.int64), sums[order]

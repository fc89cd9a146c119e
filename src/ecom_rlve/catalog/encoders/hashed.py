"""The default similarity as an encoder: signed feature hashing of IDF-weighted tokens.

Needs no training and no library; knows a catalogue's vocabulary only to weigh words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ecom_rlve.catalog.encoders.encoder import Floats, unit
from ecom_rlve.catalog.index import DIMENSIONS, IDF_TOP, bucket_of, token_weight
from ecom_rlve.catalog.search import Index
from ecom_rlve.catalog.tokens import tokens


class Hashed:
    """Feature hashing with the weights of a catalogue's words."""

    dimensions: int = DIMENSIONS

    def __init__(self, index: Index) -> None:
        self._index = index

    def passages(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts about products; a word that nobody sells counts like the rarest."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float64)
        for i, text in enumerate(texts):
            for token, count in Counter(tokens(text)).items():
                term = self._index.find(token)
                bucket, sign = bucket_of(token)
                out[i, bucket] += sign * token_weight(IDF_TOP if term < 0 else int(self._index.idf[term]), count)
        return unit(out)

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries; typos are read as the search reads them."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float64)
        for i, text in enumerate(texts):
            for term in self._index.terms(text):
                bucket, sign = bucket_of(self._index.words[term.id])
                out[i, bucket] += sign * token_weight(int(self._index.idf[term.id]), 2) * term.quarters / 4
        return unit(out)

"""Similarity: exact integers, whatever the size of the numbers and whichever way rows are named."""

from math import isqrt

import numpy as np
import pytest

from ecom_rlve.catalog.similarity import similarities, similarity


def plain(vectors, row, others):
    """The definition, in Python's integers."""
    out = []
    for other in others:
        a, b = ([int(x) for x in vectors[i]] for i in (row, other))
        dot, squares = (sum(x * y for x, y in zip(a, b, strict=True)), sum(x * x for x in a) * sum(y * y for y in b))
        out.append(min(1000, 1000 * dot // isqrt(squares)) if dot > 0 and squares else 0)
    return out


@pytest.mark.parametrize("top", [3, 400, 32_767])
def test_similarity_is_its_definition(top):
    cells = np.arange(24 * 256, dtype=np.int64) * 7_919 % (2 * top + 1) - top
    vectors = cells.reshape(24, 256).astype(np.int16)
    vectors[3] = 0
    vectors[4] = -vectors[5]
    others = [*range(24), 5, 5]
    for row in (0, 3, 4, 5):
        expected = plain(vectors, row, others)
        assert similarity(vectors, row, others) == expected
        assert similarity(vectors, row, np.asarray(others)) == expected
        assert similarity(vectors, row, range(2, 20)) == expected[2:20]
        assert similarities(vectors, [row, 0], others)[0].tolist() == expected
    assert similarity(vectors, 0, [0]) == [1000]
    assert similarity(vectors, 0, []) == []


def test_products_of_the_shop_are_compared_by_definition(catalog):
    rows = range(0, 2_000, 97)
    vectors = catalog._vectors
    for row in (5, 777):
        assert catalog.similarity(row, rows) == plain(vectors, row, rows)

"""What a catalogue lacks for an environment, in words: for errors that somebody with a catalogue of their own reads.

Knows no environment. Looks at every category once, on the way to an error only.
"""

from __future__ import annotations

from ecom_rlve.catalog.catalog import Catalog


def biggest_type(catalog: Catalog) -> str:
    """Return the type with the most products in words, e.g. "its biggest type is mugs, with 4"."""
    sold = [leaf for leaf in catalog.taxonomy.leaves.values() if not leaf.denied]
    if not sold:
        return "it has no type that may be sold"
    leaf = max(sold, key=lambda leaf: len(catalog.category_rows(leaf.key)))
    return f"its biggest type is {leaf.plural}, with {len(catalog.category_rows(leaf.key)):,}"


def types_sold(catalog: Catalog) -> str:
    """Return how many types may be sold, in words."""
    n = sum(not leaf.denied for leaf in catalog.taxonomy.leaves.values())
    return f"it has {n} that may be sold"


def biggest_brand(catalog: Catalog) -> str:
    """Return the brand with the most products of one type in words."""
    found = [(catalog.groups.biggest(leaf.key), leaf) for leaf in catalog.taxonomy.leaves.values() if not leaf.denied]
    if not found:
        return "it has no type that may be sold"
    rows, leaf = max(found, key=lambda pair: (len(pair[0]), pair[1].key))
    return f"its biggest brand in one type is {catalog.product(rows[0]).brand}, with {len(rows):,} {leaf.plural}"

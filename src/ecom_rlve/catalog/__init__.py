"""The catalogue floor: products, taxonomy, variants and search.

Knows no episode. Names are loaded when first asked for, so that importing the package stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecom_rlve.catalog.catalog import Catalog, Hits, embedded, open_catalog
    from ecom_rlve.catalog.taxonomy import Leaf, Taxonomy
    from ecom_rlve.catalog.variants import Offer

__all__ = ["Catalog", "Hits", "Leaf", "Offer", "Taxonomy", "embedded", "open_catalog"]

_HOME = {
    **dict.fromkeys(("Catalog", "Hits", "embedded", "open_catalog"), "catalog"),
    **dict.fromkeys(("Leaf", "Taxonomy"), "taxonomy"),
    "Offer": "variants",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"ecom_rlve.catalog.{_HOME[name]}"), name)

"""The leaf category that staged rows of one kind become: its schema, its values, by what its products come in forms.

Knows no file. A category keeps our noun and the values of ours that tell forms apart; all else is what was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ecom_rlve.catalog.intake.extract import Found
from ecom_rlve.catalog.intake.kinds import counter_of, our_leaf, singular
from ecom_rlve.catalog.intake.vocabulary import foreign, schema
from ecom_rlve.catalog.recipe import MIN_FORMS
from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.core.attributes import Value

FORMS_MOST: Final = 256
"""Values of an attribute that a form's place is stored for."""
_RARE_OF_100: Final = 5
_RARE: Final = 3
"""An attribute that is not in our schema of a category enters it from so many products, and so large a share, on."""


def leaf_of(kind: str, plural: str, rows: Sequence[Mapping[str, Found]], *, denied: bool) -> Leaf:
    """Return the leaf category of some products.

    Args:
        kind: Its key.
        plural: What several are called, where it is none of ours.
        rows: The attributes of all its products.
        denied: Whether a house rule forbids to recommend them, where it is none of ours.
    """
    ours = our_leaf(kind)
    values = _values(rows, ours)
    if ours is not None:
        forms = tuple(name for name in ours.variant if name in values)
        return Leaf(
            key=kind,
            noun=ours.noun,
            plural=ours.plural,
            synonyms=ours.synonyms,
            counted_as=ours.counted_as,
            attributes=MappingProxyType(values),
            variant=forms,
            denied=ours.denied,
            hygiene=ours.hygiene,
            final_sale_share=ours.final_sale_share,
        )
    able: list[str] = foreign("filling")["forms"]
    forms = tuple(name for name in able if MIN_FORMS <= len(values.get(name, ())) <= FORMS_MOST)
    if not forms:
        packs: list[int] = foreign("filling")["packs"]
        values["pack_size"] = tuple(sorted({*packs, *(v for v in values.get("pack_size", ()) if isinstance(v, int))}))
        forms = ("pack_size",)
    return Leaf(
        key=kind,
        noun=singular(plural),
        plural=plural,
        synonyms=(),
        counted_as=counter_of(plural),
        attributes=MappingProxyType(values),
        variant=forms[:MIN_FORMS],
        denied=denied,
        hygiene=False,
        final_sale_share=4,
    )


def _values(rows: Sequence[Mapping[str, Found]], ours: Leaf | None) -> dict[str, tuple[Value, ...]]:
    """Return the schema: attributes in our order, then others that enough products have."""
    counts: Counter[str] = Counter(name for row in rows for name in row)
    met: dict[str, set[Value]] = {}
    for row in rows:
        for name, found in row.items():
            met.setdefault(name, set()).add(found.value)
    known = dict(ours.attributes) if ours else {}
    forms = ours.variant if ours else ()
    out: dict[str, tuple[Value, ...]] = {}
    for name in [*known, *(name for name in schema() if name not in known)]:
        found = met.get(name, set())
        enough = name in known or (counts[name] >= max(_RARE, len(rows) * _RARE_OF_100 // 100) and len(found) > 1)
        if name in forms:
            # Forms may come in values of ours that no product has as its own.
            found = found | set(known[name])
        if found and enough and (name not in forms or len(found) <= FORMS_MOST):
            out[name] = _ordered(found, known.get(name, ()))
    return out


def _ordered(found: set[Value], known: Sequence[Value]) -> tuple[Value, ...]:
    """Return values in their natural order: numbers rising, words as ours stand, others behind by name."""
    numbers = [value for value in found if isinstance(value, int)]
    if numbers:
        return tuple(sorted(numbers))
    place = {value: i for i, value in enumerate(known)}
    return tuple(sorted(found, key=lambda value: (place.get(value, len(place)), str(value))))

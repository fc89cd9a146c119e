"""Words of foreign texts and the values of ours that they mean: read from data once, looked up by plain keys.

Knows no product. What is not in the data is not understood: the caller counts it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from ecom_rlve.catalog.recipe import recipes
from ecom_rlve.catalog.taxonomy import Leaf
from ecom_rlve.core.attributes import attribute, attributes

_OTHER: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=1 << 14)
def key_of(text: str) -> str:
    """Return a text as keys are written: lower case, no accents, no signs, one space between words."""
    text = text.casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _OTHER.sub(" ", text.replace("&", " and ")).strip()


@cache
def foreign(name: str) -> dict[str, Any]:  # Any: TOML tables; each reader below gives them their types
    """Return a data file about foreign shops as it stands."""
    return tomllib.loads(files("ecom_rlve.catalog").joinpath(f"data/foreign/{name}.toml").read_text(encoding="utf-8"))


@cache
def property_names() -> Mapping[str, str]:
    """Return the attribute that a property's name (as a key) stands for."""
    table: dict[str, list[str]] = foreign("properties")
    found = {key: name for name, keys in table.items() for key in keys}
    return {**{attribute(name).label: name for name in table}, **found}


@dataclass(frozen=True, slots=True)
class Words:
    """The values of one word attribute, over all categories."""

    phrases: Mapping[str, tuple[str, ...]]
    """Key to the values that it may mean, the likeliest first."""
    pattern: re.Pattern[str]
    """Finds keys inside a key, the longest first."""


@cache
def words() -> Mapping[str, Words]:
    """Return every word attribute that is read from texts."""
    named: dict[str, dict[str, list[str]]] = foreign("values")
    out: dict[str, Words] = {}
    for name in property_names().values():
        if attribute(name).kind == "word" and name not in out:
            own = [str(v) for one in recipes() for v in one.leaf.attributes.get(name, ())]
            out[name] = _words(list(dict.fromkeys(own)), named.get(name, {}))
    return out


def _words(own: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> Words:
    phrases: dict[str, list[str]] = {}
    for value in own:
        phrases.setdefault(key_of(value), []).append(value)
    for value, others in aliases.items():
        for other in others:
            meant = phrases.setdefault(key_of(other), [])
            if value not in meant:
                meant.append(value)
    return Words({key: tuple(values) for key, values in phrases.items()}, _pattern(phrases))


def _pattern(keys: Sequence[str] | Mapping[str, object]) -> re.Pattern[str]:
    ordered = sorted(keys, key=lambda key: (-len(key), key))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered)) or '(?!)'})\b")


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says of a word attribute."""

    value: str
    exact: bool
    """Whether the text says nothing else."""


def read_word(text: str, name: str, preferred: Sequence[object]) -> Read | None:
    """Return the one value of an attribute that a text names, or None if it names none or several.

    Args:
        text: What a property says, e.g. "Matte Black".
        name: A word attribute.
        preferred: The values that the product's category knows; these win where a text could mean several.
    """
    known, key = words()[name], key_of(text)
    if key in known.phrases:
        return Read(_choose(known.phrases[key], preferred), exact=True)
    found = {_choose(known.phrases[one], preferred) for one in known.pattern.findall(key)}
    return Read(found.pop(), exact=False) if len(found) == 1 else None


def _choose(values: Sequence[str], preferred: Sequence[object]) -> str:
    return next((value for value in values if value in preferred), values[0])


@dataclass(frozen=True, slots=True)
class TitleWords:
    """What words of a title say about products of one category."""

    meanings: Mapping[str, tuple[str, str]]
    """Key to (attribute, value)."""
    pattern: re.Pattern[str]
    """Finds keys, those without one clear meaning too: "solid oak" is not "solid"."""
    own_names: re.Pattern[str]
    """The category's own names, which say nothing of its attributes."""


@cache
def title_words(leaf_key: str) -> TitleWords:
    """Return what titles of a category of ours are searched for: its own values, under all their names."""
    leaf = next(one.leaf for one in recipes() if one.leaf.key == leaf_key)
    meanings: dict[str, list[tuple[str, str]]] = {}
    for name, values in leaf.attributes.items():
        if name not in words():
            continue
        for key, meant in words()[name].phrases.items():
            own = [value for value in meant if value in values]
            # One letter or digit alone ("M", "7") says too little outside a property.
            if own and len(key) > 1:
                meanings.setdefault(key, []).append((name, own[0]))
    clear = {key: pair for key, pairs in meanings.items() if (pair := _one_meaning(key, pairs))}
    names = [key_of(one) for one in names_of(leaf)]
    return TitleWords(clear, _pattern(meanings), _pattern(names))


def _one_meaning(key: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the (attribute, value) that a word means; None if it could be either ("oak": a colour, a material)."""
    proper = [pair for pair in pairs if key_of(pair[1]) == key]
    able = proper or pairs
    return able[0] if len(able) == 1 else None


def names_of(leaf: Leaf) -> tuple[str, ...]:
    """Return all that people call a thing of a category."""
    return tuple(dict.fromkeys((leaf.noun, leaf.plural, *leaf.synonyms)))


def plausible(leaf: Leaf | None, name: str, value: int) -> bool:
    """Whether a number is one that a product of this category can have: up to five times beyond what ours have."""
    low, high = _range(leaf.key if leaf and name in leaf.attributes else "", name)
    return low <= value <= high


@cache
def _range(leaf_key: str, name: str) -> tuple[int, int]:
    if name == "pack_size":
        return 1, 10_000
    leaves = [one.leaf for one in recipes() if leaf_key in ("", one.leaf.key)]
    values = [v for leaf in leaves for v in leaf.attributes.get(name, ()) if isinstance(v, int)]
    return (min(values) // 5, max(values) * 5) if values else (0, -1)


def schema() -> list[str]:
    """Return the attributes a built catalogue has columns for, those every product has left out."""
    own = ("category", "brand", "price", "rating", "rating_count", "delivery_days", "in_stock")
    return [one.name for one in attributes().values() if one.filterable and one.name not in own]

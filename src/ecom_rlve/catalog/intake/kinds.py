"""What kind of thing a foreign product is: a leaf category of ours, one of its own, or none that can be told.

Knows no attribute and no price. A category's name outweighs the words of a title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal, cast

from ecom_rlve.catalog.intake.vocabulary import foreign, key_of
from ecom_rlve.catalog.recipe import recipes
from ecom_rlve.catalog.taxonomy import Leaf

KindFault = Literal["", "no_category", "category_dropped"]
OTHER: Final = "other/"
"""What keys of categories that are not ours begin with."""
ACCEPTED: Final = 75
"""Confidence, of 100, from which a title's word for a thing is believed."""
_SEPARATOR: Final = re.compile(r"\s*(?:>|›|»|\||/|::|;)\s*")
_HEAD_ENDS: Final = re.compile(r"\s(?:for|with|compatible|by|from|in|w)\s|[,(\[|;:]|\s[-–—]\s|/\s", re.IGNORECASE)
_MEASURES: Final = re.compile(r"(?:\s+\w*\d\w*)+$")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z'’-]*(?: [A-Za-z][A-Za-z'’-]*){0,2}")


@dataclass(frozen=True, slots=True)
class Kind:
    """What was told of a product."""

    key: str = ""
    """"electronics/chargers", or "other/…" for a category of the source's own."""
    plural: str = ""
    """What several of them are called; only for categories of the source's own."""
    denied: bool = False
    fault: KindFault = ""
    by_title: bool = False


@dataclass(frozen=True, slots=True)
class _Names:
    """All the names that kinds of things have."""

    leaves: Mapping[str, tuple[str, ...]]
    """Name to the leaves of ours that it may mean, the likeliest first."""
    title: re.Pattern[str]
    departments: Mapping[str, frozenset[str]]
    """A foreign department to those of ours that it may hold."""
    vague: frozenset[str]
    denied: re.Pattern[str]
    dropped: re.Pattern[str]
    others: frozenset[str]
    """Words that, behind a noun of ours, make another thing of it."""


@cache
def _names() -> _Names:
    data = foreign("categories")
    leaves, own = _leaf_names(cast("dict[str, list[str]]", data["leaf"]))
    holds: dict[str, set[str]] = {}
    for ours, theirs in cast("dict[str, list[str]]", data["department"]).items():
        for name in theirs:
            holds.setdefault(name, set()).add(ours)
    rules = cast("dict[str, list[str]]", data["rules"])
    ordered = sorted(own, key=lambda name: (-len(name), name))
    return _Names(
        leaves=leaves,
        title=re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b"),
        departments={name: frozenset(ours) for name, ours in holds.items()},
        vague=frozenset(cast("list[str]", data["vague"]["names"])),
        denied=_any_of(rules["denied"]),
        dropped=_any_of(rules["dropped"]),
        others=frozenset(cast("list[str]", data["heads"]["others"])),
    )


def _leaf_names(foreign_names: Mapping[str, Sequence[str]]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return what each name may mean, and those of the names that are our own and singular or plural."""
    called = [(key_of(name), one.leaf.key) for one in recipes() for name in (one.leaf.plural, one.leaf.noun)]
    also = [(key_of(name), one.leaf.key) for one in recipes() for name in one.leaf.synonyms]
    own = called + also
    plurals = [(f"{name}s", key) for name, key in also]
    theirs = [(name, key) for key, names in foreign_names.items() for name in names]
    leaves: dict[str, dict[str, None]] = {}
    for name, key in own + plurals + theirs:
        leaves.setdefault(name, {})[key] = None
    return {name: tuple(keys) for name, keys in leaves.items()}, list(dict.fromkeys(name for name, _ in own))


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")


@cache
def _our_leaves() -> Mapping[str, Leaf]:
    return {one.leaf.key: one.leaf for one in recipes()}


def our_leaf(key: str) -> Leaf | None:
    """Return the leaf category of ours called `key`, or None."""
    return _our_leaves().get(key)


def path_of(value: object) -> list[str]:
    """Return the names of a category path, the broadest first.

    Args:
        value: A list, a list of lists (the last one counts) or a text with ">" or the like between names.
    """
    if isinstance(value, (list, tuple)):
        parts = list(cast("Sequence[object]", value))
        if parts and isinstance(parts[-1], (list, tuple)):
            return path_of(cast("object", parts[-1]))
        return [name for part in parts for name in ([part.strip()] if isinstance(part, str) else []) if name]
    return [name for name in _SEPARATOR.split(value.strip()) if name] if isinstance(value, str) else []


def kind_of(path: Sequence[str], title: str, named: Mapping[str, str]) -> Kind:
    """Return what kind of thing a product is.

    Args:
        path: Names of its category, the broadest first; may be empty.
        title: Its title.
        named: Further names of categories, as keys, and the leaf each stands for.
    """
    told = _told_by(tuple(path))
    if told.dropped:
        return Kind(fault="category_dropped")
    also = next((named[key] for key in reversed(told.keys) if key in named), "") if named else ""
    leaf = also or told.leaf
    if leaf:
        return Kind(leaf, denied=_our_leaves()[leaf].denied)
    own = _own_category(path, title)
    if own:
        return Kind(OTHER + key_of(own).replace(" ", "_"), own, denied=told.denied)
    leaf = _by_title(title, told.able)
    if leaf:
        return Kind(leaf, denied=_our_leaves()[leaf].denied, by_title=True)
    return Kind(fault="no_category")


@dataclass(frozen=True, slots=True)
class _Path:
    """What a category path tells without any title."""

    keys: tuple[str, ...]
    leaf: str
    """Our leaf category; empty if it names none."""
    able: frozenset[str] | None
    """Departments of ours it may lie in; None where it does not tell."""
    denied: bool
    dropped: bool


@lru_cache(maxsize=1 << 14)
def _told_by(path: tuple[str, ...]) -> _Path:
    names, keys = _names(), tuple(key_of(name) for name in path)
    able = _departments(keys)
    return _Path(
        keys=keys,
        leaf=next((leaf for key in reversed(keys) if (leaf := _known(key, able))), ""),
        able=able,
        denied=any(names.denied.search(key) for key in keys),
        dropped=any(names.dropped.search(key) for key in keys),
    )


def _departments(keys: Sequence[str]) -> frozenset[str] | None:
    """Return which departments of ours the path may lie in; None where it does not tell."""
    able: frozenset[str] | None = None
    for key in keys[:3]:
        held = _names().departments.get(key)
        if held:
            able = held if able is None else (able & held or held)
    return able


def _known(key: str, able: frozenset[str] | None) -> str:
    """Return our leaf category that a category's name stands for, empty if there is none in a fitting department."""
    if able is None and key in _names().vague:
        return ""
    leaves = _names().leaves.get(key, ())
    return next((leaf for leaf in leaves if able is None or leaf.partition("/")[0] in able), "")


def _by_title(title: str, able: frozenset[str] | None) -> str:
    """Return our leaf category that the head of a title names; empty if no name is clear enough."""
    names, cut = _names(), _HEAD_ENDS.search(title)
    head = _MEASURES.sub("", key_of(title[: cut.start()] if cut else title))
    found = list(names.title.finditer(head))
    leaf = _known(found[-1][0], able) if found else ""
    if not leaf:
        return ""
    last = found[-1]
    behind = head[last.end() :].split()
    if not names.others.isdisjoint(behind):
        return ""
    sure = 65 + 10 * (" " in last[0]) + 10 * (not behind) + 10 * (last[0] in _main_names()) + 10 * (able is not None)
    return leaf if sure >= ACCEPTED else ""


@cache
def _main_names() -> frozenset[str]:
    return frozenset(key_of(name) for leaf in _our_leaves().values() for name in (leaf.noun, leaf.plural))


def _own_category(path: Sequence[str], title: str) -> str:
    """Return the last name of a path that people can call a thing by, in the plural; empty if there is none.

    Of "Strings & Picks" the part is taken that the title names.
    """
    names = _names()
    for name in reversed(path):
        key = key_of(name)
        if key in names.vague or key in names.departments:
            continue
        parts = [part.strip() for part in re.split(r"\s*(?:&|,|\band\b)\s*", name) if part.strip()]
        if len(parts) == 1:
            return _spoken(parts[0])
        said = _stems(title)
        return next((_spoken(part) for part in parts if _stems(part) <= said and _spoken(part)), "")
    return ""


def _stems(text: str) -> set[str]:
    return {singular(word) for word in key_of(text).split()}


def _spoken(name: str) -> str:
    """Return a name as it stands in a sentence, empty where it is no plural of one to three words."""
    if not _NAME.fullmatch(name) or not name.endswith("s") or name.endswith(("ss", "us", "is")):
        return ""
    words = [word.lower() if word[1:].islower() else word for word in name.split()]
    text = " ".join(words)
    key = key_of(text)
    # A name that we call something else by would leave open which of the two a customer means.
    return text if len(text) <= 40 and key not in _names().vague and key not in _names().leaves else ""


def singular(plural: str) -> str:
    """Return one of several: "guitar strings" → "guitar string"; what has no one stays as it is."""
    head, space, last = plural.rpartition(" ")
    low = last.lower()
    nouns: dict[str, list[str]] = foreign("nouns")
    if low in nouns["no_one"] or len(last) < 4 or not low.endswith("s") or low.endswith(("ss", "us", "is")):
        return plural
    if low in nouns["irregular"]:
        last = cast("dict[str, str]", nouns["irregular"])[low]
    elif low.endswith("ies"):
        last = last[:-3] + "y"
    elif low.endswith(("ches", "shes", "xes", "sses", "zzes")):
        last = last[:-2]
    else:
        last = last[:-1]
    return head + space + last


def counter_of(plural: str) -> str:
    """Return what things are counted by: "pair" for gloves; empty where one is one."""
    nouns: dict[str, list[str]] = foreign("nouns")
    last = plural.rpartition(" ")[2].lower()
    return "pair" if last in nouns["no_one"] or last in nouns["pairs"] else ""

"""Titles and descriptions of one category's rows, put together from the recipe's patterns.

Knows no draw of attributes: it words what `rows` made, truthfully. A segment of a title whose value is not given
vanishes with its punctuation; a sentence is only used where all it mentions is given.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from ecom_rlve.catalog.arrays import Flags, Longs, mix, mix_all
from ecom_rlve.catalog.recipe import FIXED_SLOTS, SLOT, slots
from ecom_rlve.catalog.rows import LeafRows
from ecom_rlve.core.attributes import Value, attribute, decimal_text

Texts = npt.NDArray[np.object_]
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "de",
        "for",
        "from",
        "ft",
        "in",
        "mm",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
        "with",
        "x",
    ]
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one category's rows."""

    titles: list[str]
    descriptions: list[str]


def word_rows(rows: LeafRows, brand_names: Sequence[str], lines: Sequence[str], seed: int) -> Wording:
    """Return titles and descriptions.

    Args:
        rows: What was made.
        brand_names: Name of every row's brand.
        lines: Name of every row's model line.
        seed: The catalogue's; siblings of a model line share patterns.
    """
    leaf = rows.recipe.leaf
    bits = mix_all((rows.family ^ mix(seed ^ _key(leaf.key)) % 2**62).astype(np.uint64))
    brand, line = np.asarray(brand_names, dtype=object), np.asarray(lines, dtype=object)
    fixed = {"brand": brand, "line": line}
    titles = _titles(rows, fixed, bits)
    return Wording(titles.tolist(), _descriptions(rows, fixed, bits).tolist())


def title_text(name: str, value: Value) -> str:
    """Write a value as titles do: "65W", "27-Inch", "Stainless Steel", "for Android Phones"."""
    if isinstance(value, int):
        return _write(name, value, "title")
    return _forms().get(name, {}).get("title", "{}").replace("{}", title_case(value))


def prose_text(name: str, value: Value) -> str:
    """Write a value as sentences do: "65 W", "20 hours", "stainless steel"."""
    return _write(name, value, "prose") if isinstance(value, int) else value


def title_case(text: str) -> str:
    """Capitalise lower-case words except small ones: "usb hub" stays a hub, "USB" stays as it is."""
    words = text.split(" ")
    return " ".join(w if i and w in _SMALL else _capital(w) for i, w in enumerate(words))


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] if part.islower() else part for part in word.split("-"))


@cache
def _forms() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("ecom_rlve.catalog").joinpath("data/wording.toml").read_text(encoding="utf-8"))


def _write(name: str, value: int, where: str) -> str:
    forms = _forms().get(name, {})
    scale = attribute(name).scale
    if value == scale and f"{where}_one" in forms:
        return forms[f"{where}_one"]
    # Below one unit, or from `big_from` units in whole big ones, people use another unit: 250 g, 15 m.
    if "small" in forms and value < scale:
        return forms["small"].replace("{}", str(value * 1000 // scale))
    big = int(forms.get("big_by", "0"))
    if big and value >= int(forms["big_from"]) and value % big == 0:
        return forms["big"].replace("{}", str(value // big))
    return forms.get(where, "{}").replace("{}", decimal_text(value, scale, fixed=False))


def _key(text: str) -> int:
    return mix(int.from_bytes(text.encode()[-7:], "big"))


def _pick(bits: npt.NDArray[np.uint64], shift: int, n: int) -> Longs:
    return ((bits >> np.uint64(shift) & np.uint64(0xFFFF)) * np.uint64(n) >> np.uint64(16)).astype(np.int64)


def _titles(rows: LeafRows, fixed: Mapping[str, Texts], bits: npt.NDArray[np.uint64]) -> Texts:
    leaf, recipe = rows.recipe.leaf, rows.recipe
    names = [one.name for one in recipe.ingredients]
    texts = {one.name: [title_text(one.name, value) for value in one.values] for one in recipe.ingredients}
    if recipe.pieces and "pack_size" in texts:
        texts["pack_size"] = [_write("pack_size", int(value), "pieces") for value in leaf.attributes["pack_size"]]
    called = (leaf.plural,) if leaf.counted_as else (leaf.noun, leaf.noun, leaf.noun, leaf.synonyms[0])
    nouns = np.asarray([title_case(noun) for noun in called], dtype=object)
    pattern = _pick(bits, 0, len(recipe.titles))
    siblings = np.bincount(rows.family)[rows.family] > 1
    out = np.full(len(rows), "", dtype=object)
    for p, text in enumerate(recipe.titles):
        mine = np.flatnonzero(pattern == p)
        if not len(mine):
            continue
        fixed_here = {**{k: v[mine] for k, v in fixed.items()}, "noun": nouns[_pick(bits[mine], 16, len(nouns))]}
        used: set[str] = set()
        title = np.full(len(mine), "", dtype=object)
        for before, name in _segments(text):
            used.add(name)
            if name in fixed_here:
                title = title + before + fixed_here[name]
            else:
                title = title + _optional(before, texts[name], rows.positions[names.index(name)][mine])
        for axis in rows.axes:
            for i, name in enumerate(names):
                if name not in used:
                    shown = siblings[mine] & (axis[mine] == i)
                    place = np.where(shown, rows.positions[i][mine], -1)
                    title = title + _optional(", ", texts[name], place)
        out[mine] = title
    return out


def _segments(pattern: str) -> list[tuple[str, str]]:
    """Split "{brand} {line}, {color}" into (text before, slot) pairs."""
    pieces = SLOT.split(pattern)
    return list(zip(pieces[0::2], pieces[1::2], strict=False))


def _optional(before: str, texts: Sequence[str], positions: Longs) -> Texts:
    # The last entry stands for position −1: not given.
    return np.asarray([*(before + text if text else "" for text in texts), ""], dtype=object)[positions]


def _descriptions(rows: LeafRows, fixed: Mapping[str, Texts], bits: npt.NDArray[np.uint64]) -> Texts:
    recipe = rows.recipe
    first = _pick(bits, 8, len(recipe.opening))
    out = _sentences(rows, fixed, recipe.opening, first)
    middle = _eligible_facts(rows, bits)
    for chosen in middle:
        out = out + _sentences(rows, fixed, recipe.facts, chosen, " ")
    last = _pick(bits, 24, 2 * len(recipe.department.closing))
    last = np.where(last < len(recipe.department.closing), last, -1)
    return out + _sentences(rows, fixed, recipe.department.closing, last, " ")


def _eligible_facts(rows: LeafRows, bits: npt.NDArray[np.uint64]) -> list[Longs]:
    """Return two different facts per row, the same for siblings, −1 where there is none whose values are given."""
    names = [one.name for one in rows.recipe.ingredients]
    given: Flags = rows.positions >= 0
    keys: list[Longs] = []
    for i, fact in enumerate(rows.recipe.facts):
        key = mix_all(bits ^ np.uint64(i + 1)) >> np.uint64(8)
        order = key.astype(np.int64)
        for slot in _attribute_slots(fact):
            order = np.where(given[names.index(slot)], order, -1)
        keys.append(order)
    table = np.stack(keys)
    ranked = np.argsort(table, axis=0, kind="stable")[::-1]
    return [np.where(np.take_along_axis(table, row[None], 0)[0] >= 0, row, -1) for row in ranked[:2]]


def _attribute_slots(sentence: str) -> list[str]:
    return [slot for slot in slots(sentence) if slot not in FIXED_SLOTS]


def _plain(slot: str) -> tuple[str, Callable[[str], str]]:
    """Split "a color" or "Color" into the slot and what to do with its text."""
    if slot.startswith("a "):
        return slot[2:], with_article
    if slot.startswith("A "):
        return slot[2:], lambda text: _upper(with_article(text))
    if slot[0].isupper():
        return slot[0].lower() + slot[1:], _upper
    return slot, str


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_article(text: str) -> str:
    """Put "a" or "an" before `text`, by sound: "an 8-inch", "a USB-C", "an LED"."""
    vowel = re.match(
        r"[aeio]|u(?!ni|s[ei])|8|11(?!\d)|18(?!\d)|hour|(?:SPF|LED|MP|SSD|HDMI|LCD|XL|XS|M\b|L\b|S\b)", text, re.I
    )
    if re.match(r"USB|one|eu|uni|use", text, re.I):
        vowel = None
    return f"{'an' if vowel else 'a'} {text}"


def _sentences(
    rows: LeafRows, fixed: Mapping[str, Texts], patterns: Sequence[str], chosen: Longs, before: str = ""
) -> Texts:
    """Return each row's sentence `patterns[chosen]`, with `before` in front; empty where chosen is −1."""
    by_name = {one.name: (i, one) for i, one in enumerate(rows.recipe.ingredients)}
    out = np.full(len(rows), "", dtype=object)
    for p, pattern in enumerate(patterns):
        mine = np.flatnonzero(chosen == p)
        if not len(mine):
            continue
        pieces = SLOT.split(pattern)
        text = np.full(len(mine), before + pieces[0], dtype=object)
        for raw, after in zip(pieces[1::2], pieces[2::2], strict=True):
            name, change = _plain(raw)
            if name in fixed:
                text = text + fixed[name][mine] + after
            elif name in ("noun", "plural"):
                text = text + change(getattr(rows.recipe.leaf, name)) + after
            else:
                i, one = by_name[name]
                texts = [change(prose_text(name, value)) + after for value in one.values]
                text = text + np.asarray(texts, dtype=object)[rows.positions[i][mine]]
        out[mine] = text
    return out

"""Fictional brands: their names, character, and the names of their model lines.

Knows no product. A brand has one home department; the bigger brands of a sister department live there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom_rlve.catalog.arrays import mix
from ecom_rlve.catalog.recipe import Department, names
from ecom_rlve.core.rng import stream

TIERS = 5
"""From discount (0) to luxury (4)."""


@dataclass(frozen=True, slots=True)
class Brand:
    """One brand and its character."""

    name: str
    tier: int
    """Price level, 0 … 4."""
    quality: int
    """How well it is rated beyond its price, −120 … 120 thousandths."""
    key: int
    """64 random bits: its style of model names and everything else about it."""


def roster(department: Department, size: int, seed: int, taken: set[str]) -> tuple[Brand, ...]:
    """Return `size` new brands of a department; adds their names in lower case to `taken`.

    Args:
        department: Whose sound the names have.
        size: How many.
        seed: The catalogue's.
        taken: Names that are not to be used (real ones, and those of earlier departments).
    """
    rng = stream(seed, "catalog", "brands", department.name)
    sounds = names()["sound"][department.sound]
    common = names()["common"]
    made: list[Brand] = []
    tries = 0
    while len(made) < size:
        tries += 1
        name = _name(rng.random, sounds, common, tries > 3 * size)
        if name.lower() in taken:
            continue
        taken.add(name.lower())
        tier = rng.below(TIERS)
        made.append(Brand(name, tier, rng.between(-90, 90) + 15 * (tier - 2), mix(rng.below(2**53))))
    return tuple(made)


def real_names() -> frozenset[str]:
    """Return names of existing companies, in lower case: no fictional brand is called so."""
    return frozenset(name.lower() for name in names()["real"])


def _name(draw: Any, sounds: Mapping[str, Any], common: Mapping[str, Any], long: bool) -> str:
    # `draw` is a NumPy method whose stub has many overloads.
    def pick(options: Sequence[str]) -> str:
        return options[int(draw() * len(options))]

    roll = int(draw() * 100)
    if roll < sounds["invented"] or long:
        middle = pick(sounds["middles"]) if draw() < 0.6 else ""
        extra = pick(sounds["middles"]) if long else ""
        return pick(sounds["starts"]) + middle + extra + pick(sounds["ends"])
    if roll < sounds["invented"] + sounds["compound"]:
        return pick(common["firsts"]) + pick(common["seconds"])
    if roll % 2:
        return f"{pick(common['founders'])} & {pick(common['partners'])}"
    return f"{pick(sounds['adjectives'])} {pick(sounds['nouns'])}"


def line_name(brand: Brand, leaf_key: int, ordinal: int, sound: Mapping[str, Any]) -> str:
    """Return the name of a model line, e.g. "Aurora 300", "VX-240", "Glide Pro".

    Different for every `ordinal` below 80 of one brand in one category: words run through the table from a place of
    the brand's own, and codes count up.

    Args:
        brand: Whose line.
        leaf_key: 64 bits that stand for the category.
        ordinal: Which of the brand's lines in this category, from 0.
        sound: The department's entry in names.toml.
    """
    here = mix(brand.key ^ leaf_key)
    if brand.key >> 32 & 127 < sound["codes"]:
        letters = "ABCDEFGHKLMNPRSTVX"
        code = letters[brand.key >> 8 & 15] + (letters[here >> 12 & 15] if here >> 16 & 1 else "")
        if here >> 17 & 1:
            return f"{code}-{100 + 10 * ((here % 41 + ordinal) % 90)}"
        return f"{code}{3 + ordinal}0"
    words: Sequence[str] = sound["lines"]
    word = words[(here + ordinal) % len(words)]
    bits = mix(here ^ ordinal)
    suffixes: Sequence[str] = sound["suffixes"]
    suffix = " " + suffixes[bits % len(suffixes)] if bits >> 20 & 127 < sound["suffixed"] else ""
    again = ordinal // len(words)
    return word + suffix + (f" {again + 1}" if again else "")

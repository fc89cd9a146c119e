"""Rules that a shop brings along: read from its files, and checked against what the environments rest on.

Knows no catalogue. Sections keep the shipped names and kinds, for customers ask about them in sentences of their own;
what a section says, how many rules it has and what they turn on is the shop's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ecom_rlve.catalog.rules import Chapters
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.world.clauses import variables
from ecom_rlve.world.policy import CHAPTERS, RETURNS, Rule, Section, cases, policy
from ecom_rlve.world.returns import RECORDED, STATE

MOST_RULES: Final = 10
"""Of a section: a page of `policy.search` shows all of them."""


def read_folder(folder: Path) -> Chapters:
    """Return the chapters in a folder, one TOML file each; what they leave out stays as shipped.

    Raises:
        CatalogError: No chapter is there, one has an unknown name or section, or a section cannot be asked about; the
            message names the file or the section, and what is allowed.
    """
    files = sorted(folder.glob("*.toml"))
    unknown = [file.name for file in files if file.stem not in CHAPTERS]
    if unknown or not files:
        chapters = ", ".join(f"{name}.toml" for name in CHAPTERS)
        raise CatalogError(f"{folder}: chapters are {chapters}; found {', '.join(unknown) or 'none of them'}")
    own = tuple((file.stem, file.read_text(encoding="utf-8")) for file in files)
    for chapter in own:
        try:
            policy((chapter,))
        except KeyError as error:
            raise CatalogError(f"{folder / chapter[0]}.toml: a section has no {error}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise CatalogError(f"{folder / chapter[0]}.toml: {error}") from error
    found = [fault for section in policy(own).sections.values() for fault in _faults(section)]
    if found:
        raise CatalogError(f"{folder}: {'; '.join(found)}")
    return own


def changed(own: Chapters) -> frozenset[str]:
    """Return the names of the sections in which `own` says something else than the shipped policy."""
    shipped = policy().sections
    return frozenset(
        name
        for name, section in policy(own).sections.items()
        if name not in shipped or [_said(r) for r in section.page] != [_said(r) for r in shipped[name].page]
    )


def _said(rule: Rule) -> tuple[object, ...]:
    """Return what a rule says, whatever its number is."""
    return rule.value, rule.when, rule.code


def _faults(section: Section) -> Iterator[str]:
    """Yield what an environment cannot work with."""
    shipped = policy().sections.get(section.name)
    if shipped is None:
        yield f"no section is called {section.name!r}; there are {', '.join(policy().sections)}"
        return
    for fault in (*_of_shape(section, shipped), *(_of_returns(section) if section.name == RETURNS else ())):
        yield f"{section.name}: {fault}"


def _of_shape(section: Section, shipped: Section) -> Iterator[str]:
    if (section.kind, section.chapter) != (shipped.kind, shipped.chapter):
        yield f"is of kind {shipped.kind!r} in chapter {shipped.chapter!r}, not {section.kind!r} in {section.chapter!r}"
        return
    if not 1 <= len(section.rules) <= MOST_RULES:
        yield f"has {len(section.rules)} rules; 1 to {MOST_RULES} fit on a page"
        return
    if section.kind == "date" and (section.anchor not in variables() or variables()[section.anchor].values):
        yield f"a date needs an anchor that counts days, not {section.anchor!r}"
        return
    for rule in section.rules:
        if section.kind in ("number", "date") and (type(rule.value) is not int or rule.value < 0):
            yield f"a rule's value is a whole number from 0 on, not {rule.value!r}"
        elif section.kind in ("yesno", "category") and rule.value not in section.values:
            yield f"a rule's value is one of {', '.join(section.values)}, not {rule.value!r}"
    yield from _of_reach(section)


def _of_reach(section: Section) -> Iterator[str]:
    """Yield the rules that decide no case, and a case that no rule decides: nobody can be asked about these."""
    clauses = [rule.when for rule in section.rules]
    if all(one.all_of for one in clauses):
        left = next((c for c in cases(clauses) if not any(one.holds(c) for one in clauses)), None)
        if left is not None:
            yield f"no rule decides the case {left}; a first rule without a condition does"
    for k, rule in enumerate(section.rules):
        later = clauses[k + 1 :]
        if not any(clauses[k].holds(c) and not any(one.holds(c) for one in later) for c in cases(clauses[k:])):
            yield f"rule {k + 1} ({rule.text!r}) decides no case: later ones always go before it"


def _of_returns(section: Section) -> Iterator[str]:
    """Yield where the shop's records and the reasons of a refusal do not go with it."""
    foreign = [name for name in section.variables if name not in (*RECORDED, *STATE)]
    if foreign:
        yield f"turns on {', '.join((*RECORDED, *STATE))} alone, not on {', '.join(foreign)}"
    codes = dict.fromkeys(rule.code for rule in policy().returns.rules if rule.code)
    for rule in section.rules:
        if (rule.value == "no") != (rule.code in codes):
            yield f"a refusal, and nothing else, has a code out of {', '.join(codes)}; {rule.value!r} has {rule.code!r}"

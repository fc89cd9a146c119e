"""Search filters as the agent writes them, read into constraints.

Knows no index. Shape errors break the schema; a filter that does not exist, or a value no product can have, is a
refusal that names what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import Attribute, Value, attributes
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.product import Constraint, Op

Scalar = StrictStr | StrictInt | StrictFloat | StrictBool
_MAX_VALUES = 50


class Condition(BaseModel):
    """What one filter asks for. All parts given must hold."""

    model_config = ConfigDict(extra="forbid")

    eq: Scalar | None = None
    any_of: Annotated[list[Scalar] | None, Field(alias="in", max_length=_MAX_VALUES)] = None
    min: Scalar | None = None
    max: Scalar | None = None


Filters = dict[str, Condition | Scalar]


def constraints_of(catalog: Catalog, filters: Mapping[str, Condition | Scalar]) -> tuple[Constraint, ...]:
    """Return the constraints that `filters` stand for.

    Raises:
        ToolError: `invalid_argument` for an unknown filter, a value of the wrong kind, or an empty condition.
    """
    out: list[Constraint] = []
    for name, condition in filters.items():
        attribute = attributes().get(name)
        if attribute is None or not attribute.filterable:
            known = ", ".join(a.name for a in attributes().values() if a.filterable)
            raise ToolError("invalid_argument", f"There is no filter {name[:40]!r}. Filters are: {known}.")
        asked = condition if isinstance(condition, Condition) else Condition(eq=condition)
        parts = _parts(catalog, attribute, asked)
        if not parts:
            raise ToolError("invalid_argument", f"Filter {name} needs one of eq, in, min, max.")
        out.extend(parts)
    return tuple(out)


def _parts(catalog: Catalog, attribute: Attribute, asked: Condition) -> list[Constraint]:
    parts: list[Constraint] = []
    if asked.eq is not None:
        parts.append(Constraint(attribute.name, "eq", _value(catalog, attribute, asked.eq)))
    if asked.any_of is not None:
        values = tuple(_value(catalog, attribute, v) for v in asked.any_of)
        parts.append(Constraint(attribute.name, "in", values))
    limits: tuple[tuple[Op, Scalar | None], ...] = (("min", asked.min), ("max", asked.max))
    for op, value in limits:
        if value is None:
            continue
        if attribute.kind == "word":
            raise ToolError("invalid_argument", f"Filter {attribute.name} takes eq or in, not {op}: it is no number.")
        parts.append(Constraint(attribute.name, op, _value(catalog, attribute, value)))
    return parts


def _value(catalog: Catalog, attribute: Attribute, value: Scalar) -> Value:
    if attribute.name == "in_stock" and isinstance(value, bool):
        return "yes" if value else "no"
    try:
        parsed = attribute.parse(value)
    except ValueError as error:
        raise ToolError("invalid_argument", f"{str(error)[:200]}.") from None
    if not isinstance(parsed, str):
        return parsed
    spelled = _spelled(catalog, attribute.name, parsed)
    if spelled is None:
        raise ToolError("invalid_argument", f"No product here has {attribute.name} {parsed[:40]!r}.")
    return spelled


def _spelled(catalog: Catalog, name: str, word: str) -> str | None:
    """Return `word` as the catalogue spells it, or None where no product has it."""
    if name == "in_stock":
        return word.casefold() if word.casefold() in ("yes", "no") else None
    if name in catalog.codes.attributes and catalog.code(name, word) >= 0:
        return word
    return _spellings(catalog).get((name, word.casefold()))


@lru_cache(maxsize=8)
def _spellings(catalog: Catalog) -> dict[tuple[str, str], str]:
    """Return how the catalogue spells each value, so that capitals do not matter."""
    out: dict[tuple[str, str], str] = {}
    for leaf in catalog.taxonomy.leaves.values():
        out["category", leaf.key.casefold()] = leaf.key
        for name, values in leaf.attributes.items():
            out.update({(name, v.casefold()): v for v in values if isinstance(v, str)})
    return out

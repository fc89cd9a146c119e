"""Dynamic sampling: groups as tensors, cut out of a batch, silenced, and put together again.

Knows no environment and no trainer. DAPO (arXiv 2503.14476) keeps drawing until a batch holds only groups in which some
but not all tries were correct; TRL does not, so this and `training.dapo` do.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

LEFT: Final = ("prompt_ids", "prompt_mask")
"""Padded on the left; all other two-dimensional tensors on the right."""
Batch = Mapping[str, Any]  # Any: tensors by name, as the trainer hands them on


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one group, cut out of the batch in which they were generated."""

    number: int
    effective: bool
    """Whether the outcomes of its tries differ."""
    tensors: Mapping[str, torch.Tensor]


def split(batch: Batch, numbers: Sequence[int], effective: Sequence[bool]) -> list[Group]:
    """Return the groups of a batch whose rows lie group by group; scalars are left out."""
    rows = {name: value for name, value in batch.items() if isinstance(value, torch.Tensor) and value.dim() > 0}
    size = len(next(iter(rows.values()))) // len(numbers)
    return [
        Group(number, good, {name: value[i * size : (i + 1) * size] for name, value in rows.items()})
        for i, (number, good) in enumerate(zip(numbers, effective, strict=True))
    ]


def silenced(group: Group) -> Group:
    """Return a group of which no token carries loss: it fills a place, and counts for nothing."""
    tensors = dict(group.tensors)
    for name in ("advantages", "tool_mask"):
        tensors[name] = torch.zeros_like(tensors[name])
    return Group(group.number, group.effective, tensors)


def joined(groups: Sequence[Group], pad_token: int) -> dict[str, torch.Tensor]:
    """Return the rows of groups as one batch, padded to the longest of them."""
    return {
        name: torch.cat(_even([g.tensors[name] for g in groups], name, pad_token if name.endswith("_ids") else 0))
        for name in groups[0].tensors
    }


def _even(parts: list[torch.Tensor], name: str, value: int) -> list[torch.Tensor]:
    """Return tensors padded to the same width; one-dimensional ones, and ratios with one column, as they are."""
    if parts[0].dim() == 1:
        return parts
    width = max(part.shape[1] for part in parts)
    grown: list[torch.Tensor] = []
    for part in parts:
        room = width - part.shape[1]
        sides = (room, 0) if name in LEFT else (0, room)
        grown.append(torch.nn.functional.pad(part, sides, value=value) if room else part)
    return grown

"""The curriculum as JSON, to save and resume. Knows no trainer's checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, ValidationError

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.window import RuleName, Window


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: RuleName
    per_axis: bool
    windows: dict[str, Window]


def to_json(curriculum: Curriculum) -> str:
    """Return the curriculum as JSON text; equal curricula give equal text."""
    windows = {track: asdict(window) for track, window in curriculum.windows.items()}
    return json.dumps({"rule": curriculum.rule, "per_axis": curriculum.per_axis, "windows": windows})


def from_json(text: str) -> Curriculum:
    """Return the curriculum that `to_json` wrote.

    Raises:
        SpecError: It is something else.
    """
    try:
        state = _State.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise SpecError(f"no saved curriculum: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    return Curriculum(state.rule, MappingProxyType(state.windows), state.per_axis)


def save(curriculum: Curriculum, path: Path) -> None:
    """Write the curriculum, whole or not at all."""
    write_whole(path, to_json(curriculum))


def load(path: Path) -> Curriculum:
    """Return the curriculum that `save` wrote; a SpecError if it is something else."""
    return from_json(path.read_text(encoding="utf-8"))

"""The form that names an episode: environment, difficulty, seed, single axes; and how it is read. Knows no Gradio."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecom_rlve.apps.options import env_names
from ecom_rlve.apps.studio.pages import render
from ecom_rlve.core.difficulty import AXES
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.registry import task_named

FIRST = EpisodeSpec("cart_building-v0", 0, 7)
"""What the page opens with."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The form as it stands."""

    where: str
    """Prefix of its fields' ids: one of a kind on the page."""
    verb: str
    """What its button says."""
    agents: tuple[str, ...] = ()

    def page(self, spec: EpisodeSpec = FIRST, *, begun: bool = False, note: str = "") -> str:
        """Return the form, filled in with `spec`; `begun` tells its name and what the environment is about."""
        return render(
            "setup.html.jinja",
            where=self.where,
            verb=self.verb,
            agents=self.agents,
            envs=env_names("all"),
            spec=spec,
            axes=" ".join(f"{name}={value}" for name, value in spec.axes.items()),
            axis_names=AXES,
            name=str(spec) if begun else "",
            task=task_named(spec.env).instructions if begun else "",
            note=note,
        )


def spec_of(fields: Mapping[str, str]) -> EpisodeSpec:
    """Return the episode that a form names.

    Raises:
        SpecError: A number is none, or there is no such environment or axis.
    """
    axes = _axes(fields.get("axes", ""))
    named = f"{fields.get('env', '')}/d{_number(fields, 'difficulty')}/s{_number(fields, 'seed')}"
    return EpisodeSpec.parse(named + (f"?{'&'.join(axes)}" if axes else ""))


def _axes(text: str) -> Sequence[str]:
    parts = [part for part in re.split(r"[\s,;&]+", text.strip()) if part]
    for part in parts:
        name, sign, _ = part.partition("=")
        if not sign or name not in AXES:
            raise SpecError(f"single axes are written like p_missing=0.5 m=4, got {part[:40]!r}")
    return sorted(parts)


def _number(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "").strip() or "0"
    if not text.isdecimal() or len(text) > 9:
        raise SpecError(f"{name} is a whole number, got {text[:20]!r}")
    return int(text)

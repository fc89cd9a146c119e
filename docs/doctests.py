"""A griffe extension: puts doctests, which docstrings hold bare, in fences; Markdown takes ">>>" for a quote."""

from __future__ import annotations

import re
from typing import Any

import griffe

_BLOCK = re.compile(r"(?:^>>> .*\n(?:^(?!\s*$).*\n?)*)", re.MULTILINE)
"""From a prompt to the next empty line."""


class Doctests(griffe.Extension):
    """Rewrites docstrings before they are parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:  # Any: griffe's own arguments
        """Put every block of prompts into a fence."""
        if obj.docstring:
            obj.docstring.value = _BLOCK.sub(lambda m: f"```pycon\n{m[0].rstrip()}\n```\n", obj.docstring.value + "\n")

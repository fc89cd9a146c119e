"""Keeps Gradio from writing editor stubs for all its components at every import, which takes a second.

Knows only the module that does it: where it is gone or renamed, nothing is changed.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Final

_WRITER: Final = ("gradio.component_meta", "create_or_modify_pyi")


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Load the module as it is, and take the writing of stubs out of it."""
        super().exec_module(module)
        setattr(module, _WRITER[1], _nothing)


class _Finder:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the one module; all others are found as ever."""
        spec = PathFinder.find_spec(name, path, target) if name == _WRITER[0] else None
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


@contextmanager
def unwritten() -> Generator[None]:
    """Leave the stubs alone while Gradio is imported in here."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _nothing(*_: object) -> None:
    """Write no stubs."""

"""Running test functions without pytest: parameters from their marks, fixtures from a table. For mutants only."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

Call = Callable[[], None]


@dataclass(frozen=True)
class Killer:
    """One test with its arguments, ready to run; it raises if something is wrong."""

    name: str
    run: Call


class Fixtures:
    """Fixtures of test modules by name, each made once."""

    def __init__(self, **given: Any) -> None:
        self._made: dict[tuple[str, str], Any] = {("", name): value for name, value in given.items()}

    def value(self, module: str, name: str) -> Any:
        """Return a fixture as a test of `module` gets it."""
        for key in (("", name), (module, name)):
            if key in self._made:
                return self._made[key]
        make = vars(importlib.import_module(module))[name]._get_wrapped_function()
        arguments = {parameter: self.value(module, parameter) for parameter in inspect.signature(make).parameters}
        return self._made.setdefault((module, name), make(**arguments))


def killers(module: str, names: list[str], fixtures: Fixtures) -> Iterator[Killer]:
    """Yield the named tests of a module, one for every set of parameters; a "*" stands for all of them."""
    known = vars(importlib.import_module(module))
    wanted = [name for name in known if name.startswith("test_")] if names == ["*"] else names
    for name in wanted:
        test = known[name]
        for values in _parameters(test):
            needed = _needed(test, values)
            yield Killer(f"{module}:{name}{list(values.values()) or ''}", _call(test, module, needed, values, fixtures))


def _call(test: Any, module: str, needed: list[str], values: dict[str, Any], fixtures: Fixtures) -> Call:
    def run() -> None:
        with pytest.MonkeyPatch.context() as patch:
            given = {name: patch if name == "monkeypatch" else fixtures.value(module, name) for name in needed}
            test(**given, **values)

    return run


def _needed(test: Any, values: dict[str, Any]) -> list[str]:
    return [name for name in inspect.signature(test).parameters if name not in values]


def _parameters(test: Any) -> Iterator[dict[str, Any]]:
    """Yield what each run of a parametrised test gets."""
    runs: list[dict[str, Any]] = [{}]
    for mark in getattr(test, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names, rows = mark.args[:2]
        names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
        tables = [dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in rows]
        runs = [{**run, **table} for run in runs for table in tables]
    yield from runs

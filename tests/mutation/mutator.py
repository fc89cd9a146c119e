"""Mutants: functions with one small thing changed, made from their source and put in place of the original.

Knows no function in particular. A mutant is patched by its code object, so that every name under which the function was
imported runs it, and no module is loaded anew.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType

_COMPARE = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_REMOVED = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """One change in one function."""

    module: str
    function: str
    """Qualified within the module, e.g. "CartBuilding.verify"."""
    change: str
    """What it was and what it is now: "a < b -> a <= b"."""
    nth: int
    """Which of several equal changes in that function, from 0, top down."""
    line: int
    code: CodeType = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """A name that survives edits elsewhere in the file."""
        return f"{self.module}:{self.function}: {self.change}" + (f" #{self.nth}" if self.nth else "")


Change = Callable[[], Callable[[], None]]
"""Changes the tree in place and returns what changes it back."""


def mutants(module: str, function: str) -> Iterator[Mutant]:
    """Yield every mutant of a function, top down.

    Args:
        module: Dotted name; its source is read from where it was loaded.
        function: Qualified within the module; a property or method by its class.
    """
    tree, text = _tree(module)
    node = _find(tree, function.split("."))
    counts: dict[str, int] = {}
    for line, describe, apply in list(_sites(node)):
        before = describe()
        undo = apply()
        after = describe()
        change = f"{before} -> {after}" if before != after else f"{before} -> (removed)"
        try:
            compiled = compile(ast.fix_missing_locations(tree), text, "exec")
        finally:
            undo()
        yield Mutant(module, function, change, counts.get(change, 0), line, _code(compiled, function))
        counts[change] = counts.get(change, 0) + 1


@contextmanager
def put_in_place(mutant: Mutant) -> Iterator[None]:
    """Run the mutant instead of the original as long as the context lasts."""
    original = _function(mutant.module, mutant.function)
    kept = original.__code__
    original.__code__ = mutant.code
    try:
        yield
    finally:
        original.__code__ = kept


@lru_cache
def _tree(module: str) -> tuple[ast.Module, str]:
    file = importlib.import_module(module).__file__
    return ast.parse(Path(file).read_text(encoding="utf-8")), file


def _find(node: ast.AST, path: list[str]) -> ast.FunctionDef:
    for name in path:
        node = next(n for n in node.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name == name)
    return node


def _function(module: str, function: str) -> FunctionType:
    found = importlib.import_module(module)
    for name in function.split("."):
        found = vars(found)[name] if isinstance(found, type) else getattr(found, name)
    found = getattr(found, "fget", None) or found
    return getattr(found, "__wrapped__", found)


def _code(compiled: CodeType, function: str) -> CodeType:
    for name in function.split("."):
        compiled = next(c for c in compiled.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return compiled


def _sites(function: ast.FunctionDef) -> Iterator[tuple[int, Callable[[], str], Change]]:
    """Yield (line, how to print the place, change) for everything that can be changed in a function's body."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for statement in body:
        yield from _in_statement(statement)


def _in_statement(node: ast.stmt) -> Iterator[tuple[int, Callable[[], str], Change]]:
    if isinstance(node, ast.Assert):  # It tells the type checker something and computes nothing.
        return
    if (
        isinstance(node, _REMOVED)
        and not _is_docstring(node)
        and not (isinstance(node, ast.AnnAssign) and not node.value)
    ):
        yield node.lineno, lambda: _print(node), lambda: _as_pass(node)
    if isinstance(node, ast.Return) and node.value is not None and not _is(node.value, None):
        yield node.lineno, lambda: _print(node), lambda: _set(node, "value", ast.Constant(None))
    if isinstance(node, (ast.If, ast.While)):
        for value in (True, False) if isinstance(node, ast.If) else (False,):
            yield (
                node.lineno,
                lambda: f"if {ast.unparse(node.test)}",
                lambda v=value: _set(node, "test", ast.Constant(v)),
            )
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.AnnAssign) and child is node.annotation:
            continue  # Nobody evaluates the annotation of a local name.
        yield from _in_statement(child) if isinstance(child, ast.stmt) else _in_expression(child, node)


def _in_expression(node: ast.AST, parent: ast.AST) -> Iterator[tuple[int, Callable[[], str], Change]]:
    shown = parent if isinstance(node, ast.Constant) else node  # A number alone would not say which one it is.
    for holder, attribute, value in _expression_changes(node):
        line = getattr(node, "lineno", 0)
        yield line, lambda: ast.unparse(shown), lambda h=holder, a=attribute, v=value: _set(h, a, v)
    for child in ast.iter_child_nodes(node):
        # `strict=True` guards against a bug of ours: where lengths agree it changes nothing.
        if not isinstance(node, ast.arguments) and not (isinstance(child, ast.keyword) and child.arg == "strict"):
            yield from _in_expression(child, node)


def _expression_changes(node: ast.AST) -> Iterator[tuple[ast.AST, str, object]]:  # noqa: C901, PLR0912 (a table of node types)
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if type(operator) in _COMPARE:
                yield node, "ops", [*node.ops[:i], _COMPARE[type(operator)](), *node.ops[i + 1 :]]
    elif isinstance(node, ast.BoolOp):
        yield node, "op", ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield node, "op", _ARITHMETIC[type(node.op)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        other = ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()
        if isinstance(node.op, ast.Not):
            yield node, "operand", ast.UnaryOp(ast.Not(), node.operand)
        else:
            yield node, "op", other
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield node, "value", not node.value
        elif isinstance(node.value, (int, float)):
            yield node, "value", node.value + 1
            yield node, "value", node.value - 1
    elif isinstance(node, ast.IfExp):
        yield node, "test", ast.Constant(True)
        yield node, "test", ast.Constant(False)
    elif isinstance(node, ast.comprehension):
        for i in range(len(node.ifs)):
            yield node, "ifs", [*node.ifs[:i], *node.ifs[i + 1 :]]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        yield node.func, "id", _CALLS[node.func.id]


def _set(node: ast.AST, attribute: str, value: object) -> Callable[[], None]:
    kept = getattr(node, attribute)
    setattr(node, attribute, value)
    return lambda: setattr(node, attribute, kept)


def _as_pass(node: ast.stmt) -> Callable[[], None]:
    """Turn a statement into `pass` where it stands, by exchanging what it is."""
    kept, kind = dict(vars(node)), type(node)
    place = {name: kept[name] for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
    node.__class__ = ast.Pass
    vars(node).clear()
    vars(node).update(place)

    def undo() -> None:
        node.__class__ = kind
        vars(node).clear()
        vars(node).update(kept)

    return undo


def _print(node: ast.AST) -> str:
    return ast.unparse(node)


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

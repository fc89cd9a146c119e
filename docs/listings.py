"""Cuts the example environment into the listings of docs/own-environment.md, so that the page shows what the tests run.

python docs/listings.py     # into docs/made/, which git ignores
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

DOCS = Path(__file__).parent
FILE = DOCS.parent / "examples" / "gift_finder" / "gift_finder.py"
FOLDER = DOCS / "made"
PARTS = {
    "values": ("Goal", "Answer"),
    "generate": ("GiftFinder.generate", "_conditions", "_too_easy"),
    "brief": ("GiftFinder.brief", "GiftFinder.amend", "GiftFinder.writes", "GiftFinder.reveal"),
    "verify": ("GiftFinder.verify", "_arrival"),
    "chance": ("GiftFinder.chance",),
    "oracle": ("GiftFinder.oracle", "_question"),
}
"""Listing: the definitions in it, methods with their class."""
LAST_OF_HEAD = "instructions"
"""The class variable up to which the listing "head" shows the class."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    text = FILE.read_text(encoding="utf-8")
    lines, tree = text.splitlines(), ast.parse(text)
    found = definitions(tree)
    listings = {name: "\n\n\n".join(source(lines, found[part]) for part in parts) for name, parts in PARTS.items()}
    listings["sheet"] = f'"""{ast.get_docstring(tree)}\n"""'
    listings["head"] = head(lines, found["GiftFinder"])
    listings["test"] = FILE.with_name(f"test_{FILE.name}").read_text(encoding="utf-8").rstrip()
    for name, listing in listings.items():
        (FOLDER / f"gift_{name}.md").write_text(f"```py\n{listing}\n```\n", encoding="utf-8")


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return functions and classes by name, methods as Class.method."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}": one for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def source(lines: list[str], node: ast.stmt) -> str:
    """Return a definition with its decorators, at the margin."""
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno]))


def head(lines: list[str], node: ast.stmt) -> str:
    """Return a class up to the last of its class variables."""
    assert isinstance(node, ast.ClassDef)
    fields = (one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name))
    last = next(one for one in fields if isinstance(one.target, ast.Name) and one.target.id == LAST_OF_HEAD)
    return "\n".join(lines[node.lineno - 1 : last.end_lineno])


if __name__ == "__main__":
    main()

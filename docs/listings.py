"""Cuts the example environment into the listings of docs/own-environment.md, so that the page shows what the tests run.

They stand in the page itself, which can so be read where no site has been built.

python docs/listings.py     # rewrites the page
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "own-environment.md"
FILE = DOCS.parent / "examples" / "gift_finder" / "gift_finder.py"
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
    page = PAGE.read_text(encoding="utf-8")
    for name, listing in listings().items():
        page = placed(page, name, listing)
    PAGE.write_text(page, encoding="utf-8")


def listings() -> dict[str, str]:
    """Return the listings of the page, fenced, by name."""
    text = FILE.read_text(encoding="utf-8")
    lines, tree = text.splitlines(), ast.parse(text)
    found = definitions(tree)
    cut = {name: "\n\n\n".join(source(lines, found[part]) for part in parts) for name, parts in PARTS.items()}
    cut["sheet"] = f'"""{ast.get_docstring(tree)}\n"""'
    cut["imports"] = imports(lines, tree)
    cut["head"] = head(lines, found["GiftFinder"])
    cut["test"] = FILE.with_name(f"test_{FILE.name}").read_text(encoding="utf-8").rstrip()
    packaging = FILE.with_name("pyproject.toml").read_text(encoding="utf-8").rstrip()
    return {name: f"```py\n{listing}\n```" for name, listing in cut.items()} | {"toml": f"```toml\n{packaging}\n```"}


def placed(page: str, name: str, listing: str) -> str:
    """Return the page with `listing` between the marks called `name`."""
    pattern = re.compile(rf"(<!-- {name}: made by docs/listings.py -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(page), f"{PAGE.name} has no marks for {name!r}"
    return pattern.sub(lambda marks: f"{marks[1]}\n{listing}\n\n{marks[2]}", page)


def imports(lines: list[str], tree: ast.Module) -> str:
    """Return the imports and the constants, which is all that stands before the first class."""
    first = next(node for node in tree.body if isinstance(node, ast.ImportFrom))
    last = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    return "\n".join(lines[first.lineno - 1 : min(one.lineno for one in last.decorator_list) - 1]).rstrip()


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

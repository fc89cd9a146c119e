"""Draws the site's two diagrams as SVG: the floors, read from pyproject.toml, and one episode.

Knows no package but what the import-linter contract names; what each floor is for is its `__init__`'s first line.

python docs/diagrams.py     # into docs/made/, which git ignores
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src"
FOLDER = DOCS / "made"
WIDTH = 760
LINE, PAD = 17, 12
"""Height of a line, and the distance between text and frame, in pixels."""
CHARACTERS = 82
"""Of a floor's description, in one line."""


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled box of the episode's diagram."""

    x: int
    y: int
    width: int
    title: str
    lines: tuple[str, ...]
    kind: str
    """`agent`, `engine` or `hidden`: a class of the site's CSS."""

    @property
    def height(self) -> int:
        """In pixels."""
        return 2 * PAD + LINE * (1 + len(self.lines))


EPISODE = (
    Box(2, 8, 210, "EpisodeSpec", ("environment, difficulty, seed", "the whole name of an episode"), "engine"),
    Box(2, 130, 210, "Goal and World", ("drawn by task.generate", "the goal is hidden"), "hidden"),
    Box(2, 252, 210, "Brief", ("all that the customer knows", "of the goal: facts to say"), "hidden"),
    Box(272, 252, 214, "Customer", ("picks a dialogue act, then", "words by grammar (or a voice)"), "hidden"),
    Box(558, 130, 200, "Agent", ("words, tool calls, answer:", "one action a turn"), "agent"),
    Box(272, 130, 214, "Tools", ("typed functions over the World;", "a write gives a new World"), "engine"),
    Box(558, 8, 200, "Reward", ("0.75·task + 0.15·efficiency", "+ 0.10·grounding"), "engine"),
    Box(272, 8, 214, "Verdict", ("task.verify(goal, world, answer):", "code, no judge"), "engine"),
)
ARROWS = (
    ((107, 83), (107, 128), "reset"),
    ((107, 205), (107, 250), ""),
    ((214, 289), (270, 289), ""),
    ((600, 205), (488, 268), "says"),
    ((488, 305), (670, 207), "says"),
    ((556, 155), (488, 155), "calls"),
    ((488, 182), (556, 182), "results"),
    ((214, 167), (270, 167), ""),
    ((590, 128), (488, 70), "answer"),
    ((190, 128), (270, 66), ""),
    ((488, 40), (556, 40), ""),
)
"""From, to, and what passes: pixels."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "floors.svg").write_text(floors(), encoding="utf-8")
    (FOLDER / "episode.svg").write_text(episode(), encoding="utf-8")


def floors() -> str:
    """Return the floors of the package, the highest first, with what each holds."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c["layers"] for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    parts, y = list[str](), 4
    for layer in layers:
        modules = [name.strip() for name in layer.split("|")]
        said = [(module, textwrap.wrap(about(f"ecom_rlve.{module}"), CHARACTERS)) for module in modules]
        height = PAD + sum(max(1, len(lines)) * LINE for _, lines in said) + 4 * (len(said) - 1)
        parts.append(f'<rect x="1" y="{y}" width="{WIDTH - 2}" height="{height}" rx="5"/>')
        at = y + PAD + 5
        for name, lines in said:
            parts.append(f'<text x="14" y="{at}" class="name">{escape(name)}</text>')
            for line in lines or [""]:
                parts.append(f'<text x="120" y="{at}">{escape(line)}</text>')
                at += LINE
            at += 4
        y += height + 6
    return drawing(y, "The floors of the package: each imports only lower ones.", parts)


def about(module: str) -> str:
    """Return what a module or package says of itself in its first line, without the package's own name."""
    path = SOURCE.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert said, f"{file} has no docstring"
    return said.partition("\n\n")[0].replace("\n", " ").replace("`", "")


def episode() -> str:
    """Return what happens between reset and reward."""
    head = '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    parts = [f'<defs>{head}<path d="M0 0 L8 4 L0 8 z"/></marker></defs>']
    for box in EPISODE:
        parts.append(
            f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="5"/>'
        )
        for i, line in enumerate((box.title, *box.lines)):
            style = ' class="name"' if i == 0 else ""
            parts.append(f'<text x="{box.x + PAD}" y="{box.y + PAD + 10 + i * LINE}"{style}>{escape(line)}</text>')
    for (x1, y1), (x2, y2), label in ARROWS:
        parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" marker-end="url(#tip)"/>')
        if label:
            x, y = (x1 + x2) // 2, (y1 + y2) // 2 - 5
            parts.append(f'<text x="{x}" y="{y}" text-anchor="middle" class="label">{escape(label)}</text>')
    return drawing(330, "One episode: from its name to its reward.", parts)


def drawing(height: int, label: str, parts: list[str]) -> str:
    """Return an SVG on one line, so that Markdown takes it for one block."""
    body = "".join(parts)
    return (
        f'<div class="drawing"><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{body}</svg></div>\n"
    )


if __name__ == "__main__":
    main()

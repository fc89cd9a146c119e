"""Writes the gallery: for every environment its datasheet and three episodes, played now by the goal-blind expert.

python docs/gallery.py            # rewrite docs/gallery/
python docs/gallery.py --check    # exit status 1 if a page is out of date
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from build import episode

from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.transition import draw
from ecom_rlve.tasks.registry import TASKS, AnyTask

FOLDER = Path(__file__).parent / "gallery"
DIFFICULTIES, SEED = (0, 6, 12), 7
MOST_OF_A_RESULT = 420
"""Characters."""


def main() -> int:
    stale = 0
    pages = {f"{task.name}.md": page(task) for task in TASKS.values()}
    pages["index.md"] = index()
    for name, text in pages.items():
        file = FOLDER / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale += 1
            if "--check" in sys.argv[1:]:
                print(f"{name} is out of date")
            else:
                FOLDER.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
    return int("--check" in sys.argv[1:] and stale > 0)


def page(task: AnyTask) -> str:
    """Return an environment's page."""
    title, _, sheet = datasheet(task).partition("\n\n")
    rows = [line.split(maxsplit=1) for line in joined(sheet.partition("\n\n")[0])]
    lines = [f"# {task.name}", "", title.partition(": ")[2] or title, "", "| | |", "|---|---|"]
    lines += [f"| **{name}** | {text} |" for name, text in rows]
    lines += ["", "What the agent is told:", "", *(f"> {line}" for line in task.instructions.splitlines()), ""]
    for d in DIFFICULTIES:
        spec = f"{task.name}-v{task.version}/d{d}/s{SEED}"
        lines += [f"## Difficulty {d}", "", episode(spec, MOST_OF_A_RESULT), *wanted(task, spec), ""]
    return "\n".join(lines)


def wanted(task: AnyTask, spec: str) -> list[str]:
    """Return what the customer had in mind at the beginning, which no agent is told."""
    problem = draw(task, EpisodeSpec.parse(spec), embedded())
    lines = ["What the customer had in mind:", ""]
    for part in task.reveal(problem.goal, problem.world):
        facts = "; ".join(str(fact) for fact in part.get("facts", ()))
        title = f" → *{part['title']}*" if part.get("title") else ""
        lines.append(f"- {part['noun']}: {facts or 'nothing in particular'}{title}")
    return lines


def datasheet(task: AnyTask) -> str:
    """Return what the environment's file says of itself."""
    return inspect.getdoc(sys.modules[type(task).__module__]) or ""


def joined(sheet: str) -> list[str]:
    """Return the rows of a datasheet, each with its continuation lines."""
    rows: list[str] = []
    for line in sheet.splitlines():
        if line.startswith(" "):
            rows[-1] += " " + line.strip()
        else:
            rows.append(line)
    return rows


def index() -> str:
    """Return the overview."""
    lines = ["# Gallery", "", "One page an environment: what it is, and three episodes of the goal-blind expert.", ""]
    lines += ["| environment | |", "|---|---|"]
    lines += [
        f"| [{t.name}]({t.name}.md) | {datasheet(t).splitlines()[0].partition(': ')[2]} |" for t in TASKS.values()
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())

"""Writes the site's page of every environment: datasheet and episodes (docs/gallery/), answer, curves (docs/card.json).

Measures and plays nothing, and knows no environment by name: `docs/gallery.py` plays, `ecom-rlve certify` measures.

python docs/environments.py     # into docs/environments/, which git ignores
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ecom_rlve.core.difficulty import BUDGETS
from ecom_rlve.env.answers import answer_model
from ecom_rlve.evaluate.axes import BASE
from ecom_rlve.evaluate.card.charts import multiples, pass_rates
from ecom_rlve.evaluate.card.page import law_rows
from ecom_rlve.evaluate.card.store import code_digest
from ecom_rlve.tasks.registry import TASKS, AnyTask

DOCS = Path(__file__).parent
FOLDER = DOCS / "environments"
CAUSES_AT = (0, 6, 12, 20)
"""Difficulties whose failures are listed."""
Row = Mapping[str, Any]  # Any: JSON of a card


def main() -> None:
    card = json.loads((DOCS / "card.json").read_text(encoding="utf-8"))
    FOLDER.mkdir(exist_ok=True)
    for task in TASKS.values():
        (FOLDER / f"{task.name}.md").write_text(page(task, card), encoding="utf-8")


def page(task: AnyTask, card: Row) -> str:
    """Return an environment's page."""
    sheet, played = gallery(task)
    env = f"{task.name}-v{task.version}"
    cells = [cell for cell in card["cells"] if cell["env"] == env]
    levels = {cell["difficulty"]: cell for cell in cells if cell["agent"] == "expert"}
    laws = law_rows(card, [env])
    return (
        templates()
        .get_template("environment.md.jinja")
        .render(
            task=task,
            sheet=sheet,
            played=played,
            fields=answer_fields(task),
            budgets=BUDGETS,
            base=BASE,
            card=card,
            is_current=card["code"] == code_digest(),
            charts=(pass_rates(cells, 760, 300, 100), pass_rates(cells, 358, 270, 84)),
            axes=multiples(card.get("axes") or [], env, 170, 84),
            points=points_of(card, env),
            causes=causes(levels),
            levels=[d for d in CAUSES_AT if d in levels],
            broken=[law for law in laws if law.standings[0].mark == "broken"],
            unmeasured=[law for law in laws if law.standings[0].mark == "not measured"],
        )
    )


def gallery(task: AnyTask) -> tuple[str, str]:
    """Return the datasheet and the episodes of an environment's page of the gallery."""
    text = (DOCS / "gallery" / f"{task.name}.md").read_text(encoding="utf-8")
    sheet, mark, played = text.partition("## Difficulty")
    assert mark, f"the gallery's page of {task.name} holds no episode"
    title, says, rest = sheet.split("\n\n", 2)
    # A list in a quotation needs an empty line before it.
    rest = re.sub(r"^(> (?!- ).*\n)(?=> - )", r"\1>\n", rest, flags=re.MULTILINE)
    sheet = f"{title}\n\n{says[0].upper()}{says[1:]}\n\n{rest}"
    return sheet, (mark + played).replace("## Difficulty", "### Difficulty")


def answer_fields(task: AnyTask) -> list[tuple[str, str]]:
    """Return the fields of an answer, each with what it stands for."""
    return [(name, field.description or "") for name, field in answer_model(task.answer_type).model_fields.items()]


def points_of(card: Row, env: str) -> str:
    """Return how many episodes a point of an axis curve was measured with, in words."""
    counts = sorted({point["n"] for axis in card.get("axes") or [] if axis["env"] == env for point in axis["points"]})
    return " to ".join(dict.fromkeys(map(str, (*counts[:1], *counts[-1:]))))


def causes(levels: Mapping[int, Row]) -> list[tuple[str, list[int]]]:
    """Return the expert's failure causes with their counts at CAUSES_AT, the most frequent first."""
    counted = {d: levels[d]["causes"] for d in CAUSES_AT if d in levels}
    names = {name for found in counted.values() for name in found}
    rows = [(name, [found.get(name, 0) for found in counted.values()]) for name in names]
    return sorted(rows, key=rank)


def rank(row: tuple[str, Sequence[int]]) -> tuple[int, str]:
    return (-sum(row[1]), row[0])


def templates() -> Environment:
    made = Environment(loader=FileSystemLoader(DOCS), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["short"] = lambda value: f"{float(value):.2g}" if float(value) < 1 else f"{float(value):g}"
    return made


if __name__ == "__main__":
    main()

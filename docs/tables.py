"""Writes the tables of the site that say what the code says: laws, causes, axes, agents, tools, and speed.

Knows no figure of its own: speeds are those of docs/speed.json and benchmarks/server/results.json. What is assumed (how
many turns an episode has, that cores add up) stands in the table's caption.

python docs/tables.py     # into docs/made/, which git ignores; the pages include it
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from ecom_rlve.agents import degenerate
from ecom_rlve.agents.expert import Expert, FixedSkill
from ecom_rlve.core.difficulty import AXES, BUDGETS, Difficulty
from ecom_rlve.tasks.registry import TASKS
from ecom_rlve.tools.toolbox import TOOLS

DOCS = Path(__file__).parent
FOLDER = DOCS / "made"
LEVELS = (0, 3, 6, 12, 20)
CORES = 64
A_DAY = 86_400
EPISODES_A_DAY = 1_000_000
_FIGURE = re.compile(r"[\d.,]+(?: [MG])?")
Row = Mapping[str, Any]  # Any: JSON or TOML values


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in {
        "laws": laws(),
        "causes": causes(),
        "axes": axes(),
        "agents": agents(),
        "tools": tools(),
        "envs": environments(),
        "scaling": scaling(),
        "flatness": flatness(),
    }.items():
        (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table, columns of figures to the right; a bar in a cell is escaped."""
    rows = [[str(cell) for cell in row] for row in rows]
    columns = zip(*rows, strict=True)
    rule = ["---:" if all(_FIGURE.fullmatch(cell) for cell in column) else "---" for column in columns]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def laws() -> str:
    """Return the laws of the validity card, each with what it is for."""
    found = toml("ecom_rlve.evaluate.card", "laws.toml")
    return table(("law", "", "why"), ((id_, f"**{law['title']}**", law["why"]) for id_, law in found.items()))


def causes() -> str:
    """Return the failure causes in their order of precedence."""
    found = toml("ecom_rlve.evaluate.report", "words.toml")
    rows = [(f"`{name}`", says) for name, says in found["causes"].items()]
    return table(("cause", ""), [*rows, *((f"`{name}` (a flag)", says) for name, says in found["flags"].items())])


def axes() -> str:
    """Return the twelve axes with their values at some levels, and who uses them."""
    docs = field_docs(Difficulty)
    levels = [Difficulty.at(d) for d in LEVELS]
    rows = []
    for name in AXES:
        users = [task.name for task in TASKS.values() if name in task.axes]
        said = docs[name] + (" *A budget: more of it is easier.*" if name in BUDGETS else "")
        by = "all" if len(users) == len(TASKS) else ", ".join(users)
        rows.append((f"`{name}`", said, *(f"{getattr(level, name):.3g}" for level in levels), by))
    return table(("axis", "", *(f"d={d}" for d in LEVELS), "bears on"), rows)


def agents() -> str:
    """Return the built-in agents that read observations only."""
    classes = [Expert, FixedSkill, *(c for _, c in inspect.getmembers(degenerate, inspect.isclass))]
    said = {c.name: first_sentence(inspect.getdoc(c) or "") for c in classes if getattr(c, "name", "")}
    makers = (Expert, FixedSkill, *degenerate.LAZY, *degenerate.SHORTCUTS)
    return table(("agent", ""), ((f"`{name}`", said[name]) for name in (make().name for make in makers)))


def tools() -> str:
    """Return the tools an agent may call."""
    rows = [
        (f"`{name}`", first_sentence(tool.description), "yes" if tool.writes else "") for name, tool in TOOLS.items()
    ]
    return table(("tool", "", "writes"), rows)


def environments() -> str:
    """Return the environments, each with its page."""
    rows = []
    for task in TASKS.values():
        sheet = inspect.getdoc(inspect.getmodule(type(task))) or ""
        rows.append((f"[`{task.name}`](environments/{task.name}.md)", sheet.splitlines()[0].partition(": ")[2]))
    return table(("environment", "what the agent has to do"), rows)


def scaling() -> str:
    """Return what the measured speed of one core comes to: episodes a day, and cores for a million of them."""
    speeds = json.loads((DOCS / "speed.json").read_text(encoding="utf-8"))
    size = max(one["size"] for one in speeds["speeds"])
    rows, seconds = [], []
    for one in (row for row in speeds["speeds"] if row["size"] == size):
        rate = one["oracle"]["rate"]
        seconds.append(1 / rate)
        name = one["env"].rpartition("-v")[0]
        a_day = rate * A_DAY
        rows.append((name, one["difficulty"], f"{rate:,.0f}", f"{a_day / 1e6:.1f} M", f"{CORES * a_day / 1e9:.2f} G"))
    mean = sum(seconds) / len(seconds)
    caption = (
        f"Whole episodes of the reference solution among {size:,} products, on one core ({speeds['machine']}, Python "
        f"{speeds['python']}); {CORES} cores as {CORES} times one.\n"
    )
    head = ("environment", "d", "episodes a second and core", "a day and core", f"a day on {CORES} cores")
    cores = mean * EPISODES_A_DAY / A_DAY
    told = (
        f"\nAn episode of the equal mixture of these rows takes {1000 * mean:.1f} ms of one core, so "
        f"{EPISODES_A_DAY:,} a day take **{cores:.2f} cores**; {CORES} cores make {CORES * A_DAY / mean / 1e6:,.0f} "
        "million a day.\n"
    )
    return caption + "\n" + table(head, rows) + told + served()


def flatness() -> str:
    """Return how much slower the slowest size of a catalogue makes a reset than the fastest."""
    speeds = json.loads((DOCS / "speed.json").read_text(encoding="utf-8"))
    sizes = sorted({one["size"] for one in speeds["speeds"]})
    told = ", ".join(f"{env} {ratio:.2f}" for env, ratio in speeds["flatness"].items())
    return f"Resets, slowest size over fastest, {sizes[0]:,} to {sizes[-1]:,} products: {told}.\n"


def served() -> str:
    """Return what the same takes through the server's websocket."""
    results = json.loads((DOCS.parent / "benchmarks" / "server" / "results.json").read_text(encoding="utf-8"))
    load, speed = results["load"], results["speed"]
    cpu = load["cpu_s"] / load["episodes"]
    return (
        f"\nThrough the OpenEnv server: {speed['served']:,.0f} websocket steps in a second of one core, and under load "
        f"{1000 * cpu:.1f} ms of processor time an episode ({load['episodes']} episodes, {load['steps']} steps), "
        f"resets included: {EPISODES_A_DAY:,} a day take {cpu * EPISODES_A_DAY / A_DAY:.2f} cores there.\n"
    )


def toml(package: str, name: str) -> Row:
    """Return a table of the package's own data."""
    return tomllib.loads(files(package).joinpath(name).read_text(encoding="utf-8"))


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    joined = " ".join(text.split())
    return joined.partition(". ")[0].rstrip(".") + "."


def field_docs(cls: type) -> dict[str, str]:
    """Return the string under each field of a dataclass."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs: dict[str, str] = {}
    for node, following in zip(body.body, body.body[1:], strict=False):
        match node, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                docs[name] = " ".join(said.split())
            case _:
                continue
    return docs


if __name__ == "__main__":
    main()

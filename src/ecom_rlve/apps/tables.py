"""Tables that several commands print. Knows no command."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ecom_rlve.evaluate.summary import Cell


def summary_table(cells: Sequence[Cell], title: str = "") -> Table:
    """Return agents against difficulties: pass rate, and mean reward below it."""
    difficulties = sorted({cell.difficulty for cell in cells})
    table = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False)
    table.add_column("environment")
    table.add_column("agent")
    for d in difficulties:
        table.add_column(f"d={d}", justify="right")
    table.add_column("fails mostly by")
    rows = {(cell.env, cell.agent): None for cell in cells}
    for env, agent in rows:
        mine = {cell.difficulty: cell for cell in cells if (cell.env, cell.agent) == (env, agent)}
        shown = [_rate(mine[d]) if d in mine else Text("–", style="dim") for d in difficulties]
        table.add_row(env, agent, *shown, _causes(list(mine.values())))
    table.caption = "Share of episodes passed, mean reward behind it. 0.90 is the best reward there is."
    table.caption_justify = "left"
    return table


def _rate(cell: Cell) -> Text:
    share = cell.pass_rate
    colour = "green" if share >= 0.8 else "yellow" if share >= 0.4 else "red" if share > 0 else "bright_black"
    text = Text(f"{share:4.0%} ", style=colour)
    text.append(f"{cell.mean_reward:+.2f}", style="dim")
    if cell.invalid:
        text.append(f" ({cell.invalid} invalid)", style="bold red")
    return text


def _causes(cells: Sequence[Cell]) -> str:
    total: dict[str, int] = {}
    for cell in cells:
        for cause, count in cell.causes.items():
            total[cause] = total.get(cause, 0) + count
    top = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    return ", ".join(f"{cause} ({count})" for cause, count in top)

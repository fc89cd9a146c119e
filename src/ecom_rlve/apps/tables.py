"""Tables that several commands print. Knows no command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from ecom_rlve.evaluate.summary import Cell


def summary_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """Yield, for each environment, agents against difficulties: pass rate, and mean reward behind it."""
    for env in dict.fromkeys(cell.env for cell in cells):
        here = [cell for cell in cells if cell.env == env]
        difficulties = sorted({cell.difficulty for cell in here})
        table = Table(
            title=env,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, 1, 0, 0),
        )
        table.add_column("agent", no_wrap=True)
        for d in difficulties:
            table.add_column(f"d={d}", justify="right", no_wrap=True)
        table.add_column("mostly fails by", no_wrap=True)
        for agent in dict.fromkeys(cell.agent for cell in here):
            mine = {cell.difficulty: cell for cell in here if cell.agent == agent}
            shown = [_rate(mine[d]) if d in mine else Text("–", style="dim") for d in difficulties]
            table.add_row(agent, *shown, _cause(list(mine.values())))
        yield table


LEGEND = "Share of episodes passed, mean reward behind it; 0.90 is the best reward there is."


def _rate(cell: Cell) -> Text:
    share = cell.pass_rate
    colour = "green" if share >= 0.8 else "yellow" if share >= 0.4 else "red" if share > 0 else "bright_black"
    text = Text(f"{share:4.0%} ", style=colour)
    text.append(f"{cell.mean_reward:+.2f}", style="dim")
    if cell.invalid:
        text.append(f" ({cell.invalid} invalid)", style="bold red")
    return text


def _cause(cells: Sequence[Cell]) -> str:
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell.causes)
    if not total:
        return ""
    return min(total, key=lambda cause: (-total[cause], cause))
